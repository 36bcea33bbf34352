import assert from "node:assert/strict";
import http from "node:http";
import { after, test } from "node:test";
import { createAuthenticators, type AuthenticatorsFor } from "../../../runtime/src/http/authenticators.ts";
import { readCredential } from "../../../runtime/src/http/read-credential.ts";
import { createHeaders } from "../../../runtime/src/call/headers.ts";
import { createServer } from "../../../runtime/src/server/create-server.ts";
import { safeEqual } from "../../../runtime/src/server/safe-equal.ts";
import { serveNode } from "../../../runtime/src/server/node.ts";
import { ServiceError } from "../../../runtime/src/error/service-error.ts";
import type { Handlers } from "../../../runtime/src/server/types.ts";
import { Vault, type VaultOperations } from "../../golden/http-security/want/api_http.ts";

/** Whoever was let in last; a string of names, null for nobody known. */
let seen: string | null | undefined;

const handlers = Object.fromEntries(
  Object.keys(Vault.operations).map((name) => [
    name,
    (_: unknown, ctx: { principal?: { id: string } }) => {
      seen = ctx.principal?.id ?? null;
    },
  ]),
) as unknown as Handlers<VaultOperations>;

const given: AuthenticatorsFor<typeof Vault> = {
  bearerAuth: (token) => (safeEqual(token, "good") ? { id: "ann" } : undefined),
  password: ({ username, password }) => (safeEqual(password, "pä:ss") ? { id: username } : undefined),
  proof: (text) => (text === "proof-1" ? { id: "prover" } : undefined),
  partner_key: (key) => (key === "k-1" ? { id: "partner" } : undefined),
  session: (id) => (id === "s 1;" ? { id: "visitor" } : undefined),
  "old key": (key) => (key === "a&b" ? { id: "old" } : undefined),
  user: (token, { scopes }) => {
    if (token === "down") throw new ServiceError("unavailable", "no answer from the login service");
    if (token === "broken") throw new Error(`secret ${token}`);
    if (token === "poor") throw new ServiceError("permission_denied", `needs ${scopes.join()}`);
    return token === "rich" ? { id: "ray" } : undefined;
  },
  staff: (token) => (token === "good" ? { id: "sue", scopes: ["admin", "audit"] } : { id: "tim", scopes: ["admin"] }),
  certificate: () => ({ id: "never" }),
  __proto__: (key) => (key === "odd" ? { id: "odd" } : undefined),
};
// A literal's `__proto__` sets the prototype: this one is meant as a name.
const authenticators = createAuthenticators(
  Vault,
  Object.fromEntries([
    ...Object.entries(given),
    ["__proto__", (key: string) => (key === "odd" ? { id: "odd" } : undefined)],
  ]),
);
const node = await serveNode(createServer({ authenticators }).add(Vault, handlers), { host: "127.0.0.1" });
after(() => node.close({ graceMs: 0 }));

const basic = (text: string | Uint8Array): string => `Basic ${Buffer.from(text).toString("base64")}`;
const bearer = 'Bearer realm="Vault"';
const login =
  'Basic realm="Vault", charset="UTF-8", DPoP realm="Vault", ApiKey realm="Vault", in="header", name="X-Odd"';

/** Request line, header lines, and then: who is let in, or the status and the challenges. */
const cases: readonly (readonly [string, readonly string[], string | null | readonly [number, string?]])[] = [
  // bearer
  ["GET /items", ["Authorization: Bearer good"], "ann"],
  ["GET /items", ["authorization:   bEARER   good  "], "ann"],
  ["GET /items", [], [401, bearer]],
  ["GET /items", ["Authorization: Bearer bad"], [401, `${bearer}, error="invalid_token"`]],
  ["GET /items", ["Authorization: Bearer"], [401, `${bearer}, error="invalid_token"`]],
  ["GET /items", ["Authorization: Bearer good, Bearer good"], [401, `${bearer}, error="invalid_token"`]],
  [
    "GET /items",
    ["Authorization: Bearer good", "Authorization: Bearer good"],
    [401, `${bearer}, error="invalid_token"`],
  ],
  ["GET /items", [`Authorization: ${basic("a:b")}`], [401, bearer]],
  ["GET /items?access_token=good", [], [401, bearer]],
  // basic, any registered scheme, and a name that objects inherit
  ["POST /login", [`Authorization: ${basic("bob:pä:ss")}`], "bob"],
  ["POST /login", [`Authorization: ${basic(":pä:ss")}`], ""],
  ["POST /login", [`Authorization: ${basic("bob:wrong")}`], [401, login]],
  ["POST /login", ["Authorization: Basic"], [401, login]],
  ["POST /login", ["Authorization: Basic !!!"], [401, login]],
  ["POST /login", ["Authorization: Basic Yg"], [401, login]],
  ["POST /login", [`Authorization: ${basic("no colon")}`], [401, login]],
  ["POST /login", [`Authorization: ${basic(Uint8Array.of(0x61, 0x3a, 0xff))}`], [401, login]],
  ["POST /login", [`Authorization: ${basic("a:b\n")}`], [401, login]],
  ["POST /login", [`Authorization: ${basic("bob:pä:ss")}`, `Authorization: ${basic("bob:pä:ss")}`], [401, login]],
  ["POST /login", ["Authorization: dpop proof-1"], "prover"],
  ["POST /login", ["Authorization: DPoP"], [401, login]],
  ["POST /login", ["X-Odd: odd"], "odd"],
  ["POST /login", ["X-Odd: "], [401, login]],
  // scopes, and alternatives of which one has two members
  ["POST /items", ["Authorization: Bearer rich"], "ray"],
  ["POST /items", ["Authorization: Bearer poor"], [403, `${bearer}, error="insufficient_scope", scope="items.write"`]],
  ["POST /items", ["Authorization: Bearer down"], [503]],
  ["POST /items", ["Authorization: Bearer broken"], [500]],
  ["POST /items", ["X-Partner-Key: k-1"], [401]],
  ["GET /staff", ["Authorization: Bearer good"], "sue"],
  ["GET /staff", ["Authorization: Bearer other"], [403, `${bearer}, error="insufficient_scope", scope="admin audit"`]],
  // open, and optional
  ["DELETE /items", [], null],
  ["DELETE /items", ["Authorization: Bearer bad"], null],
  ["GET /items/count", [], null],
  ["GET /items/count", ["Cookie: a=1; sid=s%201%3B; b=%zz"], "visitor"],
  ["GET /items/count", ["Cookie: sid=s%201%3B", "Cookie: sid=s%201%3B"], [401]],
  ["GET /items/count", ["Cookie: sid=other"], [401]],
  ["GET /items/count", ["Cookie: sid="], [401]],
  ["GET /items/count?key%5B%5D=a%26b", [], "old"],
  ["GET /items/count?x=1&key[]=a%26b&y=2", ["Cookie: sid=other"], "old"],
  ["GET /items/count?key[]=a%26b&key[]=a%26b", [], [401]],
  ["GET /items/count?key[]=", [], [401]],
  ["GET /items/count?key[]=%zz", [], [401]],
  // two headers in one: no request can satisfy it
  ["GET /both", ["Authorization: Bearer good"], [401]],
];

