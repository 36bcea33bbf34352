import { createHeaders } from "../../../runtime/src/call/headers.ts";
import type { HttpOperation, HttpService } from "../../../runtime/src/descriptor/http.ts";
import type { OperationBase } from "../../../runtime/src/descriptor/operation.ts";
import type { IdempotencyLevel, OperationPolicy } from "../../../runtime/src/descriptor/policy.ts";
import { sleep } from "../../../runtime/src/environment/sleep.ts";
import { ServiceError } from "../../../runtime/src/error/service-error.ts";
import type { Simulation } from "../../../runtime/src/testing/index.ts";
import type { Attempt, PrepareOptions, Transport, TransportKind } from "../../../runtime/src/transport/transport.ts";

/** An attempt as the target saw it. */
export interface SeenAttempt {
  readonly at: number;
  readonly attempt: Attempt;
  readonly operation: OperationBase;
  readonly input: unknown;
  readonly prepared: number;
  readonly options: PrepareOptions | undefined;
}

/** Answers an attempt, or throws. */
export type Answer = (seen: SeenAttempt, count: number) => unknown;

/** A transport that keeps what was sent and answers as told; it ignores its signals, as a bad one does. */
export interface FakeTransport<Kind extends TransportKind> extends Transport<Kind> {
  readonly seen: SeenAttempt[];
}

let preparedCount = 0;

export function fakeTransport<Kind extends TransportKind = "http">(
  simulation: Simulation,
  answer: Answer,
  options: { kind?: Kind; authority?: string; repeatable?: boolean } = {},
): FakeTransport<Kind> {
  const seen: SeenAttempt[] = [];
  return {
    kind: options.kind ?? ("http" as Kind),
    authority: options.authority ?? "shop:443",
    seen,
    prepare: (operation, input, prepareOptions) => {
      const prepared = ++preparedCount;
      return {
        repeatable: options.repeatable ?? true,
        send: async (attempt) => {
          const one = { at: simulation.monotonic(), attempt, operation, input, prepared, options: prepareOptions };
          seen.push(one);
          return { output: await answer(one, seen.length), headers: createHeaders() };
        },
      };
    },
  };
}

/** Waits virtual time, then answers. */
export function after<T>(simulation: Simulation, ms: number, value: T): Promise<T> {
  return sleep(simulation, ms).then(() => value);
}

/** Never answers. */
export function hang(): Promise<never> {
  return new Promise(() => undefined);
}

/** What an overloaded or broken target says. */
export function unavailable(options: ConstructorParameters<typeof ServiceError>[2] = {}): ServiceError {
  return new ServiceError("unavailable", "the target failed", { origin: "transport", sent: "maybe", ...options });
}

/** The operation that `httpOperation` makes. */
export type TestOperation = HttpOperation<
  { readonly body?: unknown; readonly header?: Readonly<Record<string, string>> },
  string,
  { readonly status: 200; readonly body: string },
  string
>;

/** An HTTP operation without a body, named `act`. */
export function httpOperation(
  level: IdempotencyLevel,
  policy: Partial<OperationPolicy> = {},
  name = "act",
): TestOperation {
  const key = { from: "header", name: "Idempotency-Key" } as const;
  return {
    kind: "http",
    name,
    service: "shop.v1.Shop",
    method: "POST",
    path: `/${name}`,
    responses: [{ status: 200, content: [{ mediaType: "text/plain", codec: "text" }] }],
    policy: { ...policy, idempotency: { level, ...(level === "keyed" ? { key } : {}), ...policy.idempotency } },
  };
}

/** A service of the given operations. */
export function httpService<Operations extends object>(operations: Operations): HttpService<Operations> {
  return { kind: "http", name: "shop.v1.Shop", operations };
}
