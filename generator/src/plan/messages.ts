import type { DescEnum, DescFile, DescMessage } from "@bufbuild/protobuf";
import { nestedTypes } from "@bufbuild/protobuf/reflect";
import type { Model } from "../model/model.ts";

/** Messages and enums of all protos of a run and of their imports, by full name. */
export function indexMessages(model: Model): ReadonlyMap<string, DescMessage | DescEnum> {
  const messages = new Map<string, DescMessage | DescEnum>();
  const seen = new Set<DescFile>();
  const visit = (file: DescFile): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const desc of nestedTypes(file)) {
      if (desc.kind === "message" || desc.kind === "enum") messages.set(desc.typeName, desc);
    }
    file.dependencies.forEach(visit);
  };
  for (const contract of model.contracts) {
    if (contract.kind === "rpc") visit(contract.file);
  }
  return messages;
}
