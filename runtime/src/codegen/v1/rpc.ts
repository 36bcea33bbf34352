import type { DescMessage, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type { RpcOperation } from "../../descriptor/rpc.ts";

export type { RpcOperation, RpcService } from "../../descriptor/rpc.ts";

/** One request, one response. `Input` and `Output` are message descriptors, `typeof OrderSchema`. */
export type Unary<Input extends DescMessage, Output extends DescMessage> = RpcOperation<
  "unary",
  MessageInitShape<Input>,
  MessageShape<Output>,
  MessageShape<Input>,
  MessageInitShape<Output>
>;

/** One request, a stream of responses. */
export type ServerStream<Input extends DescMessage, Output extends DescMessage> = RpcOperation<
  "serverStream",
  MessageInitShape<Input>,
  MessageShape<Output>,
  MessageShape<Input>,
  MessageInitShape<Output>
>;

/** A stream of requests, one response. */
export type ClientStream<Input extends DescMessage, Output extends DescMessage> = RpcOperation<
  "clientStream",
  MessageInitShape<Input>,
  MessageShape<Output>,
  MessageShape<Input>,
  MessageInitShape<Output>
>;

/** A stream of requests and a stream of responses, each at its own pace. */
export type BidiStream<Input extends DescMessage, Output extends DescMessage> = RpcOperation<
  "bidiStream",
  MessageInitShape<Input>,
  MessageShape<Output>,
  MessageShape<Input>,
  MessageInitShape<Output>
>;
