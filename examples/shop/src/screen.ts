import type { Shop } from "./shop.ts";
import type { Invariant, Totals } from "./invariants.ts";

const isTerminal = process.stdout.isTTY;
const paint = (code: number, text: string): string => (isTerminal ? `\u001b[${code}m${text}\u001b[0m` : text);

/** A headline of the demo. */
export function showTitle(text: string): void {
  console.log(`\n${paint(1, text)}`);
}

/** One line of progress: the numbers so far. */
export async function showProgress(shop: Shop, seconds: number): Promise<void> {
  const { ledger } = shop;
  const [rows, charges] = await Promise.all([shop.orders.rows(), shop.payments.charges()]);
  const pending = rows.filter(({ status }) => status === "pending").length;
  const duplicates = ledger.count("inbox.duplicates") + ledger.count("idempotency.claims", "replay");
  const numbers = [
    `orders ${String(rows.length).padStart(4)}`,
    `attempts ${String(ledger.paymentAttempts).padStart(4)}`,
    `charges ${String(charges.length).padStart(4)}`,
    `pay later ${String(pending).padStart(3)}`,
    `duplicates stopped ${String(duplicates).padStart(4)}`,
    `dead letters ${ledger.count("dead_letters")}`,
  ];
  console.log(`${paint(2, `${String(seconds).padStart(4)} s`)}  ${numbers.join("  ")}`);
}

/** The table at the end: the shop beside the control run. */
export function showTotals(declared: Totals, naive: Totals): void {
  const rows: readonly (readonly [string, keyof Totals])[] = [
    ["things wanted by customers", "asked"],
    ["requests of customers", "requests"],
    ["orders", "orders"],
    ["attempts to charge", "attempts"],
    ["charges", "charges"],
    ["double charges", "doubleCharges"],
    ["duplicates stopped", "duplicatesStopped"],
    ["lost", "lost"],
    ["dead-lettered", "deadLettered"],
  ];
  console.log(`\n${"".padEnd(30)}${"declared policy".padStart(18)}${"naive retries".padStart(18)}`);
  for (const [title, key] of rows) {
    const isBad = key === "doubleCharges" || key === "lost";
    const show = (value: number): string => {
      const text = String(value).padStart(18);
      return isBad ? paint(value === 0 ? 32 : 31, text) : text;
    };
    console.log(`${title.padEnd(30)}${show(declared[key])}${show(naive[key])}`);
  }
}

/** Each invariant with its verdict; true when all hold. */
export function showInvariants(invariants: readonly Invariant[]): boolean {
  console.log("");
  for (const { name, holds, detail } of invariants) {
    console.log(`${holds ? paint(32, "holds") : paint(31, "BROKEN")}  ${name} (${detail})`);
  }
  return invariants.every(({ holds }) => holds);
}
