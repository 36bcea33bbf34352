import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { HttpHandlerOptions } from "../http/handler.ts";
import { createServer } from "../server/create-server.ts";
import type { Server } from "../server/types.ts";
import { serverCases, type ServerCase } from "./server-cases.ts";
import { createServerProbe, mountsService, type ServerProbe } from "./server-fixture.ts";
import { createMountHandlers, downloadChunkBytes } from "./server-handlers.ts";
import { createHttp1Send, type SuiteRequest, type SuiteResponse, type SuiteSend } from "./server-send.ts";
import { testServerSockets } from "./server-sockets.ts";

/** A mounted server. */
export interface ServerMountUnderTest {
  /** Where the contracts' paths begin, `http://127.0.0.1:8080/api`. */
  readonly baseUrl: string;
  /** After the tests: what is left is cut. */
  close(): Promise<void> | void;
  /** How requests get there; default HTTP/1.1, a connection each. */
  readonly send?: SuiteSend;
}

/** Mounts a server, the way it is meant to be tested. `options` are the limits of the suite. */
export type StartServerMount = (
  server: Server,
  options: HttpHandlerOptions,
) => Promise<ServerMountUnderTest> | ServerMountUnderTest;

/** What a mount can't be asked for, or does in another way. */
export interface ServerMountFeatures {
  /** Paths of nobody go to the app behind the mount; default false: they are answered 404 by a problem document. */
  readonly fallsThrough?: boolean;
  /** Targets come through a URL parser, which resolves dot segments; default false. */
  readonly parsesUrls?: boolean;
  /** Whose the sockets of HTTP/1.1 at `baseUrl` are; `none` when there are none. Default `mount`. */
  readonly sockets?: "mount" | "app" | "none";
}

/** The limits that the suite's cases reach. */
const limits: HttpHandlerOptions = { limits: { maxTargetLength: 2_500, maxBodyBytes: 65_536 } };

/** A server of the suite with its mount. */
export interface ServerBench {
  readonly server: Server;
  readonly probe: ServerProbe;
  readonly send: SuiteSend;
  readonly baseUrl: string;
}

/**
 * Registers the tests that every mount of a server passes, with `node:test`: routing, methods, negotiation, faults,
 * limits, bodies and streams both ways with backpressure, leaving callers, time and draining; for mounts with sockets
 * of HTTP/1.1 also framing. Run it on yours; it needs no more than a way to mount a server.
 */
export function testServerMount(name: string, start: StartServerMount, features: ServerMountFeatures = {}): void {
  const closing: (() => Promise<void> | void)[] = [];
  after(async () => {
    for (const close of closing) await close();
  });
  const open = async (): Promise<ServerBench> => {
    const probe = createServerProbe();
    const server = createServer().add(mountsService, createMountHandlers(probe) as never) as Server;
    const mount = await start(server, limits);
    closing.push(() => {
      probe.release.resolve();
      return mount.close();
    });
    return { server, probe, baseUrl: mount.baseUrl, send: mount.send ?? createHttp1Send(mount.baseUrl) };
  };
  let shared: Promise<ServerBench> | undefined;
  const checkShared = (title: string, body: (bench: ServerBench) => Promise<void>): void => {
    test(`${name}: ${title}`, async () => body(await (shared ??= open())));
  };
  const check = (title: string, body: (bench: ServerBench) => Promise<void>): void => {
    test(`${name}: ${title}`, async () => body(await open()));
  };
  for (const each of serverCases) {
    if (each.isRewritten === true && features.parsesUrls === true) continue;
    checkShared(each.title, async ({ send }) => {
      await checkCase(each, await send(each.request), features);
    });
  }
  testBodies(checkShared);
  testStreams(check);
  testLives(check);
  const sockets = features.sockets ?? "mount";
  if (sockets !== "none") testServerSockets(checkShared, sockets);
}

/** Registers one test. */
export type CheckServer = (title: string, body: (bench: ServerBench) => Promise<void>) => void;

function testBodies(check: CheckServer): void {
  const json: SuiteRequest = { method: "POST", target: "/things", headers: [["content-type", "application/json"]] };

  check("a body that says that it is too long is 413", async ({ send }) => {
    const response = await send({ ...json, body: `{"name":"${"x".repeat(100_000)}"}` });
    assert.equal((await problemOf(response)).reason, "REQUEST_TOO_LARGE");
    assert.equal(response.status, 413);
  });

  check("a body that turns out to be too long is 413", async ({ send }) => {
    const response = await send({ ...json, body: repeat(new Uint8Array(10_000).fill(0x20), 10) });
    assert.equal((await problemOf(response)).reason, "REQUEST_TOO_LARGE");
    assert.equal(response.status, 413);
  });

  check("a body in pieces is one body", async ({ send }) => {
    const pieces = ['{"na', 'me":"', "é".slice(0, 1), '"}'].map((piece) => new TextEncoder().encode(piece));
    const response = await send({ ...json, body: listOf(pieces) });
    assert.deepEqual((await jsonOf(response)).body, { name: "é" });
  });

  check("a line of a stream that is too long ends it with 413", async ({ send }) => {
    const response = await send({
      method: "POST",
      target: "/countLines",
      headers: [["content-type", "application/jsonl"]],
      body: repeat(new Uint8Array(10_000).fill(0x20), 10),
    });
    assert.equal(response.status, 413);
    await textOf(response);
  });

  check("50 MB of lines go up", async ({ send }) => {
    const block = new TextEncoder().encode(`"${"x".repeat(61_000)}"\n`);
    const response = await send({
      method: "POST",
      target: "/countLines",
      headers: [["content-type", "application/jsonl"]],
      body: repeat(block, 820),
    });
    assert.deepEqual(await jsonOf(response), { count: 820 });
  });

  check("50 MB of bytes come down", async ({ send }) => {
    const { chunks } = await send({ method: "GET", target: "/download?chunks=800" });
    let size = 0;
    for await (const chunk of chunks) size += chunk.byteLength;
    assert.equal(size, 800 * downloadChunkBytes);
  });
}

