import type { DescFile, DescMethod, DescService } from "@bufbuild/protobuf";
import type { SourceRange } from "../source/source-file.ts";
import type { ResolvedPolicy } from "./policy.ts";

/** A proto file, lowered. Messages stay protobuf-es descriptors: they are the conformant model already. */
export interface RpcContract {
  readonly kind: "rpc";
  /** File name with `.proto`. */
  readonly path: string;
  readonly file: DescFile;
  readonly at: SourceRange | undefined;
  readonly services: readonly RpcServiceModel[];
}

export interface RpcServiceModel {
  readonly service: DescService;
  readonly at: SourceRange | undefined;
  readonly operations: readonly RpcOperationModel[];
}

export interface RpcOperationModel {
  readonly method: DescMethod;
  readonly at: SourceRange | undefined;
  readonly policy: ResolvedPolicy;
}
