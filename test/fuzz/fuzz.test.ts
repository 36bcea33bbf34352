import assert from "node:assert/strict";
import { test } from "node:test";
import { fuzz } from "./fuzz.ts";

test("3,000 spoilt requests at generated servers: no failure of ours, no hang, nothing unhandled", async () => {
  const { failures, statuses, served } = await fuzz({ requests: 3_000, rows: 1, seed: 20261122, documents: [] });
  assert.deepEqual(failures, []);
  assert.ok(served > 300, `${served} came to a handler`);
  for (const status of [200, 400, 404, 405, 406, 415]) assert.ok((statuses.get(status) ?? 0) > 0, `none was ${status}`);
});