function testStreams(check: CheckServer): void {
  check("a slow reader slows the handler, and leaving it ends the handler", async ({ send, probe }) => {
    const leaving = new AbortController();
    const { chunks } = await send({ method: "GET", target: "/download?chunks=100000", signal: leaving.signal });
    const reading = chunks[Symbol.asyncIterator]();
    await reading.next();
    // Many turns of the loop and round trips, in which an unbounded writer would get to its end.
    for (let call = 0; call < 50; call += 1) await textOf(await send({ method: "GET", target: "/things/mine" }));
    assert.ok(probe.made * downloadChunkBytes < 32_000_000, `${probe.made} pieces were made for a reader of one`);
    leaving.abort();
    await reading.return?.().catch(() => undefined);
    await probe.left.promise;
  });

  check("a slow handler slows who sends", async ({ send, probe }) => {
    let made = 0;
    const block = new TextEncoder().encode(`"${"x".repeat(61_000)}"\n`);
    const body = async function* (): AsyncGenerator<Uint8Array> {
      for (; made < 600; made += 1) yield block;
    };
    const headers = [["content-type", "application/jsonl"]] as const;
    const sent = send({ method: "POST", target: "/holdLines", headers, body: body() });
    await probe.waitBegan.promise;
    for (let call = 0; call < 50; call += 1) await textOf(await send({ method: "GET", target: "/things/mine" }));
    const before = made;
    assert.ok(before < 300, `${before} pieces of 600 were taken from who sends`);
    probe.release.resolve();
    assert.deepEqual(await jsonOf(await sent), { count: 600 });
  });

  check("a stream that fails half way ends as broken", async ({ send }) => {
    const response = await send({ method: "GET", target: "/failHalfWay" });
    assert.equal(response.status, 200);
    await assert.rejects(textOf(response));
  });
}

function testLives(check: CheckServer): void {
  check("a caller that leaves fires the handler's signal", async ({ send, probe, server }) => {
    const leaving = new AbortController();
    const sent = send({ method: "GET", target: "/hang", signal: leaving.signal }).then(textOf, () => "left");
    await probe.hangBegan.promise;
    assert.equal(server.inFlight, 1);
    leaving.abort();
    assert.equal(((await probe.hangEnded.promise) as { readonly code?: unknown }).code, "canceled");
    await sent;
  });

  check("a draining server refuses what is new and ends what is in flight", async ({ send, probe, server }) => {
    const sent = send({ method: "GET", target: "/wait" });
    await probe.waitBegan.promise;
    const drained = server.drain({ graceMs: 10_000 });
    const refused = await send({ method: "GET", target: "/things/mine" });
    assert.deepEqual([refused.status, (await problemOf(refused)).reason], [503, "DRAINING"]);
    probe.release.resolve();
    assert.equal((await sent).status, 204);
    await drained;
  });
}

async function checkCase(each: ServerCase, response: SuiteResponse, features: ServerMountFeatures): Promise<void> {
  const text = await textOf(response);
  assert.doesNotMatch(text, /secret/);
  if (each.isForeign === true && features.fallsThrough === true) {
    assert.ok(response.status >= 400 && response.status < 500, `${response.status}: ${text}`);
    return;
  }
  assert.equal(response.status, each.status, text);
  const header = (name: string): string | null =>
    response.headers
      .filter(([other]) => other === name)
      .map(([, value]) => value)
      .join(" | ") || null;
  if (each.reason !== undefined) {
    assert.equal(header("content-type"), "application/problem+json");
    const problem = JSON.parse(text) as Problem;
    assert.deepEqual([problem.status, problem.reason ?? null], [each.status, each.reason]);
    if (each.places !== undefined) assert.deepEqual((problem.errors ?? []).map(placeOf), each.places);
  }
  for (const [name, value] of Object.entries(each.headers ?? {})) assert.equal(header(name), value, name);
  if (each.text !== undefined) assert.equal(text, each.text);
  if (each.json !== undefined) {
    const value = JSON.parse(text) as Record<string, unknown>;
    for (const [name, wanted] of Object.entries(each.json)) assert.deepEqual(value[name], wanted, name);
  }
}

interface Problem {
  readonly status: number;
  readonly reason?: string;
  readonly errors?: readonly { readonly in?: string; readonly name?: string; readonly pointer: string }[];
}

function placeOf(error: NonNullable<Problem["errors"]>[number]): string {
  return [error.in, error.name, error.pointer].filter((part) => part !== undefined).join(" ");
}

async function problemOf(response: SuiteResponse): Promise<Problem> {
  const type = response.headers.find(([name]) => name === "content-type")?.[1];
  assert.equal(type, "application/problem+json");
  return (await jsonOf(response)) as unknown as Problem;
}

async function jsonOf(response: SuiteResponse): Promise<Record<string, unknown>> {
  return JSON.parse(await textOf(response)) as Record<string, unknown>;
}

async function textOf({ chunks }: SuiteResponse): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of chunks) text += decoder.decode(chunk, { stream: true });
  return text + decoder.decode();
}

async function* repeat(chunk: Uint8Array, times: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < times; at += 1) yield chunk;
}

async function* listOf(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}
