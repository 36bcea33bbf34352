import type { CircuitBreakerPolicy } from "../descriptor/policy.ts";
import type { Environment } from "../environment/environment.ts";
import type { ServiceError } from "../error/service-error.ts";
import { createCallWindow } from "./call-window.ts";
import { defaultBreaker } from "./defaults.ts";

/** What an attempt says of the target's health. `neutral` says nothing: the caller left, or was told to slow down. */
export type BreakerOutcome = "success" | "failure" | "neutral";

/** Leave to send one attempt; hand it back with `record`, once. */
export interface BreakerPermit {
  readonly generation: number;
  readonly startedAt: number;
  readonly probe: boolean;
}

/** Where a breaker is. */
export type BreakerState = "closed" | "open" | "halfOpen";

/** Refuses attempts to a target that fails. */
export interface CircuitBreaker {
  readonly state: BreakerState;
  /** How long a probe may take, milliseconds. */
  readonly probeTimeoutMs: number;
  /** A permit, or, when refused, how long to stay away, milliseconds. */
  acquire(): BreakerPermit | number;
  record(permit: BreakerPermit, outcome: BreakerOutcome): void;
}

/** What a failure says of the health of the target. */
export function breakerOutcomeOf(error: ServiceError): BreakerOutcome {
  switch (error.code) {
    case "unknown":
    case "deadline_exceeded":
    case "internal":
    case "unavailable":
    case "data_loss":
      return "failure";
    case "canceled":
    case "resource_exhausted":
      return "neutral";
    default:
      return "success";
  }
}

/**
 * Opens at a failure (or slow-call) rate over a window of ten buckets, lets `halfOpenCalls` probes pass after
 * `openForMs`, closes when all succeed and doubles the time when one fails. Results of attempts that began before the
 * last change of state are ignored; a probe without a verdict gives its place back; there is no timer.
 */
export function createCircuitBreaker(
  environment: Environment,
  policy: CircuitBreakerPolicy = {},
  onChange?: (to: BreakerState) => void,
): CircuitBreaker {
  const { failureRate, slowMs, slowRate, minimumCalls, firstOpenMs, maxOpenMs, probes } = settle(policy);
  const window = createCallWindow(environment, policy.windowMs ?? defaultBreaker.windowMs);
  let state: BreakerState = "closed";
  let generation = 0;
  let openMs = firstOpenMs;
  let openUntil = 0;
  let probesOut = 0;
  let probesGood = 0;

  const change = (to: BreakerState): void => {
    state = to;
    generation += 1;
    onChange?.(to);
  };
  const open = (forMs: number): void => {
    openMs = forMs;
    openUntil = environment.monotonic() + forMs;
    change("open");
  };
  const close = (): void => {
    openMs = firstOpenMs;
    window.clear();
    change("closed");
  };
  const recordProbe = (outcome: BreakerOutcome): void => {
    probesOut -= 1;
    if (outcome === "failure") open(Math.min(openMs * 2, maxOpenMs));
    else if (outcome === "success" && ++probesGood >= probes) close();
  };

  return {
    get state() {
      return state;
    },
    probeTimeoutMs: Number.isFinite(slowMs) ? slowMs : defaultBreaker.probeTimeoutMs,
    acquire: () => {
      const now = environment.monotonic();
      if (state === "open") {
        if (now < openUntil) return openUntil - now;
        probesOut = 0;
        probesGood = 0;
        change("halfOpen");
      }
      if (state === "closed") return { generation, startedAt: now, probe: false };
      if (probesOut + probesGood >= probes) return openMs;
      probesOut += 1;
      return { generation, startedAt: now, probe: true };
    },
    record: (permit, outcome) => {
      if (permit.generation !== generation) return;
      const slow = environment.monotonic() - permit.startedAt >= slowMs;
      if (permit.probe) {
        recordProbe(slow && outcome === "success" ? "failure" : outcome);
        return;
      }
      if (outcome === "neutral") return;
      const { calls, failures, slowCalls } = window.add(outcome === "failure", slow);
      if (calls < minimumCalls) return;
      if (failures / calls >= failureRate || (slowMs !== Infinity && slowCalls / calls >= slowRate)) open(firstOpenMs);
    },
  };
}

/** The policy with its defaults. */
function settle(policy: CircuitBreakerPolicy): {
  readonly failureRate: number;
  readonly slowMs: number;
  readonly slowRate: number;
  readonly minimumCalls: number;
  readonly firstOpenMs: number;
  readonly maxOpenMs: number;
  readonly probes: number;
} {
  const firstOpenMs = policy.openForMs ?? defaultBreaker.openForMs;
  return {
    failureRate: policy.failureRate ?? defaultBreaker.failureRate,
    slowMs: policy.slowCallDurationMs ?? Infinity,
    slowRate: policy.slowCallRate ?? defaultBreaker.slowCallRate,
    minimumCalls: Math.max(1, policy.minimumCalls ?? defaultBreaker.minimumCalls),
    firstOpenMs,
    maxOpenMs: Math.max(firstOpenMs, policy.maxOpenForMs ?? defaultBreaker.maxOpenForMs),
    probes: Math.max(1, policy.halfOpenCalls ?? defaultBreaker.halfOpenCalls),
  };
}