for (const [line, lines, verdict] of cases) {
  const who = typeof verdict === "string" ? `is let in as "${verdict}"` : verdict === null ? "is let in" : "";
  test(`${line} [${lines.join(" | ")}] ${who === "" ? `is answered ${(verdict as readonly [number])[0]}` : who}`, async () => {
    seen = undefined;
    const [method = "", path = ""] = line.split(" ");
    const answer = await send(method, path, lines);
    if (typeof verdict === "string" || verdict === null) {
      assert.deepEqual([answer.status, seen], [204, verdict]);
      return;
    }
    assert.deepEqual([answer.status, seen], [verdict[0], undefined], answer.text);
    assert.equal(answer.headers["content-type"], "application/problem+json");
    if (verdict[0] === 401) assert.notEqual(answer.headers["www-authenticate"], undefined);
    if (verdict[1] !== undefined) assert.equal(answer.headers["www-authenticate"], verdict[1]);
    for (const line of lines) {
      const secret = line.split(" ").at(-1) ?? "";
      if (secret.length > 2) assert.ok(!answer.text.includes(secret), "what came is not told back");
    }
  });
}

test("an operation that asks for a caller is not served where nobody knows one, and the error says what to write", () => {
  const add = (options: Parameters<typeof createServer>[0]): unknown => createServer(options).add(Vault, handlers);
  assert.throws(() => add({}), /"Vault\/listItems" asks for "bearerAuth" \(bearer token\).*createAuthenticators/);
  assert.throws(() => add({ authenticators: createAuthenticators(Vault, { bearerAuth: () => undefined }) }), /addItem/);
  assert.doesNotThrow(() => add({ authenticators: "external" }));
  assert.doesNotThrow(() => add({ authenticate: () => undefined }));
  assert.throws(
    () => createAuthenticators(Vault, { nobody: () => undefined } as never),
    /no security scheme.*"nobody"/,
  );
});

test("secrets are compared whole, whatever their lengths", () => {
  assert.ok(safeEqual("päss", new TextEncoder().encode("päss")));
  for (const [left, right] of [
    ["a", "b"],
    ["a", "aa"],
    ["", "a"],
  ] as const)
    assert.ok(!safeEqual(left, right));
  assert.ok(safeEqual("", ""));
});

interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
}

/** Header lines as they are, repeated names and all. */
function send(method: string, path: string, lines: readonly string[]): Promise<Answer> {
  const headers = lines.flatMap((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1)];
  });
  return new Promise((resolve, reject) => {
    const { port } = new URL(node.url);
    const outgoing = http.request({ host: "127.0.0.1", port, method, path, headers: ["host", "vault", ...headers] });
    outgoing.on("error", reject).on("response", (response) => {
      const chunks: Buffer[] = [];
      response
        .on("data", (chunk: Buffer) => chunks.push(chunk))
        .on("end", () => {
          const text = Buffer.concat(chunks).toString();
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
        });
    });
    outgoing.end();
  });
}

test("a long header of a credential costs no time", () => {
  const headers = createHeaders({ authorization: `Bearer a${" ".repeat(50_000)}b` });
  const start = performance.now();
  const { kind } = readCredential({ name: "bearerAuth", kind: "bearer" }, { headers, target: "/", peer: undefined });
  assert.equal(kind, "malformed");
  assert.ok(performance.now() - start < 500);
});
