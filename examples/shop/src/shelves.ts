import { createConsumer, createProducer } from "@trilogue/runtime";
import { createMemoryStore, type MemoryTx } from "@trilogue/runtime/store/memory";
import { Shelf } from "../gen/shelf/v1/asyncapi_events.ts";
import type { Kit, Part } from "./kit.ts";

/** The sensors on the shelves, and what was heard of them. */
export interface Shelves extends Part {
  /** A sensor tells its weight. */
  read(shelfId: string, grams: number): Promise<void>;
  readonly told: () => number;
  /** Readings that had an effect; equal to `told` once all is quiet. */
  readonly heard: () => number;
}

/** Sensors over MQTT: the same handler shape, de-duplicated by the reading's own id. */
export async function openShelves(kit: Kit): Promise<Shelves> {
  const { environment, broker, interceptors, ledger } = kit;
  const store = createMemoryStore({ environment });
  const sensors = createProducer(kit.use(Shelf), broker, { environment, interceptors });
  let told = 0;
  let heard = 0;
  const consumer = createConsumer<typeof Shelf.operations, MemoryTx>(
    kit.use(Shelf),
    {
      weightRead() {
        heard += 1;
      },
    },
    { broker, store, environment, group: "shelves", interceptors, telemetry: ledger.telemetry },
  );
  await consumer.start();
  return {
    read: async (shelfId, grams) => {
      await sensors.weightRead(
        { data: { readingId: environment.newId(), shelfId, grams } },
        { parameters: { shelfId } },
      );
      told += 1;
    },
    told: () => told,
    heard: () => heard,
    waiting: async () => 0,
    close: async () => {
      await consumer.drain({ graceMs: 2_000 });
      await store.close();
    },
  };
}
