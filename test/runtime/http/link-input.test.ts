import assert from "node:assert/strict";
import { test } from "node:test";
import { linkInput } from "../../../runtime/src/http/link-input.ts";
import { createUser, getUser, renameUser } from "../../golden/http-links/want/users_http.ts";

const request = { query: { tenant: "a b" } };
const response = { status: 201, contentType: "application/json", headers: {}, body: { id: 7 } } as const;

test("a link of a reply gives the input of its target, in its types", () => {
  const source = { from: createUser, request, response };
  assert.deepEqual(linkInput(getUser, { ...source, link: "userById" }), {
    path: { id: 7 },
    query: { fields: "name" },
    header: { "X-Trace": "a b-201" },
  });
  assert.deepEqual(linkInput(getUser, { ...source, link: "byRef" }), { path: { id: 7 } });
});

test("a link without the values that its target needs is none", () => {
  const source = { from: createUser, request: {}, response: { ...response, body: {} as { id: number } } };
  assert.equal(linkInput(getUser, { ...source, link: "userById" }), undefined);
});

test("links that the contract does not have, or that lead elsewhere, are slips", () => {
  const source = { from: createUser, request, response };
  assert.throws(() => linkInput(getUser, { ...source, link: "constructor" }), /declares no link "constructor"/);
  assert.throws(() => linkInput(renameUser, { ...source, link: "userById" }), /leads to getUser, not to renameUser/);
});
