import type { AnyDesc, DescFile, DescMethod, DescService } from "@bufbuild/protobuf";
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
  /** What generated code embeds: the FileDescriptorProto in canonical form, without places and source-only options. */
  readonly descriptor: Uint8Array;
  /** Files that the embedded descriptor imports; the policy options are not among them unless used as a type. */
  readonly dependencies: readonly DescFile[];
  /** Line and comment of every declaration. */
  readonly docs: ReadonlyMap<AnyDesc, ProtoDoc>;
}

/** What stands at a declaration. */
export interface ProtoDoc {
  /** From 1; 0 when the descriptors came without places. */
  readonly line: number;
  /** The comment before it, then the one behind it; empty when there is none. */
  readonly text: string;
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
