import { abandonedError, withOperation } from "../call/call-error.ts";
import type { CallOptions, Context, Logger } from "../call/context.ts";
import type { Credentials } from "../call/credentials.ts";
import { backingOf, createContext, type ContextScope } from "../call/create-context.ts";
import { createHeaders, type HeaderMap } from "../call/headers.ts";
import { applyInterceptors, type Call, type CallNext, type CallResult, type Interceptor } from "../call/interceptor.ts";
import { createPipeline } from "../call/pipeline.ts";
import { writeTrace } from "../call/trace.ts";
import { operationId, type OperationBase } from "../descriptor/operation.ts";
import type { Environment } from "../environment/environment.ts";
import { toServiceError, type ServiceError } from "../error/service-error.ts";
import { effectiveTimeoutMs, isStreaming } from "../policy/deadline.ts";
import { defaultStreamIdleMs } from "../policy/defaults.ts";
import type { Resilience } from "../policy/resilience.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import type { Transport } from "../transport/transport.ts";
import { applyKey } from "./call-input.ts";
import { createFallback, type FallbackRunner } from "./client-fallback.ts";
import { boundStream, holdOutput } from "./stream.ts";

/** What all operations of a client share. */
export interface ClientBinding {
  readonly transport: Transport;
  readonly environment: Environment;
  readonly resilience: Resilience;
  readonly interceptors: readonly Interceptor[];
  readonly credentials: Credentials | undefined;
  readonly logger: Logger | undefined;
  readonly telemetry: Telemetry | undefined;
}

/**
 * Options as the typed methods pass them. `full: "success"` resolves to the whole response of a success and throws all
 * others, for functions that read headers.
 */
export type AnyCallOptions = CallOptions & { readonly full?: boolean | "success"; readonly stream?: boolean };

/** One operation, ready to be called. */
export interface Caller {
  call(input: unknown, options: AnyCallOptions): Promise<unknown>;
  stream(input: unknown, options: AnyCallOptions): AsyncIterable<unknown>;
}

/** What a logical call knows beside its `Call`; it travels with the context, which interceptors hand on. */
interface CallState {
  readonly options: AnyCallOptions;
  readonly keySent: boolean;
}

/** Finds another operation of the same client, for fallbacks. */
export type FindCaller = (name: string) => Caller | undefined;

/** Binds an operation to a client's transport, policies and interceptors. */
export function createCaller(operation: OperationBase, binding: ClientBinding, find: FindCaller): Caller {
  const { transport, resilience, interceptors } = binding;
  const pipeline = createPipeline(operation, transport, resilience);
  const fallback = createFallback(operation, { transport, resilience, find });
  const send = createSend(pipeline, fallback, binding.credentials);
  const chain = interceptors.length === 0 ? send : applyInterceptors(interceptors, send);
  const start = (input: unknown, options: AnyCallOptions): { readonly scope: ContextScope; readonly call: Call } =>
    startCall(operation, binding, { input, options });

  return {
    call: async (input, options) => {
      const startedAt = binding.environment.monotonic();
      let scope: ContextScope | undefined;
      let isHeld = false;
      try {
        const started = start(input, options);
        scope = started.scope;
        const { output } = await chain(started.call);
        record(operation, binding, { startedAt });
        const held = holdOutput(output, { scope, environment: binding.environment });
        isHeld = held !== undefined;
        return held ?? output;
      } catch (error) {
        const failure = fail(operation, binding, { startedAt, error });
        // `full` asks for all declared responses as results; policies and interceptors have seen this one as a failure.
        if (options.full === true && failure.response !== undefined && failure.operation === operationId(operation)) {
          return failure.response;
        }
        throw failure;
      } finally {
        if (!isHeld) scope?.dispose();
      }
    },
    stream: (input, options) => ({
      [Symbol.asyncIterator]: () => readStream(operation, binding, { chain, start: () => start(input, options) }),
    }),
  };
}

