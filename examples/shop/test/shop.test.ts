import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createSimulation } from "@trilogue/runtime/testing";
import { judge, type Invariant, type Totals } from "../src/invariants.ts";
import type { Kit } from "../src/kit.ts";
import { createMemoryNetwork } from "../src/network.ts";
import { runScenario } from "../src/scenario.ts";
import { openShop } from "../src/shop.ts";

interface Verdict {
  readonly totals: Totals;
  readonly invariants: readonly Invariant[];
}

/** Plays the whole scenario in virtual time; the seed decides everything. */
async function play(seed: number, protection: Kit["protection"], scale: number): Promise<Verdict> {
  const environment = createSimulation({ seed });
  const folder = mkdtempSync(join(tmpdir(), "trilogue-shop-"));
  try {
    return await environment.run(async () => {
      const shop = await openShop({ environment, network: createMemoryNetwork(environment), folder, protection });
      const played = await runScenario(shop, { scale });
      const verdict = await judge(shop, played);
      await shop.close();
      return verdict;
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function broken(seed: number, { totals, invariants }: Verdict): string {
  const wrong = invariants.filter(({ holds }) => !holds).map(({ name, detail }) => `  ${name}: ${detail}`);
  return wrong.length === 0
    ? ""
    : `seed ${seed} (replay: SHOP_SEED=${seed} npm test)\n${wrong.join("\n")}\n${JSON.stringify(totals)}`;
}

const only = process.env["SHOP_SEED"];
const seeds =
  only === undefined
    ? Array.from({ length: Number(process.env["SHOP_SEEDS"] ?? 10) }, (_none, index) => index + 1)
    : [Number(only)];

for (const seed of seeds) {
  test(`charges every paid order once, loses nothing, seed ${seed}`, async () => {
    assert.equal(broken(seed, await play(seed, "declared", 0.15)), "");
  });
}

test("the same seed gives the same run", async () => {
  assert.deepEqual(await play(42, "declared", 0.1), await play(42, "declared", 0.1));
});

test("blind retries without keys, inbox and breaker charge twice", async () => {
  const { totals } = await play(7, "naive", 0.2);
  assert.ok(totals.doubleCharges > 0, `${totals.doubleCharges} double charges`);
});
