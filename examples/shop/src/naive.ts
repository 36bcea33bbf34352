import { sleep, type Environment } from "@trilogue/runtime";
import type { Kit } from "./kit.ts";

/** A service as a team without policies would have it: no keys, no retries of the runtime, no inbox, no breaker. */
function withoutPolicy<Service extends { readonly operations: object }>(service: Service): Service {
  const operations = Object.entries(service.operations).map(([name, operation]) => {
    const { policy } = operation as { readonly policy: { readonly delivery?: object; readonly timeoutMs?: number } };
    const kept = {
      idempotency: { level: "none" },
      ...(policy.delivery === undefined ? {} : { delivery: policy.delivery }),
      ...(policy.timeoutMs === undefined ? {} : { timeoutMs: policy.timeoutMs }),
    };
    // An inbox stands before everything that others send; what is received without a key has none.
    const isEvent = (operation as { readonly kind: string }).kind === "event";
    return [name, { ...(operation as object), policy: kept, ...(isEvent ? { action: "receive" } : {}) }];
  });
  return { ...service, operations: Object.fromEntries(operations) };
}

/** The control run strips contracts and retries three times, blindly; the protected shop uses contracts as they are. */
export function chooseProtection(environment: Environment, protection: Kit["protection"]): Pick<Kit, "use" | "call"> {
  if (protection === "declared") return { use: (service) => service, call: (work) => work() };
  return {
    use: withoutPolicy,
    call: async (work) => {
      for (let attempt = 1; ; attempt++) {
        try {
          return await work();
        } catch (error) {
          if (attempt === 3) throw error;
          await sleep(environment, 50);
        }
      }
    },
  };
}
