import {
  create,
  fromBinary,
  isMessage,
  toBinary,
  type DescMessage,
  type DescMethod,
  type Message,
  type MessageInitShape,
} from "@bufbuild/protobuf";
import { Code, ConnectError, type ConnectRouter, type HandlerContext } from "@connectrpc/connect";
import { createHeaders, type HeaderMap } from "../call/headers.ts";
import type { CallResult } from "../call/interceptor.ts";
import { operationId, type OperationBase } from "../descriptor/operation.ts";
import type { RpcOperation } from "../descriptor/rpc.ts";
import {
  isServiceError,
  ServiceError,
  statusCodeFromNumber,
  statusNumbers,
  toServiceError,
} from "../error/service-error.ts";
import type { OutcomeCodec, ServerCore, ServerRequest } from "../server/server.ts";
import { encodeProblem, decodeProblem } from "../wire/problem.ts";
import { sha256Hex } from "../wire/sha256.ts";
import { parseTimeoutMs, timeoutHeader } from "../wire/timeout.ts";
import { fromAbortReason, fromConnectError, toConnectError } from "./errors.ts";

/** What the RPC part of a server may be told. */
export interface ConnectRoutesOptions {
  /** Called with what callers are not told: failures with code unknown, internal or data_loss. */
  readonly onError?: (error: ServiceError, operation: string) => void;
}

/**
 * Mounts every proto service of `server` on a Connect router, which speaks Connect, gRPC and gRPC-web:
 * `connectNodeAdapter({ routes: connectRoutes(server) })`. Calls go through `server.handle` with all that it does.
 */
export function connectRoutes(server: ServerCore, options: ConnectRoutesOptions = {}): (router: ConnectRouter) => void {
  return (router) => {
    for (const { service } of server.services) {
      if (service.kind !== "rpc") continue;
      for (const operation of Object.values(service.operations) as OperationBase[]) {
        if (operation.kind === "rpc")
          mount(router, { server, options, operation, method: (operation as RpcOperation).method as DescMethod });
      }
    }
  };
}

interface Mounted {
  readonly server: ServerCore;
  readonly options: ConnectRoutesOptions;
  readonly operation: OperationBase;
  readonly method: DescMethod;
}

function mount(router: ConnectRouter, mounted: Mounted): void {
  const { method } = mounted;
  // Connect types implementations by the method's kind; the kinds are told apart here, below any types.
  const rpc = router.rpc.bind(router) as (method: DescMethod, implementation: unknown) => unknown;
  switch (method.methodKind) {
    case "unary":
    case "client_streaming":
      rpc(method, (input: unknown, context: HandlerContext) => answerOne(mounted, input, context));
      break;
    case "server_streaming":
    case "bidi_streaming":
      rpc(method, (input: unknown, context: HandlerContext) => answerMany(mounted, input, context));
      break;
  }
}

async function answerOne(mounted: Mounted, input: unknown, context: HandlerContext): Promise<unknown> {
  const scope = requestOf(mounted, input, context);
  try {
    const result = await handle(mounted, scope.request);
    writeHeaders(result, context);
    return outputMessage(mounted.method.output, result.output);
  } catch (error) {
    throw outgoing(mounted, error);
  } finally {
    scope.dispose();
  }
}

async function* answerMany(mounted: Mounted, input: unknown, context: HandlerContext): AsyncGenerator<unknown> {
  const scope = requestOf(mounted, input, context);
  try {
    const result = await handle(mounted, scope.request);
    writeHeaders(result, context);
    const { output } = result;
    if (typeof output !== "object" || output === null || !(Symbol.asyncIterator in output)) {
      throw new ServiceError(
        "internal",
        `the handler of ${operationId(mounted.operation)} returned no async iterable`,
        { origin: "framework" },
      );
    }
    for await (const message of output as AsyncIterable<unknown>) yield outputMessage(mounted.method.output, message);
    // Trailers may be set while the stream runs.
    writeTrailers(result, context);
  } catch (error) {
    throw outgoing(mounted, error);
  } finally {
    scope.dispose();
  }
}

function handle({ server, operation }: Mounted, request: ServerRequest): Promise<CallResult> {
  if (!server.draining) return server.handle(request);
  return Promise.reject(
    new ServiceError("unavailable", "the server is shutting down", {
      reason: "DRAINING",
      origin: "framework",
      sent: "no",
      operation: operationId(operation),
    }),
  );
}

