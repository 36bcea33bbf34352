import { createClient, isServiceError, sleep } from "@trilogue/runtime";
import { createCredentials } from "@trilogue/runtime/http";
import { Orders } from "../gen/orders/v1/openapi_http.ts";
import { initialStock, type Shop } from "./shop.ts";

/** One thing that a customer wants: placed once, however often it is asked for. */
export interface Intent {
  readonly key: string;
  outcome: "open" | "placed" | "refused";
}

/** Customers who order, click twice, and ask again with the same key until they get an answer. */
export interface Customers {
  readonly intents: readonly Intent[];
  /** A new customer comes; resolves at once, the order goes on by itself. */
  arrive(): void;
  /** Resolves when every customer has an answer. */
  settled(): Promise<void>;
}

/** Every tenth customer clicks twice; answers that are failures are asked for again after a moment. */
export function createCustomers(shop: Shop): Customers {
  const { kit, ledger } = shop;
  const { environment } = kit;
  const client = createClient(kit.use(Orders), kit.network.http("orders"), {
    environment,
    telemetry: ledger.telemetry,
    credentials: createCredentials(Orders, { customer: "ada" }),
  });
  const intents: Intent[] = [];
  const running = new Set<Promise<void>>();
  const ask = async (intent: Intent, body: { readonly sku: string; readonly quantity: number }): Promise<void> => {
    while (intent.outcome === "open") {
      ledger.requests += 1;
      try {
        await client.createOrder(
          { header: { "Idempotency-Key": intent.key }, body },
          { headers: { accept: "application/vnd.shop.v2+json" } },
        );
        intent.outcome = "placed";
      } catch (error) {
        if (isServiceError(error) && error.response?.status === 409 && error.reason === undefined)
          intent.outcome = "refused";
        else if (!isServiceError(error)) throw error;
        else await sleep(environment, 500 + environment.random() * 500);
      }
    }
  };
  const follow = (work: Promise<void>): void => {
    running.add(work);
    void work.finally(() => running.delete(work));
  };
  return {
    intents,
    arrive: () => {
      const sku = initialStock[Math.floor(environment.random() * initialStock.length)]?.sku ?? "mug";
      const intent: Intent = { key: environment.newId(), outcome: "open" };
      const body = { sku, quantity: 1 + Math.floor(environment.random() * 3) };
      intents.push(intent);
      ledger.asked += 1;
      follow(ask(intent, body));
      if (environment.random() < 0.1) follow(ask(intent, body));
    },
    settled: async () => {
      while (running.size > 0) await Promise.all(running);
    },
  };
}
