import assert from "node:assert/strict";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import { createClient, type ClientOptions } from "../../../runtime/src/client/create-client.ts";
import { systemEnvironment } from "../../../runtime/src/environment/system.ts";
import { createCredentials, type CredentialRequest } from "../../../runtime/src/http/credentials.ts";
import type { HttpRequest, HttpResponse } from "../../../runtime/src/http/message.ts";
import { httpTransport } from "../../../runtime/src/http/transport.ts";
import { fetchTransport } from "../../../runtime/src/transport/fetch.ts";
import { nodeTransport } from "../../../runtime/src/transport/node.ts";
import { listItems, Vault } from "../../golden/http-security/want/api_http.ts";
import { failure } from "../server-mounts/support.ts";

const done: HttpResponse = { status: 204, headers: [], body: undefined };
const refused: HttpResponse = { status: 401, headers: [], body: undefined };

/** A client whose requests end here, answered one after the other. */
function bench(options: ClientOptions, ...answers: readonly HttpResponse[]) {
  const requests: HttpRequest[] = [];
  const send = async (request: HttpRequest): Promise<HttpResponse> => {
    requests.push(request);
    return answers[requests.length - 1] ?? done;
  };
  const transport = httpTransport({ authority: "vault", send, environment: systemEnvironment });
  const sent = (name: string): (string | null)[] => requests.map(({ headers }) => headers.get(name));
  return { client: createClient(Vault, transport, options), requests, sent };
}

type Name = keyof typeof Vault.operations;
type Given = Parameters<typeof createCredentials<typeof Vault>>[1];

const table: readonly (readonly [
  string,
  Name,
  Given,
  Partial<Record<"authorization" | "cookie" | "x-partner-key" | "target", string>>,
])[] = [
  ["a bearer token", "listItems", { bearerAuth: "abc" }, { authorization: "Bearer abc" }],
  [
    "a user",
    "bearerAuthScheme",
    { password: { username: "bob", password: "pä:ss" } },
    { authorization: "Basic Ym9iOnDDpDpzcw==" },
  ],
  ["another scheme", "bearerAuthScheme", { proof: "x y=1" }, { authorization: "DPoP x y=1" }],
  ["an OAuth token", "addItem", { user: async () => "tok" }, { authorization: "Bearer tok" }],
  ["an OpenID Connect token", "listStaff", { staff: () => "tok" }, { authorization: "Bearer tok" }],
  ["a key and a certificate", "addItem", { partner_key: "k", certificate: true }, { "x-partner-key": "k" }],
  [
    "the alternative that has all",
    "addItem",
    { partner_key: "k", user: () => undefined, certificate: true },
    { "x-partner-key": "k" },
  ],
  ["a cookie", "countItems", { session: "a b;c" }, { cookie: "sid=a%20b%3Bc", target: "/items/count" }],
  ["a query, escaped", "countItems", { "old key": "a&b=ü" }, { target: "/items/count?key%5B%5D=a%26b%3D%C3%BC" }],
  ["nothing, where that will do", "countItems", {}, { target: "/items/count" }],
  ["nothing, where nothing is asked for", "clear", { bearerAuth: "abc" }, { target: "/items" }],
];

for (const [name, operation, given, expected] of table) {
  test(`sends ${name}`, async () => {
    const { client, requests, sent } = bench({ credentials: createCredentials(Vault, given) });
    await client[operation]();
    assert.equal(requests.length, 1);
    for (const header of ["authorization", "cookie", "x-partner-key"] as const) {
      assert.deepEqual(sent(header), [expected[header] ?? null], header);
    }
    if (expected.target !== undefined) assert.equal(requests[0]?.target, expected.target);
  });
}

test("a call without credentials fails before anything is sent, and says which", async () => {
  const { client, requests } = bench({
    credentials: createCredentials(Vault, { user: () => undefined, partner_key: "" }),
  });
  const error = await failure(client.addItem());
  assert.deepEqual([error.code, error.reason, error.sent], ["unauthenticated", "CREDENTIALS_MISSING", "no"]);
  assert.match(error.message, /Vault\/addItem needs "user" \(OAuth 2.0 token\), or "partner_key".*createCredentials/);
  assert.equal(requests.length, 0);
});

test("a credential that can't be written is refused without being told", async () => {
  for (const [operation, given] of [
    ["listItems", { bearerAuth: "s3cret\r\nx-evil: 1" }],
    ["listItems", { bearerAuth: "s3cret with blanks" }],
    ["bearerAuthScheme", { password: { username: "s3cret:x", password: "" } }],
    ["addItem", { partner_key: "s3cret\n", certificate: true }],
  ] as const) {
    const { client, requests } = bench({ credentials: createCredentials(Vault, given) });
    const error = await failure(client[operation]());
    assert.deepEqual([error.code, error.reason, requests.length], ["unauthenticated", "CREDENTIALS_UNUSABLE", 0]);
    assert.ok(!error.message.includes("s3cret"));
  }
});

