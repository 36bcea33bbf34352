import { join } from "node:path";
import { createServer } from "@trilogue/runtime";
import { createSqliteStore, type SqliteTx } from "@trilogue/runtime/store/sqlite";
import { Payments, type Charge } from "../gen/payments/v1/openapi_http.ts";
import type { Kit, Part } from "./kit.ts";

/** The vendor, and what its books say. */
export interface PaymentVendor extends Part {
  /** Every charge that was made, by the merchant's reference. */
  charges(): Promise<readonly { readonly id: string; readonly reference: string }[]>;
}

/** The payment vendor: somebody else's server. It charges once a key, and every time without one. */
export async function openPayments(kit: Kit): Promise<PaymentVendor> {
  const { environment } = kit;
  const store = createSqliteStore({ path: join(kit.folder, "payments.db"), environment, durability: "normal" });
  await store.transaction(async (tx) => {
    tx.exec("CREATE TABLE charges (id TEXT, reference TEXT, amount INTEGER, currency TEXT)");
  });
  const server = createServer({ store, environment }).add(Payments, {
    async createCharge({ body }, ctx) {
      const charge: Charge = { id: `ch_${environment.newId()}`, ...body, status: "captured" };
      const insert = async (tx: SqliteTx): Promise<void> => {
        tx.prepare("INSERT INTO charges VALUES (?, ?, ?, ?)").run(
          charge.id,
          body.reference,
          body.amount,
          body.currency,
        );
      };
      if (ctx.idempotency === undefined) await store.transaction(insert);
      else await insert(ctx.idempotency.tx);
      return charge;
    },
    async getCharge({ path }, ctx) {
      const row = await store.transaction(async (tx) =>
        tx.prepare("SELECT * FROM charges WHERE id = ?").get(path.chargeId),
      );
      if (row === undefined) return ctx.reply(404);
      const { id, reference, amount, currency } = row as unknown as Charge;
      return { id, reference, amount, currency, status: "captured" };
    },
  });
  await kit.network.serve("payments", server);
  return {
    charges: () => store.transaction(async (tx) => tx.prepare("SELECT id, reference FROM charges").all() as never),
    waiting: async () => 0,
    close: () => store.close(),
  };
}
