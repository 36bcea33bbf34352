import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { createClient } from "../../../runtime/src/client/create-client.ts";
import { createAuthenticators } from "../../../runtime/src/http/authenticators.ts";
import { createCredentials } from "../../../runtime/src/http/credentials.ts";
import { createHttpHandler } from "../../../runtime/src/http/handler.ts";
import { createServer } from "../../../runtime/src/server/create-server.ts";
import { serveNode } from "../../../runtime/src/server/node.ts";
import { nodeTransport } from "../../../runtime/src/transport/node.ts";
import { Vault } from "../../golden/http-security/want/api_http.ts";
import { fakeServer, operation, parameter, request, service } from "../http/support.ts";
import { cleanups, failure } from "./support.ts";

const key = readFileSync(new URL("./fixtures/localhost.key", import.meta.url));
const cert = readFileSync(new URL("./fixtures/localhost.crt", import.meta.url));

test("a client certificate reaches its authenticator, when TLS has verified it", async () => {
  const seen: unknown[] = [];
  const server = createServer({
    authenticators: createAuthenticators(Vault, {
      bearerAuth: () => undefined,
      password: () => undefined,
      staff: () => undefined,
      partner_key: () => ({ id: "partner", claims: { plan: 1 } }),
      certificate: ({ fingerprint256, raw }) => ({ id: fingerprint256.slice(0, 2) + raw.length }),
    }),
  });
  const handlers = Object.fromEntries(
    Object.keys(Vault.operations).map((name) => [name, (_: unknown, ctx: any) => void seen.push(ctx.principal)]),
  );
  server.add(Vault, handlers as never);
  const tls = { key, cert, ca: cert, requestCert: true, rejectUnauthorized: false };
  const node = await serveNode(server, { host: "localhost", tls });
  cleanups.push(() => node.close({ graceMs: 0 }));
  const credentials = createCredentials(Vault, { partner_key: "k", certificate: true });
  const call = async (own: object): Promise<void> => {
    const transport = nodeTransport({
      baseUrl: `https://localhost:${new URL(node.url).port}`,
      tls: { ca: cert, ...own },
    });
    cleanups.push(() => transport.close?.());
    await createClient(Vault, transport, { credentials }).addItem();
  };
  await call({ key, cert });
  const [principal] = seen as { id: string; claims: Record<string, unknown> }[];
  assert.match(principal?.id ?? "", /^\["partner","[0-9A-F]{2}[0-9]+"\]$/);
  assert.deepEqual(principal?.claims, { partner_key: { plan: 1 }, certificate: undefined });
  assert.equal((await failure(call({}))).code, "unauthenticated");
  assert.equal(seen.length, 1);
});

test("a key in the query is no part of what was asked for, nor of the handler's input", async () => {
  const scheme = { name: "k", kind: "apiKey", in: "query", parameter: "key" } as const;
  const filter = parameter({
    in: "query",
    name: "filter",
    shape: { type: "object", properties: {}, additional: { type: "string" } },
  });
  const find = operation({ name: "find", parameters: [filter], security: [[{ scheme }]] });
  const prints: unknown[] = [];
  const core = fakeServer([
    [service(find), { find: async (input, { fingerprint }) => void prints.push(input, await fingerprint()) }],
  ]);
  const handler = createHttpHandler(core);
  await handler(request("GET", "/find?a=1&key=one"));
  await handler(request("GET", "/find?key=two&a=1"));
  assert.deepEqual(prints[0], { query: { filter: { a: "1" } } });
  assert.equal(prints[1], prints[3]);
});