test("functions are told what they are asked for, and their failure is not the network's", async () => {
  const asked: CredentialRequest[] = [];
  const { client, requests } = bench({
    credentials: createCredentials(Vault, {
      user: (request) => {
        asked.push(request);
        throw new Error("no token today");
      },
    }),
  });
  const error = await failure(client.addItem());
  assert.deepEqual([error.code, error.reason, requests.length], ["unauthenticated", "CREDENTIALS_FAILED", 0]);
  assert.match(String(error.cause), /no token today/);
  const [request] = asked;
  assert.deepEqual([request?.scopes, request?.operation.name, request?.rejected], [["items.write"], "addItem", false]);
  assert.equal(request?.scheme.flows?.authorizationCode?.tokenUrl, "https://login.example/token");
});

test("after a 401 a function is asked once more, and the call repeated whatever its level", async () => {
  const given = ({ rejected }: CredentialRequest): string => (rejected ? "new" : "old");
  const { client, sent } = bench({ credentials: createCredentials(Vault, { user: given }) }, refused);
  await client.addItem();
  assert.deepEqual(sent("authorization"), ["Bearer old", "Bearer new"]);
});

test("a 401 ends the call when nothing else comes, when it comes again, and when there is one attempt only", async () => {
  const cases: readonly (readonly [Given, number, number])[] = [
    [{ bearerAuth: "fixed" }, 3, 1],
    [{ bearerAuth: () => "same" }, 3, 1],
    [{ bearerAuth: ({ rejected }) => (rejected ? "new" : "old") }, 3, 2],
    [{ bearerAuth: ({ rejected }) => (rejected ? "new" : "old") }, 1, 1],
  ];
  for (const [given, maxAttempts, count] of cases) {
    const { client, requests } = bench({ credentials: createCredentials(Vault, given) }, refused, refused, refused);
    const error = await failure(client.listItems(undefined, { maxAttempts }));
    assert.deepEqual([error.code, requests.length], ["unauthenticated", count]);
  }
});

test("a call's own header wins, and what it authenticates by is asked of nobody", async () => {
  const credentials = createCredentials(Vault, { bearerAuth: () => assert.fail("asked") });
  const { client, sent } = bench({ credentials });
  await client.listItems(undefined, { headers: { authorization: "Bearer own" } });
  assert.deepEqual(sent("authorization"), ["Bearer own"]);
});

test("a call that is given up does not wait for its credentials", async () => {
  const { client, requests } = bench({
    credentials: createCredentials(Vault, { bearerAuth: () => new Promise(() => {}) }),
  });
  const controller = new AbortController();
  const call = failure(client.listItems(undefined, { signal: controller.signal }));
  controller.abort();
  assert.equal((await call).code, "canceled");
  assert.equal(requests.length, 0);
});

test("credentials are shown to no interceptor, log or error", async () => {
  const shown: unknown[] = [];
  const { client } = bench(
    {
      credentials: createCredentials(Vault, { bearerAuth: "s3cret" }),
      interceptors: [
        (next) => async (call) => {
          const result = await next(call).finally(() => shown.push([...call.headers]));
          shown.push([...call.headers]);
          return result;
        },
      ],
      logger: { log: (...line) => void shown.push(line) },
    },
    { status: 500, headers: [], body: undefined },
    { status: 500, headers: [], body: undefined },
    refused,
  );
  const error = await failure(client.listItems());
  assert.ok(!JSON.stringify([shown, error.message, error, String(error.cause)]).includes("s3cret"));
});

test("an operation used alone knows its schemes, and a service's credentials are nobody else's", async () => {
  const requests: HttpRequest[] = [];
  const send = async (request: HttpRequest): Promise<HttpResponse> => (requests.push(request), done);
  const transport = httpTransport({ authority: "vault", send });
  const credentials = createCredentials({ listItems }, { bearerAuth: "abc" });
  await createClient({ listItems }, transport, { credentials }).listItems();
  assert.equal(requests[0]?.headers.get("authorization"), "Bearer abc");
  const bearerAuth = { name: "bearerAuth", kind: "bearer" } as const;
  const foreign = { listItems: { ...listItems, service: "Other", security: [[{ scheme: bearerAuth }]] } };
  await failure(createClient(foreign, transport, { credentials }).listItems());
  assert.equal(requests.length, 1);
  assert.throws(() => createCredentials(Vault, { nobody: "x" } as never), /no security scheme is called "nobody"/);
});

test("credentials don't follow a redirect to another origin", async () => {
  const seen: string[] = [];
  const listen = async (answer: http.RequestListener): Promise<string> => {
    const server = http.createServer(answer).listen(0, "127.0.0.1");
    after(() => server.close());
    await new Promise((resolve) => server.once("listening", resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const other = await listen((request, response) => {
    seen.push(request.url ?? "");
    response.end();
  });
  const baseUrl = await listen((_, response) => response.writeHead(307, { location: `${other}/stolen` }).end());
  const credentials = createCredentials(Vault, { bearerAuth: "s3cret" });
  for (const transport of [fetchTransport({ baseUrl }), nodeTransport({ baseUrl })]) {
    await failure(createClient(Vault, transport, { credentials }).listItems());
    await transport.close?.();
  }
  assert.deepEqual(seen, []);
});
