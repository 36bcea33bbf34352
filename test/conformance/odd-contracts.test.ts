import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { importService } from "../support/import-generated.ts";
import { createWireChain, type WireChain } from "./wire-chain.ts";

const text = { "text/plain": { schema: { type: "string" } } };
const ok = { 200: { description: "The operation's name.", content: text } };
const header = { required: true, schema: { type: "string" } };
const document = {
  openapi: "3.2.0",
  info: { title: "Odd", version: "1" },
  paths: {
    "/files": { get: { operationId: "plain", responses: ok } },
    "/files?beta=true": {
      get: {
        operationId: "beta",
        parameters: [{ name: "limit", in: "query", schema: { type: "integer" } }],
        responses: ok,
      },
    },
    "/links#only": { additionalOperations: { link: { operationId: "linked", responses: ok } } },
    "/silent": { post: { operationId: "silent" } },
    "/framed": {
      get: {
        operationId: "framed",
        responses: { 200: { description: "Framed.", headers: { "Content-Length": header }, content: text } },
      },
    },
  },
};

let chain: WireChain;

before(async () => {
  const service = await importService(document, "Odd");
  const answer = (name: string) => (input: unknown) => `${name} ${JSON.stringify(input)}`;
  chain = await createWireChain(service, {
    plain: answer("plain"),
    beta: answer("beta"),
    linked: answer("linked"),
    silent: () => undefined,
    framed: (_input, ctx) => ctx.reply(200, "12345", { headers: { "Content-Length": "3" } }),
  });
});
after(() => chain.close());

test("a query that is part of a path is sent, and decides who answers", async () => {
  assert.equal(await chain.client["plain"]?.({}), "plain {}");
  assert.equal(await chain.client["beta"]?.({ query: { limit: 2 } }), 'beta {"query":{"limit":2}}');
  assert.equal(chain.captured().target, "/files?beta=true&limit=2");
  await chain.client["beta"]?.({});
  assert.equal(chain.captured().target, "/files?beta=true");
});

test("a fragment of a path is not sent, and a known method goes in capital letters", async () => {
  assert.equal(await chain.client["linked"]?.({}), "linked {}");
  assert.deepEqual([chain.captured().method, chain.captured().target], ["LINK", "/links"]);
});

test("an operation without responses is answered with 204", async () => {
  const reply = await chain.client["silent"]?.({}, { full: true });
  assert.deepEqual([reply.status, reply.body], [204, undefined]);
});

test("a declared header of framing is left to the server", async () => {
  assert.equal(await chain.client["framed"]?.({}), "12345");
});
