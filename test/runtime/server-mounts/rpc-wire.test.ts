import assert from "node:assert/strict";
import { after, test } from "node:test";
import { create, toBinary, type DescMethod, type Message } from "@bufbuild/protobuf";
import type { Interceptor } from "@connectrpc/connect";
import {
  compressionGzip,
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { createClient } from "../../../runtime/src/client/create-client.ts";
import type { RpcOperation, RpcService } from "../../../runtime/src/descriptor/rpc.ts";
import { ServiceError, type ErrorDetail } from "../../../runtime/src/error/service-error.ts";
import { connectTransport } from "../../../runtime/src/rpc/transport.ts";
import { createServer } from "../../../runtime/src/server/create-server.ts";
import { serveNode } from "../../../runtime/src/server/node.ts";
import { attempt } from "../http/support.ts";
import { Echo, echoHandlers, say } from "../rpc/support.ts";
import { failure } from "./support.ts";

const details: readonly ErrorDetail[] = [
  {
    type: "google.rpc.BadRequest",
    value: { fieldViolations: [{ field: "a.b", description: "expected ü", reason: "r" }] },
  },
  { type: "google.rpc.ResourceInfo", value: { resourceType: "order", resourceName: "7" } },
  { type: "acme.v1.Own", value: { nested: [1, { deep: true }], text: "ü\r\n" } },
];
let failures = 0;
const server = createServer().add(Echo, {
  ...echoHandlers,
  say: (input: { value: string }) => {
    if (input.value === "pushback") throw new ServiceError("unavailable", "no", { retry: { class: "never" } });
    if (input.value === "details")
      throw new ServiceError("failed_precondition", "100% ü\n", { details, reason: "WHY" });
    if (input.value === "twice" && ++failures <= 2) throw new ServiceError("unavailable", "again");
    return { value: `${input.value}!` };
  },
} as never);
const running = await serveNode(server, { host: "127.0.0.1", maxMessageBytes: 100_000 });
after(() => running.close({ graceMs: 0 }));
const baseUrl = running.url;

interface Sent {
  readonly timeout: string | null;
  readonly header: Headers;
  readonly method: string;
  readonly bytes: string;
}

/** Remembers what leaves. */
function recorder(): { readonly interceptor: Interceptor; readonly seen: Sent[] } {
  const seen: Sent[] = [];
  return {
    seen,
    interceptor: (next) => (request) => {
      const header = new Headers(request.header);
      const bytes = Buffer.from(toBinary(request.method.input, request.message as Message)).toString("hex");
      const timeout = header.get("connect-timeout-ms") ?? header.get("grpc-timeout");
      seen.push({ timeout, header, bytes, method: request.requestMethod });
      return next(request);
    },
  };
}

const protocols = {
  Connect: (options: object) => createConnectTransport({ baseUrl, httpVersion: "1.1", ...options }),
  "Connect JSON": (options: object) =>
    createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat: false, ...options }),
  gRPC: (options: object) => createGrpcTransport({ baseUrl, ...options }),
  "gRPC-web": (options: object) => createGrpcWebTransport({ baseUrl, httpVersion: "1.1", ...options }),
} as const;

for (const [name, make] of Object.entries(protocols)) {
  const transport = connectTransport(make({}), { authority: "a" });

  test(`${name}: code, message, reason and details of every type cross`, async () => {
    const error = await failure(transport.prepare(say, { value: "details" }).send(attempt()));
    assert.deepEqual(
      [error.code, error.rawMessage, error.reason, error.sent],
      ["failed_precondition", "100% ü\n", "WHY", "yes"],
    );
    const known = new Set(details.map(({ type }) => type));
    assert.deepEqual(
      error.details.filter(({ type }) => known.has(type)).map(({ type, value }) => ({ type, value })),
      details,
    );
  });

  test(`${name}: a server that forbids a repeat is believed`, async () => {
    const error = await failure(transport.prepare(say, { value: "pushback" }).send(attempt()));
    assert.deepEqual([error.code, error.retry], ["unavailable", { class: "never" }]);
  });

  test(`${name}: every attempt says what is left then, and carries equal bytes`, async () => {
    failures = 0;
    const { interceptor, seen } = recorder();
    const client = createClient(Repeated, connectTransport(make({ interceptors: [interceptor] }), { authority: "a" }));
    assert.equal(((await client.say({ value: "twice" }, { timeoutMs: 5_000 })) as any).value, "twice!");
    assert.equal(seen.length, 3);
    const left = seen.map(({ timeout }) => Number.parseInt(timeout ?? "", 10));
    assert.ok(
      left.every((ms) => ms > 0 && ms <= 5_000),
      String(left),
    );
    assert.ok((left[2] ?? 0) < (left[0] ?? 0), String(left));
    assert.equal(new Set(seen.map(({ bytes }) => bytes)).size, 1);
  });

  test(`${name}: compressed requests are read, and what unpacks beyond the limit is refused`, async () => {
    const packed = connectTransport(
      make({ sendCompression: compressionGzip, acceptCompression: [compressionGzip], compressMinBytes: 0 }),
      { authority: "a" },
    );
    const text = "a".repeat(50_000);
    assert.equal(((await packed.prepare(say, { value: text }).send(attempt())).output as any).value, `${text}!`);
    const bomb = await failure(packed.prepare(say, { value: "a".repeat(50_000_000) }).send(attempt()));
    assert.equal(bomb.code, "resource_exhausted");
  });

  test(`${name}: metadata crosses, binary too`, async () => {
    const headers = [
      ["x-note", "a, b"],
      ["x-data-bin", "AQID"],
    ] as const;
    const { interceptor, seen } = recorder();
    await connectTransport(make({ interceptors: [interceptor] }), { authority: "a" })
      .prepare(say, {})
      .send(attempt(headers));
    assert.deepEqual(
      headers.map(([key]) => seen[0]?.header.get(key)),
      ["a, b", "AQID"],
    );
  });
}

test("reads go as GET where the client wants it, and are served", async () => {
  const { interceptor, seen } = recorder();
  const transport = createConnectTransport({
    baseUrl,
    httpVersion: "1.1",
    useHttpGet: true,
    interceptors: [interceptor],
  });
  const reply = await connectTransport(transport, { authority: "a" }).prepare(say, { value: "a/b ü" }).send(attempt());
  assert.equal((reply.output as any).value, "a/b ü!");
  const query = `encoding=json&connect=v1&message=${encodeURIComponent('"b"')}`;
  const plain = await fetch(`${baseUrl}/test.v1.Echo/Say?${query}`);
  assert.deepEqual([plain.status, await plain.json()], [200, "b!"]);
  assert.equal(seen.length, 1);
});

test("a message within the input is the call's own, whatever becomes of it", async () => {
  const input = create((say.method as DescMethod).input, { value: "first" });
  const call = connectTransport(protocols.Connect({}), { authority: "a" }).prepare(say, input);
  (input as unknown as { value: string }).value = "second";
  assert.equal(((await call.send(attempt())).output as any).value, "first!");
});

/** `say` as an operation that may be repeated. */
const repeated: RpcOperation<any> = {
  ...say,
  policy: {
    ...say.policy,
    idempotency: { level: "idempotent" },
    retry: { maxAttempts: 3, backoff: { initialMs: 20, maxMs: 20, multiplier: 1, jitter: "none" } },
  },
} as RpcOperation<any>;
const Repeated = { ...Echo, operations: { say: repeated } } as RpcService<{ readonly say: typeof repeated }>;