function requestOf(
  mounted: Mounted,
  input: unknown,
  context: HandlerContext,
): { readonly request: ServerRequest; dispose(): void } {
  const { operation, method } = mounted;
  const controller = new AbortController();
  const onAbort = (): void => {
    controller.abort(fromAbortReason(context.signal.reason));
  };
  if (context.signal.aborted) onAbort();
  else context.signal.addEventListener("abort", onAbort, { once: true });
  const left = context.timeoutMs();
  const headers = createHeaders(context.requestHeader);
  return {
    dispose: () => {
      context.signal.removeEventListener("abort", onAbort);
    },
    request: {
      operation,
      headers,
      signal: controller.signal,
      input: isStreamed(method) ? readInput(mounted, input as AsyncIterable<unknown>) : input,
      timeoutMs: left === undefined ? parseTimeoutMs(headers.get(timeoutHeader)) : Math.max(0, Math.floor(left)),
      fingerprint: () => fingerprintOf(method, input),
      outcome: createRpcOutcomeCodec(operation, method),
    },
  };
}

/** A keyed client stream is known by method and key alone: its messages are not there yet when the key is claimed. */
function fingerprintOf(method: DescMethod, input: unknown): string {
  const name = `${method.parent.typeName}/${method.name}`;
  return isStreamed(method) ? sha256Hex(name) : sha256Hex(name, toBinary(method.input, input as Message));
}

async function* readInput({ operation }: Mounted, input: AsyncIterable<unknown>): AsyncGenerator<unknown> {
  try {
    yield* input;
  } catch (error) {
    throw fromConnectError(error, { operation: operationId(operation), nowMs: 0 });
  }
}

function outputMessage(schema: DescMessage, output: unknown): Message {
  return isMessage(output, schema) ? output : create(schema, (output ?? {}) as MessageInitShape<DescMessage>);
}

function writeHeaders(result: CallResult, context: HandlerContext): void {
  copyHeaders(result.headers, context.responseHeader);
  writeTrailers(result, context);
}

function writeTrailers(result: CallResult, context: HandlerContext): void {
  if (result.trailers !== undefined) copyHeaders(result.trailers, context.responseTrailer);
}

function copyHeaders(from: HeaderMap, to: Headers): void {
  for (const [name, value] of from) to.set(name, value);
}

function outgoing({ operation, options }: Mounted, error: unknown): ConnectError {
  const id = operationId(operation);
  if (error instanceof ConnectError && !isServiceError(error)) {
    // Connect's own errors about the request (broken envelopes, limits) are the caller's to see.
    return error.code === Code.Unknown || error.code === Code.Internal
      ? toConnectError(toServiceError(error), id)
      : error;
  }
  const known = toServiceError(error);
  if (known.code === "unknown" || known.code === "internal" || known.code === "data_loss") options.onError?.(known, id);
  return toConnectError(known, id);
}

function isStreamed(method: DescMethod): boolean {
  return method.methodKind === "client_streaming" || method.methodKind === "bidi_streaming";
}

/**
 * Outcomes of RPC operations as stored bytes: the response message, or the error as a problem document with the bytes
 * of its details. `encode` throws for streams, which can't be stored.
 */
export function createRpcOutcomeCodec(operation: OperationBase, method: DescMethod): OutcomeCodec {
  return {
    encode(result, requestId) {
      if (isServiceError(result)) {
        const { headers, problem } = encodeProblem(result, operationId(operation));
        const body = new TextEncoder().encode(
          JSON.stringify(problem, (_key, value: unknown) => (typeof value === "bigint" ? String(value) : value)),
        );
        return {
          status: statusNumbers[problem.code],
          headers: headers.filter(([name]) => name !== "content-type"),
          body,
          requestId,
        };
      }
      if (method.methodKind === "server_streaming" || method.methodKind === "bidi_streaming") {
        throw new Error("a streamed response can't be stored");
      }
      return {
        status: 0,
        headers: [],
        body: toBinary(method.output, outputMessage(method.output, result.output)),
        requestId,
      };
    },
    decode(outcome) {
      if (outcome.status === 0) return { output: fromBinary(method.output, outcome.body), headers: createHeaders() };
      const body: unknown = JSON.parse(new TextDecoder().decode(outcome.body));
      const code = statusCodeFromNumber(outcome.status);
      const source = { ...(typeof body === "object" ? body : {}), code };
      throw decodeProblem({
        status: 500,
        headers: createHeaders(outcome.headers),
        body: source,
        nowMs: 0,
        operation: operationId(operation),
      });
    },
  };
}
