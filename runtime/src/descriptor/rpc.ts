import type { OperationBase, ServiceBase } from "./operation.ts";

/** The four call kinds of gRPC and Connect. */
export type RpcStreamKind = "unary" | "serverStream" | "clientStream" | "bidiStream";

/**
 * One RPC operation. The client sends `ClientInput` and gets `ClientOutput`; the handler gets `HandlerInput` and
 * returns `HandlerOutput`; on a streaming side each is one message of the stream.
 */
export interface RpcOperation<
  Stream extends RpcStreamKind = RpcStreamKind,
  ClientInput = any,
  ClientOutput = any,
  HandlerInput = any,
  HandlerOutput = any,
> extends OperationBase {
  readonly kind: "rpc";
  readonly stream: Stream;
  /** The method descriptor of protobuf-es (`DescMethod`); opaque here, because the core knows no protobuf. */
  readonly method: unknown;
  readonly "~types"?: {
    readonly clientInput: ClientInput;
    readonly clientOutput: ClientOutput;
    readonly handlerInput: HandlerInput;
    readonly handlerOutput: HandlerOutput;
  };
}

/** A proto service. */
export interface RpcService<Operations extends object = object> extends ServiceBase {
  readonly kind: "rpc";
  readonly operations: Operations;
}
