import { suggestName } from "../diagnostics/suggest.ts";
import type { DescFile } from "@bufbuild/protobuf";
import { offsetOf } from "../source/source-file.ts";
import type { SourceFile, SourceRange } from "../source/source-file.ts";
import type { LoadedProtos, RefTarget } from "./loaded.ts";

/** What a reference into a proto file leads to: `./orders.proto#shop.v1.Order`, or just `#Order`. */
export function findProtoTarget(
  protos: LoadedProtos | undefined,
  path: string,
  fragment: string,
): { readonly target: RefTarget | undefined; readonly nearest?: string | undefined } {
  if (protos === undefined) return { target: undefined };
  const file = findFile(protos, path);
  if (file === undefined)
    return { target: undefined, nearest: suggestName(path, [...protos.registry.files].map(nameOf)) };
  const wanted = fragment.replace(/^\/|^\./, "");
  const names = listNames(file);
  const only = wanted === "" && names.length === 1 ? names[0] : undefined;
  const name = only ?? names.find((known) => known === wanted) ?? names.find((known) => known.endsWith(`.${wanted}`));
  if (name === undefined || (wanted === "" && only === undefined)) {
    return { target: undefined, nearest: suggestName(wanted, names) };
  }
  const source = protos.sources.get(nameOf(file)) ?? { path: nameOf(file), displayPath: nameOf(file), text: "" };
  const document = { kind: "proto", file: source, version: "", root: null, isEntry: false } as const;
  return { target: { document, pointer: `/${name}`, value: null, range: rangeOfMessage(source, name) } };
}

function nameOf(file: DescFile): string {
  return `${file.name}.proto`;
}

/** Names in a descriptor set count from a proto root, which may lie above or below the contract directory. */
function findFile(protos: LoadedProtos, path: string): DescFile | undefined {
  const files = [...protos.registry.files];
  return (
    files.find((file) => nameOf(file) === path) ??
    files.find((file) => protos.sources.get(nameOf(file))?.path === path) ??
    files.find((file) => path.endsWith(`/${nameOf(file)}`) || nameOf(file).endsWith(`/${path}`))
  );
}

function listNames(file: DescFile): readonly string[] {
  const names: string[] = file.enums.map((type) => type.typeName);
  const visit = (messages: DescFile["messages"]): void => {
    for (const message of messages) {
      names.push(message.typeName, ...message.nestedEnums.map((type) => type.typeName));
      visit(message.nestedMessages);
    }
  };
  visit(file.messages);
  return names;
}

function rangeOfMessage(source: SourceFile, fullName: string): SourceRange {
  const name = fullName.slice(fullName.lastIndexOf(".") + 1);
  const line = source.text
    .split("\n")
    .findIndex((text) => new RegExp(`^\\s*(?:message|enum)\\s+${name}\\b`).test(text));
  const start = line === -1 ? 0 : offsetOf(source, { line: line + 1, column: 1 });
  return { file: source, start, end: start };
}
