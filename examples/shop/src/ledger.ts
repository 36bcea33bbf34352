import type { Environment, Interceptor, Telemetry, Transport } from "@trilogue/runtime";
import { aroundAttempts } from "./around-attempts.ts";

/** What the shop counts while it runs; the numbers on the screen and in the assertions. */
export interface Ledger {
  readonly telemetry: Telemetry;
  /** Put before every client: measures how long calls stay beyond their deadline. */
  readonly deadlines: Interceptor;
  /** Intents of customers: one each, however often they ask. */
  asked: number;
  /** Requests of customers, repeats included. */
  requests: number;
  /** Attempts to charge that reached the network. */
  paymentAttempts: number;
  /** Attempts of any call that started after their deadline; must stay 0. */
  lateAttempts: number;
  /** The longest that a call has settled after its deadline, milliseconds. */
  worstOverrunMs: number;
  /** Counters by name, as telemetry reports them. */
  count(name: string, attribute?: string): number;
}

/** Starts all counts at 0. */
export function createLedger(environment: Environment): Ledger {
  const counts = new Map<string, number>();
  const add = (key: string, value: number): void => {
    counts.set(key, (counts.get(key) ?? 0) + value);
  };
  const ledger: Ledger = {
    telemetry: {
      count: (name, value, attributes) => {
        add(name, value);
        for (const attribute of Object.values(attributes)) add(`${name}:${String(attribute)}`, value);
      },
      record: () => {},
      gauge: () => {},
    },
    deadlines: (next) => async (call) => {
      try {
        return await next(call);
      } finally {
        const { deadline } = call.context;
        if (deadline !== undefined) {
          ledger.worstOverrunMs = Math.max(ledger.worstOverrunMs, environment.monotonic() - deadline.at);
        }
      }
    },
    asked: 0,
    requests: 0,
    paymentAttempts: 0,
    lateAttempts: 0,
    worstOverrunMs: 0,
    count: (name, attribute) => counts.get(attribute === undefined ? name : `${name}:${attribute}`) ?? 0,
  };
  return ledger;
}

/** A transport that counts attempts, and those that begin with no time left. */
export function countAttempts<Kind extends "rpc" | "http">(
  transport: Transport<Kind>,
  ledger: Ledger,
  onAttempt?: () => void,
): Transport<Kind> {
  return aroundAttempts(transport, (attempt, send) => {
    onAttempt?.();
    if (attempt.signal.aborted || (attempt.timeoutMs ?? 1) <= 0) ledger.lateAttempts += 1;
    return send();
  });
}