function createSend(
  pipeline: ReturnType<typeof createPipeline>,
  fallback: FallbackRunner | undefined,
  credentials: Credentials | undefined,
): CallNext {
  return async ({ operation, input, headers, context }) => {
    const backing = backingOf(context);
    const { options, keySent } = (backing?.attached ?? { options: {}, keySent: false }) as CallState;
    // A context that an interceptor made by hand has no backing: its signal is followed instead.
    const own =
      backing === undefined ? createContext({ environment: context.environment, parent: context }) : undefined;
    writeTrace(context.trace, headers);
    const sending = {
      input,
      headers,
      context,
      keySent,
      cancel: backing?.cancel ?? (own as ContextScope).cancel,
      credentials: credentials?.forCall({ operation, input, headers, context }),
      limitKey: limitKey(operation, headers, context),
      // What is no number is no wish: compared with NaN, no number of attempts would ever be enough.
      ...(options.maxAttempts === undefined || Number.isNaN(options.maxAttempts)
        ? {}
        : { maxAttempts: Math.max(1, options.maxAttempts) }),
      ...(isFull(options) || options.stream === true
        ? { prepareOptions: { full: isFull(options), stream: options.stream === true } }
        : {}),
    };
    try {
      return await (fallback === undefined ? pipeline(sending) : fallback(sending, { options, send: pipeline }));
    } finally {
      own?.dispose();
    }
  };
}

function startCall(
  operation: OperationBase,
  binding: ClientBinding,
  given: { readonly input: unknown; readonly options: AnyCallOptions },
): { readonly scope: ContextScope; readonly call: Call } {
  const { environment } = binding;
  const { options } = given;
  const headers = createHeaders(options.headers);
  const keyed = applyKey(operation, given.input, { headers, options, environment });
  const scope = createContext({
    environment,
    headers,
    parent: options.ctx,
    signal: options.signal,
    // Who reads the bytes as they come decides how long that takes.
    timeoutMs: options.stream === true ? options.timeoutMs : effectiveTimeoutMs(operation, options.timeoutMs),
    logger: binding.logger ?? options.ctx?.logger,
  });
  const backing = backingOf(scope.context);
  if (backing !== undefined) backing.attached = { options, keySent: keyed.keySent } satisfies CallState;
  return { scope, call: { side: "client", operation, input: keyed.input, headers, context: scope.context } };
}

async function* readStream(
  operation: OperationBase,
  binding: ClientBinding,
  stream: { readonly chain: CallNext; readonly start: () => { readonly scope: ContextScope; readonly call: Call } },
): AsyncGenerator<unknown, void, undefined> {
  const startedAt = binding.environment.monotonic();
  let scope: ContextScope | undefined;
  let ended = false;
  try {
    const started = stream.start();
    scope = started.scope;
    const result: CallResult = await stream.chain(started.call);
    yield* boundStream(result.output as AsyncIterable<unknown>, {
      environment: binding.environment,
      cancel: scope.cancel,
      idleMs: defaultStreamIdleMs,
    });
    ended = true;
    record(operation, binding, { startedAt });
  } catch (error) {
    ended = true;
    scope?.abort(error);
    throw fail(operation, binding, { startedAt, error });
  } finally {
    // The reader stopped early: the other side must learn of it.
    if (!ended) scope?.abort(abandonedError(new DOMException("the reader stopped", "AbortError")));
    scope?.dispose();
  }
}

/** Whether a result is the whole response. */
function isFull({ full }: AnyCallOptions): boolean {
  return full === true || full === "success";
}

function limitKey(operation: OperationBase, headers: HeaderMap, context: Context): string {
  const key = operation.policy.rateLimit?.key;
  if (key === undefined) return "";
  if (key === "principal") return context.principal?.id ?? "";
  return headers.get(key.replace(/^header:/, "")) ?? "";
}

function fail(
  operation: OperationBase,
  binding: ClientBinding,
  failed: { readonly startedAt: number; readonly error: unknown },
): ServiceError {
  const error = withOperation(toServiceError(failed.error, { origin: "framework" }), operationId(operation));
  record(operation, binding, { startedAt: failed.startedAt, code: error.code });
  return error;
}

function record(
  operation: OperationBase,
  binding: ClientBinding,
  call: { readonly startedAt: number; readonly code?: string },
): void {
  if (binding.telemetry === undefined) return;
  const name = operation.kind === "http" ? "http.client.request.duration" : "rpc.client.call.duration";
  binding.telemetry.record(name, (binding.environment.monotonic() - call.startedAt) / 1_000, {
    "rpc.method": operationId(operation),
    "rpc.status_code": call.code ?? "ok",
    ...(isStreaming(operation) ? { stream: true } : {}),
  });
}
