import type { OperationBase } from "../descriptor/operation.ts";
import { operationId } from "../descriptor/operation.ts";
import type { Environment } from "../environment/environment.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import { createBulkhead, type Bulkhead } from "./bulkhead.ts";
import { createCircuitBreaker, type BreakerState, type CircuitBreaker } from "./circuit-breaker.ts";
import { defaultBreaker } from "./defaults.ts";
import { createStaleCache, type StaleCache } from "./fallback.ts";
import { createRateLimiter, type RateLimiter } from "./rate-limit.ts";
import { createRetryBudget, createRetryCounts, type RetryBudget, type RetryCounts } from "./retry-budget.ts";

/**
 * The state of policies: breakers, budgets, bulkheads, limits. Clients that share one share what they know of a target.
 * Without one given, all clients of a transport share.
 */
export interface Resilience {
  readonly environment: Environment;
  readonly telemetry: Telemetry | undefined;
  /** The operation's view of its target's budget: what was asked and tried again is counted a target. */
  budget(operation: OperationBase, authority: string): RetryBudget;
  /** One a target and service (or operation, or host, by policy); operations with another policy have another. */
  breaker(operation: OperationBase, authority: string): CircuitBreaker;
  bulkhead(operation: OperationBase, authority: string): Bulkhead;
  /** Undefined where the contract sets no limit. */
  rateLimiter(operation: OperationBase, authority: string): RateLimiter | undefined;
  staleCache(operation: OperationBase, authority: string): StaleCache | undefined;
}

const stateNumbers: Readonly<Record<BreakerState, number>> = { closed: 0, open: 1, halfOpen: 2 };

/** Makes empty state: every breaker closed, every budget full. */
export function createResilience(options: {
  readonly environment: Environment;
  readonly telemetry?: Telemetry | undefined;
}): Resilience {
  const { environment, telemetry } = options;
  const retryCounts = new Map<string, RetryCounts>();
  const breakers = new Map<string, CircuitBreaker>();
  const bulkheads = new Map<string, Bulkhead>();
  const limiters = new Map<string, RateLimiter>();
  const caches = new Map<string, StaleCache>();
  const name = (operation: OperationBase, authority: string): string => `${authority} ${operationId(operation)}`;

  return {
    environment,
    telemetry,
    budget: (operation, authority) =>
      createRetryBudget(
        getOrMake(retryCounts, authority, () => createRetryCounts(environment)),
        operation.policy.retry?.budget,
      ),
    breaker: (operation, authority) => {
      const policy = operation.policy.circuitBreaker;
      const target = breakerTarget(operation, authority);
      return getOrMake(breakers, `${target} ${JSON.stringify(policy ?? {})}`, () =>
        createCircuitBreaker(
          environment,
          policy,
          telemetry === undefined
            ? undefined
            : (to) => {
                telemetry.count("resilience.breaker.transitions", 1, { target, to });
                telemetry.gauge("resilience.breaker.state", stateNumbers[to], { target });
              },
        ),
      );
    },
    bulkhead: (operation, authority) =>
      getOrMake(bulkheads, name(operation, authority), () => createBulkhead(environment, operation.policy.bulkhead)),
    rateLimiter: (operation, authority) => {
      const policy = operation.policy.rateLimit;
      if (policy === undefined) return undefined;
      return getOrMake(limiters, name(operation, authority), () => createRateLimiter(environment, policy));
    },
    staleCache: (operation, authority) => {
      const policy = operation.policy.fallback;
      if (policy?.kind !== "stale") return undefined;
      return getOrMake(caches, name(operation, authority), () => createStaleCache(environment, policy.forMs));
    },
  };
}

function breakerTarget(operation: OperationBase, authority: string): string {
  switch (operation.policy.circuitBreaker?.scope ?? defaultBreaker.scope) {
    case "host":
      return authority;
    case "service":
      return `${authority} ${operation.service}`;
    case "operation":
      return `${authority} ${operationId(operation)}`;
  }
}

function getOrMake<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
