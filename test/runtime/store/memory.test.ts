import { createMemoryStore, type MemoryTx } from "../../../runtime/src/store/memory.ts";
import { testStore } from "../../../runtime/src/testing/index.ts";

testStore<MemoryTx>("memory store", (environment) => {
  const effects: string[] = [];
  return {
    store: createMemoryStore({ environment }),
    writeEffect: (tx, name) => tx.onCommit(() => effects.push(name)),
    countEffects: (name) => effects.filter((one) => one === name).length,
  };
});
