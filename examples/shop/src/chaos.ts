import { ServiceError, sleep, type Environment, type Transport } from "@trilogue/runtime";
import { aroundAttempts } from "./around-attempts.ts";

/** What is broken right now. The scenario turns the switches; everything else only suffers. */
export interface Chaos {
  /** Share of payment responses that are lost after the vendor has charged. */
  dropPaymentResponses: number;
  paymentsDown: boolean;
  /** Added to every call of the inventory, milliseconds. */
  inventorySlowMs: number;
  /** Receipts fail: a bug that is mended later. */
  receiptBug: boolean;
}

/** Nothing is broken. */
export function createChaos(): Chaos {
  return { dropPaymentResponses: 0, paymentsDown: false, inventorySlowMs: 0, receiptBug: false };
}

/** What happens to one attempt on its way. */
export interface AttemptFault {
  readonly delayMs?: number;
  readonly refuse?: boolean;
  readonly dropResponse?: boolean;
}

/** A transport whose attempts suffer what `faultOf` says; the target itself knows nothing of it. */
export function suffer<Kind extends "rpc" | "http">(
  transport: Transport<Kind>,
  environment: Environment,
  faultOf: () => AttemptFault,
): Transport<Kind> {
  return aroundAttempts(transport, async (attempt, send) => {
    const fault = faultOf();
    if (fault.refuse === true) throw broken("the connection was refused", "no");
    if (fault.delayMs !== undefined) await sleep(environment, fault.delayMs, attempt.signal);
    const reply = await send();
    if (fault.dropResponse === true) throw broken("the connection broke before the response came", "maybe");
    return reply;
  });
}

function broken(what: string, sent: "no" | "maybe"): ServiceError {
  return new ServiceError("unavailable", what, { origin: "transport", sent });
}
