import type { PipelineCall } from "../call/pipeline.ts";
import { untilCanceled } from "../environment/cancel.ts";
import type { HttpOperation } from "../descriptor/http.ts";
import { operationId, type OperationBase } from "../descriptor/operation.ts";
import { toServiceError } from "../error/service-error.ts";
import { isStreaming } from "../policy/deadline.ts";
import { isFallbackCase, runFallback } from "../policy/fallback.ts";
import type { Resilience } from "../policy/resilience.ts";
import { createHeaders } from "../call/headers.ts";
import type { Transport, TransportReply } from "../transport/transport.ts";
import type { AnyCallOptions, FindCaller } from "./caller.ts";

type Send = (call: PipelineCall) => Promise<TransportReply>;

/** Sends a call, and answers it by the contract's fallback when it failed for good. */
export type FallbackRunner = (
  call: PipelineCall,
  use: { readonly options: AnyCallOptions; readonly send: Send },
) => Promise<TransportReply>;

/** What fallbacks are made from. */
export interface FallbackParts {
  readonly transport: Transport;
  readonly resilience: Resilience;
  readonly find: FindCaller;
}

/** Undefined where the contract declares no fallback; streams have none. */
export function createFallback(operation: OperationBase, parts: FallbackParts): FallbackRunner | undefined {
  const policy = operation.policy.fallback;
  if (policy === undefined || isStreaming(operation)) return undefined;
  const { transport, resilience } = parts;
  const cache = resilience.staleCache(operation, transport.authority);
  return async (call, { options, send }) => {
    try {
      const reply = await send(call);
      const key = cache && (await cacheKey(call));
      if (key !== undefined) cache?.keep(key, reply.output);
      return reply;
    } catch (error) {
      const failure = toServiceError(error);
      if (!isFallbackCase(failure)) throw failure;
      const key = cache && (await cacheKey(call));
      const output = await runFallback(policy, failure, {
        stale: key === undefined ? undefined : cache?.find(key),
        fromExample: (value) =>
          exampleOutput(operation, { value, full: call.prepareOptions?.full === true, transport }),
        callOperation: (name) => {
          const caller = parts.find(name);
          if (caller === undefined) throw new Error(`operation "${name}" is not part of this client`);
          return caller.call(call.input, { ...options, ctx: call.context });
        },
      });
      resilience.telemetry?.count("resilience.fallbacks", 1, {
        "rpc.method": operationId(operation),
        kind: policy.kind,
      });
      return { output, headers: createHeaders() };
    }
  };
}

function exampleOutput(
  operation: OperationBase,
  example: { readonly value: unknown; readonly full: boolean; readonly transport: Transport },
): unknown {
  const { value, full, transport } = example;
  const body =
    transport.decodeExample === undefined ? settleExample(operation, value) : transport.decodeExample(operation, value);
  if (operation.kind === "rpc" && transport.decodeExample === undefined) {
    throw new Error("this transport can't make a message of the contract's example");
  }
  return full ? { status: 200, contentType: "application/json", headers: {}, body } : body;
}

/** The example as its media type would have been read. */
function settleExample(operation: OperationBase, value: unknown): unknown {
  if (operation.kind !== "http") return value;
  const { responses } = operation as HttpOperation;
  const success = responses.find(({ status }) => status === "2XX" || (Number(status) >= 200 && Number(status) < 300));
  const json = success?.content.find(({ codec }) => codec === "json")?.json;
  return json === undefined ? value : json.settle(value);
}

/** Headers that differ from call to call and say nothing of who asks or for what. */
const ofOneCall = new Set([
  "traceparent",
  "tracestate",
  "baggage",
  "x-request-id",
  "x-correlation-id",
  "x-retry-attempt",
  "idempotency-attempt",
]);

/**
 * Answers of one caller are never shown to another: who asks is part of the key, and since any header may say it
 * (`authorization`, `x-api-key`, `x-tenant`), all headers are, and credentials. Undefined for inputs that have no
 * plain text (streams, bytes of unknown size), and without credentials: those are not kept.
 */
async function cacheKey(call: PipelineCall): Promise<string | undefined> {
  const { credentials } = call;
  try {
    // A call that failed before it had any, at an open breaker for example, asks for them now.
    const attached = credentials?.attached ?? (credentials && (await untilCanceled(credentials.obtain(), call.cancel)));
    const headers = [...call.headers].filter(([name]) => !ofOneCall.has(name)).sort();
    const who = [call.context.principal?.id ?? null, headers, attached];
    return JSON.stringify([who, call.prepareOptions?.full === true, call.input], plainOnly);
  } catch {
    // Not kept; what is wrong with a circular input, or with credentials, the call itself has said.
    return undefined;
  }
}

function plainOnly(_name: string, value: unknown): unknown {
  if (typeof value === "bigint") return { bigint: String(value) };
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null || "$typeName" in value) return value;
  // Blobs, streams and maps all look like {} to JSON: two different ones must not share an answer.
  throw new TypeError("not plain data");
}
