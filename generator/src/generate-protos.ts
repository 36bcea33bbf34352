import type { DescFile } from "@bufbuild/protobuf";
import type { CodeModule, OutputFile } from "./code/code.ts";
import type { ImportExtension } from "./code/imports.ts";
import { printModule } from "./code/print.ts";
import { hasErrors, type Outcome } from "./diagnostics/diagnostic.ts";
import { emitPb } from "./emit/pb.ts";
import type { PbImports } from "./emit/pb-names.ts";
import { emitRpc } from "./emit/rpc.ts";
import type { LoadedProtos } from "./load/loaded.ts";
import { lowerProtos, type LowerProtoOptions } from "./lower/proto.ts";
import type { RpcContract } from "./model/rpc.ts";

/** What shapes the output of protos. */
export interface GenerateProtosOptions extends LowerProtoOptions {
  readonly importExtension: ImportExtension;
  /** `own`: we write `_pb` modules; `external`: the user's own, from protoc-gen-es, stand at the same paths. */
  readonly messages: "own" | "external";
}

/** The steps from linked protos to files, as the CLI and the plugin both run them; no files when there are errors. */
export function generateProtos(loaded: LoadedProtos, options: GenerateProtosOptions): Outcome<readonly OutputFile[]> {
  const lowered = lowerProtos(loaded, options);
  if (hasErrors(lowered.diagnostics)) return { value: [], diagnostics: lowered.diagnostics };
  const modules = emitProtos(lowered.value, { messages: options.messages });
  return { value: modules.map((module) => printModule(module, options)), diagnostics: lowered.diagnostics };
}

/** All modules of the lowered protos, sorted by contract. */
export function emitProtos(contracts: readonly RpcContract[], options: Pick<GenerateProtosOptions, "messages">): readonly CodeModule[] {
  const generated = new Set<DescFile>(contracts.map((contract) => contract.file));
  const imports: PbImports = { isGenerated: (file) => generated.has(file) };
  return contracts.flatMap((contract) => {
    const rpc = emitRpc(contract, imports);
    return [...(options.messages === "own" ? [emitPb(contract, imports)] : []), ...(rpc === undefined ? [] : [rpc])];
  });
}
