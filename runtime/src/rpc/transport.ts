import {
  clone,
  create,
  fromJson,
  type DescMessage,
  type DescMethod,
  type DescMethodStreaming,
  type DescMethodUnary,
  type JsonValue,
  type MessageInitShape,
} from "@bufbuild/protobuf";
import type { StreamResponse, Transport as ConnectTransport } from "@connectrpc/connect";
import { createHeaders, type HeaderMap } from "../call/headers.ts";
import { operationId, type OperationBase } from "../descriptor/operation.ts";
import type { RpcOperation } from "../descriptor/rpc.ts";
import type { Environment } from "../environment/environment.ts";
import { systemEnvironment } from "../environment/system.ts";
import { ServiceError } from "../error/service-error.ts";
import type { Attempt, PreparedCall, Transport, TransportReply } from "../transport/transport.ts";
import { isFramingHeader, refuseBrokenHeaders } from "../wire/header-text.ts";
import { formatTimeoutMs } from "../wire/timeout.ts";
import { fromConnectError } from "./errors.ts";

/** What `connectTransport` may be told. */
export interface ConnectTransportOptions {
  /** `host:port` or another stable name of the target; scopes breakers and retry budgets. */
  readonly authority: string;
  /** Only its wall clock is read, for `Retry-After` dates. Default: the system's. */
  readonly environment?: Environment;
  /**
   * Sends the remaining time in this header instead of the protocol's own, so that no timer but the runtime's runs.
   * In-memory transports use it; over a network leave it out.
   */
  readonly timeoutHeader?: string;
}

/**
 * A transport for proto services over any Connect `Transport` (Connect, gRPC, gRPC-web, in memory), for all four kinds
 * of streams. Unary and server-stream calls can be repeated with equal bytes; calls that send a stream can not.
 */
export function connectTransport(transport: ConnectTransport, options: ConnectTransportOptions): Transport<"rpc"> {
  return {
    kind: "rpc",
    authority: options.authority,
    prepare(operation, input) {
      const method = methodOf(operation);
      const call: RpcCall = { transport, options, operation, method };
      const isStream = method.methodKind === "client_streaming" || method.methodKind === "bidi_streaming";
      return isStream ? prepareStream(call, input) : prepareMessage(call, input);
    },
    // Contracts write examples as proto JSON.
    decodeExample: (operation, value) => fromJson(methodOf(operation).output, value as JsonValue),
  };
}

interface RpcCall {
  readonly transport: ConnectTransport;
  readonly options: ConnectTransportOptions;
  readonly operation: OperationBase;
  readonly method: DescMethod;
}

function prepareMessage(call: RpcCall, input: unknown): PreparedCall {
  const { method } = call;
  // Made once: attempts must not see what the caller does to the input meanwhile.
  const message = toMessage(call, input);
  return {
    repeatable: true,
    send: (attempt) =>
      method.methodKind === "unary"
        ? sendUnary(call, method as DescMethodUnary, { message, attempt })
        : sendStream(call, { input: once(message), attempt }),
  };
}

function prepareStream(call: RpcCall, input: unknown): PreparedCall {
  if (typeof input !== "object" || input === null || !(Symbol.asyncIterator in input)) {
    throw invalid(call, "the input must be an async iterable of messages");
  }
  return {
    repeatable: false,
    send: (attempt) => sendStream(call, { input: input as AsyncIterable<unknown>, attempt }),
  };
}

async function sendUnary(
  call: RpcCall,
  method: DescMethodUnary,
  { message, attempt }: { readonly message: unknown; readonly attempt: Attempt },
): Promise<TransportReply> {
  try {
    const { signal, timeoutMs, headers } = wireOf(call, attempt);
    const response = await call.transport.unary(
      method,
      signal,
      timeoutMs,
      headers,
      message as MessageInitShape<DescMessage>,
    );
    return {
      output: response.message,
      headers: createHeaders(response.header),
      trailers: createHeaders(response.trailer),
    };
  } catch (error) {
    throw fromConnectError(error, errorOptions(call));
  }
}

