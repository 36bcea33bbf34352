import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemEnvironment } from "@trilogue/runtime";
import { createSimulation } from "@trilogue/runtime/testing";

// The demo: generate, run the shop for a minute while things break, then the same without policies.
// Exits 1 when a promise was broken.
const root = join(import.meta.dirname, "../..");
const seed = Number(process.env["SHOP_SEED"] ?? 7);

function trilogue(...args: readonly string[]): string {
  const bin = join(root, "generator/bin/trilogue.js");
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], { cwd: root, encoding: "utf8" });
  if (status !== 0) {
    console.error(stderr);
    process.exit(1);
  }
  return stdout;
}

interface ExplainedOperation {
  readonly kind: string;
  readonly values: readonly { readonly path: string; readonly value: unknown }[];
}

console.log(trilogue("gen", "--contracts", "contracts", "--out", "examples/shop/gen").trim());
const { operations } = JSON.parse(trilogue("explain", "--contracts", "contracts", "--json")) as {
  operations: ExplainedOperation[];
};
const count = (holds: (operation: ExplainedOperation) => boolean): number => operations.filter(holds).length;
const has = (operation: ExplainedOperation, path: string, isWanted: (value: unknown) => boolean): boolean =>
  operation.values.some((value) => value.path === path && isWanted(value.value));
console.log(
  `contracts: ${operations.length} operations (${["http", "rpc", "event"]
    .map((kind) => `${count((operation) => operation.kind === kind)} ${kind}`)
    .join(", ")}), ${count((operation) => has(operation, "timeout", () => true))} deadlines, ${count((operation) =>
    has(operation, "idempotency.level", (level) => level !== "none"),
  )} safe to repeat`,
);

// Imported only now: the code was generated a moment ago.
const { judge } = await import("./src/invariants.ts");
const { createLoopback, createMemoryNetwork } = await import("./src/network.ts");
const { runScenario } = await import("./src/scenario.ts");
const { showInvariants, showProgress, showTitle, showTotals } = await import("./src/screen.ts");
const { openShop } = await import("./src/shop.ts");

const folder = mkdtempSync(join(tmpdir(), "trilogue-shop-"));
try {
  const network = createLoopback();
  const shop = await openShop({
    environment: systemEnvironment,
    network,
    folder: mkdtempSync(join(folder, "declared-")),
    protection: "declared",
  });
  console.log(`listening: ${network.describe().join(", ")}; SQLite in ${folder}; embedded bus`);
  console.log("charges may lead orders by the calls in flight; what is to pay later is paid once the vendor is back");
  const played = await runScenario(shop, { onPhase: showTitle, onTick: (seconds) => showProgress(shop, seconds) });
  const declared = await judge(shop, played);
  await shop.close();

  showTitle(`control run: the same shop with three blind retries instead of policies, virtual time, seed ${seed}`);
  const simulation = createSimulation({ seed });
  const naive = await simulation.run(async () => {
    const control = await openShop({
      environment: simulation,
      network: createMemoryNetwork(simulation),
      folder: mkdtempSync(join(folder, "naive-")),
      protection: "naive",
    });
    const verdict = await judge(control, await runScenario(control));
    await control.close();
    return verdict;
  });
  showTotals(declared.totals, naive.totals);
  const allHold = showInvariants(declared.invariants);
  const showsHarm = naive.totals.doubleCharges > 0;
  if (!showsHarm) console.log("BROKEN  the control run shows no double charge, so this demo proves nothing");
  process.exitCode = allHold && showsHarm ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
