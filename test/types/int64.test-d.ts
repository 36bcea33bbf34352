import { createClient, type Handlers, type Transport } from "@trilogue/runtime";
import { Bank, type Account, type BankOperations } from "../golden/http-int64/want/bank/openapi_http.ts";

declare const http: Transport<"http">;
const client = createClient(Bank, http);

// Where types.int64 is bigint, int64 and uint64 are bigints, and other numbers are numbers.
export const read: Promise<Account> = client.getAccount({
  path: { id: 1n },
  query: { since: 5n, ids: [1n], limit: 5 },
});
export const account: Account = { id: 1n, count: 5, kind: 1n, version: 3n, byCode: { eur: 1n }, pair: ["a", 1n, 2] };

// @ts-expect-error: a number is no bigint
export const number: Account = { id: 1 };
// @ts-expect-error: of the enum's values
export const other: Account = { id: 1n, kind: 5n };
// @ts-expect-error: `count` is a plain number in the base that it restates
export const restated: Account = { id: 1n, count: 5n };

export const handler: Pick<Handlers<BankOperations>, "getAccount"> = {
  getAccount: ({ path, query }, ctx) =>
    ctx.reply(200, { id: path.id + 1n + (query?.since ?? 0n) }, { headers: { "x-version": 1n } }),
};