async function sendStream(
  call: RpcCall,
  { input, attempt }: { readonly input: AsyncIterable<unknown>; readonly attempt: Attempt },
): Promise<TransportReply> {
  const method = call.method as DescMethodStreaming;
  let response: StreamResponse<DescMessage, DescMessage>;
  try {
    const { signal, timeoutMs, headers } = wireOf(call, attempt);
    response = await call.transport.stream(
      method,
      signal,
      timeoutMs,
      headers,
      input as AsyncIterable<MessageInitShape<DescMessage>>,
    );
  } catch (error) {
    throw fromConnectError(error, errorOptions(call));
  }
  const trailers = createHeaders();
  const messages = readMessages(call, response, trailers);
  const headers = createHeaders(response.header);
  if (method.methodKind !== "client_streaming") return { output: messages, headers, trailers };
  return { output: await readSingle(call, messages), headers, trailers };
}

/** The messages of a response; its trailers are there once the last one was read. */
async function* readMessages(
  call: RpcCall,
  response: StreamResponse<DescMessage, DescMessage>,
  trailers: HeaderMap,
): AsyncGenerator<unknown> {
  try {
    yield* response.message;
  } catch (error) {
    throw fromConnectError(error, errorOptions(call));
  }
  for (const [name, value] of response.trailer) trailers.append(name, value);
}

async function readSingle(call: RpcCall, messages: AsyncIterable<unknown>): Promise<unknown> {
  const all: unknown[] = [];
  for await (const message of messages) {
    all.push(message);
    if (all.length > 1) break;
  }
  if (all.length === 1) return all[0];
  throw new ServiceError(
    "unimplemented",
    `${operationId(call.operation)} answered with ${all.length === 0 ? "no" : "more than one"} message`,
    {
      origin: "app",
      sent: "yes",
      operation: operationId(call.operation),
    },
  );
}

function wireOf(
  call: RpcCall,
  attempt: Attempt,
): { signal: AbortSignal; timeoutMs: number | undefined; headers: Headers } {
  refuseBrokenHeaders(attempt.headers, operationId(call.operation));
  const headers = new Headers();
  // How a message was framed that the caller passes headers on from says nothing of this one.
  for (const [name, value] of attempt.headers) if (!isFramingHeader(name)) headers.append(name, value);
  const own = call.options.timeoutHeader;
  if (own !== undefined && attempt.timeoutMs !== undefined) headers.set(own, formatTimeoutMs(attempt.timeoutMs));
  return { signal: attempt.signal, timeoutMs: own === undefined ? attempt.timeoutMs : undefined, headers };
}

function toMessage(call: RpcCall, input: unknown): unknown {
  try {
    // Messages within the input would be taken over as they are.
    return clone(call.method.input, create(call.method.input, (input ?? {}) as MessageInitShape<DescMessage>));
  } catch (cause) {
    throw invalid(call, "the input is not a message of the contract", cause);
  }
}

function invalid(call: RpcCall, why: string, cause?: unknown): ServiceError {
  const operation = operationId(call.operation);
  return new ServiceError("invalid_argument", `${operation}: ${why}`, {
    origin: "framework",
    sent: "no",
    retry: { class: "never" },
    operation,
    ...(cause === undefined ? {} : { cause }),
  });
}

function errorOptions(call: RpcCall): { readonly operation: string; readonly nowMs: number } {
  return { operation: operationId(call.operation), nowMs: (call.options.environment ?? systemEnvironment).now() };
}

/** The method descriptor that the generated operation carries. */
export function methodOf(operation: OperationBase): DescMethod {
  if (operation.kind === "rpc") return (operation as RpcOperation).method as DescMethod;
  throw new ServiceError("unimplemented", `${operationId(operation)} is no RPC operation`, {
    origin: "framework",
    sent: "no",
  });
}

async function* once(message: unknown): AsyncGenerator<unknown> {
  yield message;
}
