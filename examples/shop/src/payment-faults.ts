import type { Transport } from "@trilogue/runtime";
import { suffer } from "./chaos.ts";
import type { Kit } from "./kit.ts";
import { countAttempts } from "./ledger.ts";

/** The way to the payment vendor: a network's usual delay, what the scenario breaks, and a count of attempts. */
export function paymentFaults(kit: Kit): Transport<"http"> {
  const { environment, chaos, ledger, network } = kit;
  const transport = suffer(network.http("payments"), environment, () => ({
    delayMs: 2 + environment.random() * 8,
    refuse: chaos.paymentsDown,
    dropResponse: environment.random() < chaos.dropPaymentResponses,
  }));
  return countAttempts(transport, ledger, () => {
    ledger.paymentAttempts += 1;
  });
}
