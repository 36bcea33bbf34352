import type { DescFile } from "@bufbuild/protobuf";
import type { CodeModule } from "../code/code.ts";
import type { RpcContract } from "../model/rpc.ts";
import { emitPb } from "./pb.ts";
import type { PbImports } from "./pb-names.ts";
import { emitRpc } from "./rpc.ts";

/** What shapes the output of protos. */
export interface EmitProtosOptions {
  /** `own`: we write `_pb` modules; `external`: the user's own, from protoc-gen-es, stand at the same paths. */
  readonly messages: "own" | "external";
}

/** All modules of the lowered protos, sorted by contract. */
export function emitProtos(contracts: readonly RpcContract[], options: EmitProtosOptions): readonly CodeModule[] {
  const generated = new Set<DescFile>(contracts.map((contract) => contract.file));
  const imports: PbImports = { isGenerated: (file) => generated.has(file) };
  return contracts.flatMap((contract) => {
    const rpc = emitRpc(contract, imports);
    return [...(options.messages === "own" ? [emitPb(contract, imports)] : []), ...(rpc === undefined ? [] : [rpc])];
  });
}
