import { sleep } from "@trilogue/runtime";
import { openDeadLetters } from "@trilogue/runtime/events";
import { createCustomers, type Customers } from "./customers.ts";
import { openFloor } from "./floor.ts";
import type { StockLevel } from "./inventory.ts";
import { initialStock, type Shop } from "./shop.ts";

/** One act of the demo. */
interface Phase {
  readonly title: string;
  readonly seconds: number;
  readonly begin: (shop: Shop) => void | Promise<void>;
  readonly end?: (shop: Shop) => void | Promise<void>;
}

const phases: readonly Phase[] = [
  { title: "load: 20 orders a second", seconds: 7, begin: () => {} },
  {
    title: "chaos: drop 20 % of payment responses",
    seconds: 9,
    begin: ({ chaos }) => {
      chaos.dropPaymentResponses = 0.2;
    },
    end: ({ chaos }) => {
      chaos.dropPaymentResponses = 0;
    },
  },
  {
    title: "chaos: deliver every event twice, out of order between keys",
    seconds: 8,
    begin: ({ broker }) => broker.setFaults({ duplicate: { share: 1 }, reorder: 0.5 }),
    end: ({ broker }) => broker.setFaults({}),
  },
  {
    title: "chaos: payments down",
    seconds: 7,
    begin: ({ chaos }) => {
      chaos.paymentsDown = true;
    },
    end: ({ chaos }) => {
      chaos.paymentsDown = false;
    },
  },
  {
    title: "chaos: inventory 3 s slow",
    seconds: 5,
    begin: ({ chaos }) => {
      chaos.inventorySlowMs = 3_000;
    },
    end: ({ chaos }) => {
      chaos.inventorySlowMs = 0;
    },
  },
  {
    title: "poison: a receipt that fails, and a message that is no JSON",
    seconds: 7,
    begin: async ({ chaos, broker, kit }) => {
      chaos.receiptBug = true;
      await broker.publish(
        {
          address: "commands.send-receipt",
          key: null,
          headers: [],
          contentType: "application/json",
          payload: new TextEncoder().encode("{ this is no JSON"),
        },
        { messageId: kit.environment.newId() },
      );
    },
    end: ({ chaos }) => {
      chaos.receiptBug = false;
    },
  },
];

/** What is told while the scenario runs. */
export interface ScenarioWatch {
  readonly onPhase?: (title: string) => void;
  /** About once a second of the shop's time. */
  readonly onTick?: (secondsSoFar: number) => void | Promise<void>;
}

/** How the scenario runs. */
export interface ScenarioOptions extends ScenarioWatch {
  /** 1 is the minute of the demo; tests take less. */
  readonly scale?: number;
  readonly ordersPerSecond?: number;
}

/** What a played scenario leaves behind, beside the books. */
export interface Played {
  readonly customers: Customers;
  /** The stock as the screen on the shop's floor showed it last. */
  readonly shown: ReadonlyMap<string, StockLevel>;
  /** Scans and moves that were confirmed over streams, and how many there should be. */
  readonly streamed: number;
  readonly expectedStreamed: number;
}

/** Breaks one thing after another under load, then mends all, replays the dead letters and waits until all is quiet. */
export async function runScenario(shop: Shop, options: ScenarioOptions = {}): Promise<Played> {
  const { environment } = shop.kit;
  const customers = createCustomers(shop);
  const floor = openFloor(shop);
  let streamed = 0;
  const start = environment.monotonic();
  const pause = 1_000 / (options.ordersPerSecond ?? 20);
  let told = 0;
  const tick = async (): Promise<void> => {
    const seconds = Math.floor((environment.monotonic() - start) / 1_000);
    if (seconds > told) await options.onTick?.((told = seconds));
  };
  for (const phase of phases) {
    options.onPhase?.(phase.title);
    await phase.begin(shop);
    const until = environment.monotonic() + phase.seconds * 1_000 * (options.scale ?? 1);
    for (let next = environment.monotonic(); next < until; next += pause) {
      await sleep(environment, Math.max(0, next - environment.monotonic()));
      customers.arrive();
      if (environment.random() < 0.2) await shop.shelves.read("7", environment.random() * 5_000);
      await tick();
    }
    await phase.end?.(shop);
    const { counted, moved } = await floor.tidyUp();
    streamed += counted + moved;
  }
  options.onPhase?.("mended: dead letters are replayed, everybody waits until all is quiet");
  await customers.settled();
  await settle(shop, tick);
  await floor.close();
  return { customers, shown: floor.shown, streamed, expectedStreamed: phases.length * initialStock.length * 2 };
}

/** Waits until nothing moves, replaying what was dead-lettered for a bug that is mended by now. */
async function settle(shop: Shop, tick: () => Promise<void>): Promise<void> {
  const { environment } = shop.kit;
  const letters = openDeadLetters({ broker: shop.broker, address: "commands.dead", environment });
  const deadline = environment.monotonic() + 60_000;
  for (let quietFor = 0; quietFor < 5 && environment.monotonic() < deadline;) {
    await letters.replay({ filter: ({ errorCode }) => errorCode !== "invalid_argument" });
    await sleep(environment, 200);
    quietFor = (await shop.isQuiet()) ? quietFor + 1 : 0;
    await tick();
  }
}
