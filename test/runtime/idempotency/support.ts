import assert from "node:assert/strict";
import type { Authenticate } from "../../../runtime/src/server/types.ts";
import { createClient } from "../../../runtime/src/client/create-client.ts";
import type { HttpOperation } from "../../../runtime/src/descriptor/http.ts";
import type { IdempotencyPolicy } from "../../../runtime/src/descriptor/policy.ts";
import { isServiceError, type ServiceError } from "../../../runtime/src/error/service-error.ts";
import type { IdempotencyOptions } from "../../../runtime/src/idempotency/engine.ts";
import { createServer } from "../../../runtime/src/server/create-server.ts";
import type { HandlerOptions, HttpContext } from "../../../runtime/src/server/types.ts";
import { createMemoryStore, type MemoryTx } from "../../../runtime/src/store/memory.ts";
import type { Store } from "../../../runtime/src/store/store.ts";
import { createRecordingTelemetry, type RecordingTelemetry } from "../../../runtime/src/telemetry/index.ts";
import { createSimulation, type Simulation } from "../../../runtime/src/testing/index.ts";
import { memoryTransport } from "../../../runtime/src/transport/memory.ts";

/** The responses of the test operation. */
export type ChargeResponse =
  | { readonly status: 201; readonly contentType: "application/json"; readonly headers: {}; readonly body: Charge }
  | { readonly status: 409; readonly contentType: "application/json"; readonly headers: {}; readonly body: Charge }
  | { readonly status: 503; readonly contentType: "application/json"; readonly headers: {}; readonly body: Charge };

export interface Charge {
  readonly id: number;
}

export type ChargeOperation = HttpOperation<
  { readonly body: { readonly amount: number }; readonly header?: { readonly "Idempotency-Key"?: string } },
  Charge,
  ChargeResponse,
  never
>;

export type ChargeHandler = (
  input: { readonly body: { readonly amount: number } },
  ctx: HttpContext<ChargeResponse, MemoryTx>,
) => Promise<ReturnType<HttpContext<ChargeResponse, MemoryTx>["reply"]>>;

export interface Bench {
  readonly simulation: Simulation;
  readonly telemetry: RecordingTelemetry;
  readonly store: Store<MemoryTx>;
  /** Charges by the given caller; answers the whole response, or the error. */
  charge(key: string | undefined, amount?: number, options?: ChargeOptions): Promise<Answer>;
}

export interface ChargeOptions {
  readonly who?: string;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  readonly operation?: "charge" | "refund";
}

export type Answer = { readonly status: number; readonly id: number } | ServiceError;

export interface BenchOptions {
  readonly handler: ChargeHandler;
  readonly policy?: Partial<IdempotencyPolicy>;
  readonly idempotency?: IdempotencyOptions;
  readonly handlerOptions?: HandlerOptions;
  readonly store?: (simulation: Simulation) => Store<MemoryTx>;
  readonly authenticate?: Authenticate;
}

export function chargeOperation(name: string, policy: Partial<IdempotencyPolicy> = {}): ChargeOperation {
  const content = [{ mediaType: "application/json", codec: "json" }] as const;
  return {
    kind: "http",
    name,
    service: "payments.v1.Payments",
    method: "POST",
    path: `/${name}`,
    body: { required: true, content },
    responses: [
      { status: 201, content },
      { status: 409, content },
      { status: 503, content },
    ],
    policy: {
      idempotency: {
        level: "keyed",
        key: { from: "header", name: "Idempotency-Key" },
        ...policy,
      },
    },
  };
}

/** A server and a client of it in one process, over the real HTTP codecs, in virtual time; retries are off. */
export function bench(options: BenchOptions): Bench {
  const simulation = createSimulation({ seed: 21 });
  const telemetry = createRecordingTelemetry();
  const store = options.store?.(simulation) ?? createMemoryStore({ environment: simulation });
  const operations = {
    charge: chargeOperation("charge", options.policy),
    refund: chargeOperation("refund", options.policy),
  };
  const service = { kind: "http", name: "payments.v1.Payments", operations } as const;
  const server = createServer({
    store,
    telemetry,
    environment: simulation,
    authenticate: options.authenticate ?? (({ headers }) => ({ id: headers.get("x-caller") ?? "nobody" })),
    ...(options.idempotency === undefined ? {} : { idempotency: options.idempotency }),
  }).add(
    service,
    { charge: options.handler, refund: options.handler },
    {
      ...(options.handlerOptions === undefined ? {} : { charge: options.handlerOptions }),
    },
  );
  const transport = memoryTransport(server, { environment: simulation });
  const client = createClient(service, transport, { environment: simulation });
  return {
    simulation,
    telemetry,
    store,
    charge: async (key, amount = 100, { who = "ann", operation = "charge", signal, timeoutMs } = {}) => {
      try {
        const response = await client[operation](
          { body: { amount } },
          {
            full: true,
            maxAttempts: 1,
            headers: { "x-caller": who },
            ...(key === undefined ? {} : { idempotencyKey: key }),
            ...(signal === undefined ? {} : { signal }),
            ...(timeoutMs === undefined ? {} : { timeoutMs }),
          },
        );
        return { status: response.status, id: response.body.id };
      } catch (error) {
        assert.ok(isServiceError(error), String(error));
        return error;
      }
    },
  };
}

/** The reason of an error; fails when it is none. */
export function reasonOf(answer: Answer): string | undefined {
  assert.ok(isServiceError(answer), `expected an error, found ${JSON.stringify(answer)}`);
  return answer.reason;
}
