import { createClient } from "../../runtime/src/client/create-client.ts";
import type { CallOptions, Principal } from "../../runtime/src/call/context.ts";
import type { HeaderMap } from "../../runtime/src/call/headers.ts";
import { systemEnvironment } from "../../runtime/src/environment/system.ts";
import { createReply } from "../../runtime/src/http/reply.ts";
import { createResilience, type Resilience } from "../../runtime/src/policy/resilience.ts";
import { createServer } from "../../runtime/src/server/create-server.ts";
import { serveNode, type NodeServer } from "../../runtime/src/server/node.ts";
import { createMemoryStore } from "../../runtime/src/store/memory.ts";
import { fetchTransport } from "../../runtime/src/transport/fetch.ts";
import { nodeTransport } from "../../runtime/src/transport/node.ts";
import { isFramingHeader } from "../../runtime/src/wire/header-text.ts";
import { Streamed } from "./bodies.ts";
import { streamOf, type DrawnReply, type RoundTripCase } from "./cases.ts";
import { firstDifference, show } from "./compare.ts";
import type { PreparedContract, PreparedOperation } from "./prepare.ts";

/** A generated server on a socket and generated clients of it. */
export interface Exchange {
  readonly url: string;
  /** Calls once; resolves to what went wrong, undefined when all arrived as it was sent. */
  run(operation: PreparedOperation, drawn: RoundTripCase, over: "node" | "fetch"): Promise<string | undefined>;
  /** Calls, and resolves to what the client says: the error, or undefined. */
  call(operation: PreparedOperation, input: unknown, reply?: DrawnReply): Promise<unknown>;
  /** What an interested handler is to answer a request whose header `x-roundtrip` has this id. */
  expect(reply: DrawnReply): string;
  close(): Promise<void>;
}

interface Pending {
  readonly reply: DrawnReply;
  operation?: string;
  received?: Record<string, unknown>;
}

type Method = (input: unknown, options: CallOptions & { readonly full: true }) => Promise<DrawnReply>;
type Client = Readonly<Record<string, Method>>;

/** The header by which a handler finds what it is to answer. */
export const idHeader = "x-roundtrip-id";

/** Serves a contract with handlers that note what comes and answer what was drawn. */
export async function createExchange(
  contract: PreparedContract,
  http: { readonly validateResponses?: boolean } = {},
): Promise<Exchange> {
  const pending = new Map<string, Pending>();
  const handlers = Object.fromEntries(contract.operations.map(({ name }) => [name, createHandler(name, pending)]));
  // Everybody calls once, so that no outcome is replayed to a key that was drawn before.
  const authenticate = ({ headers }: { readonly headers: HeaderMap }): Principal => ({
    id: headers.get(idHeader) ?? "",
  });
  const server = createServer({ store: createMemoryStore(), authenticate }).add(
    contract.service as never,
    handlers as never,
  );
  const node = await serveNode(server, { host: "127.0.0.1", http, keepAliveTimeoutMs: 600_000 });
  const clients = createClients(contract, node);
  let ids = 0;
  const expect = (reply: DrawnReply): string => {
    ids += 1;
    pending.set(String(ids), { reply });
    return String(ids);
  };
  return {
    url: node.url,
    expect,
    async run(operation, drawn, over) {
      const id = expect(drawn.reply);
      const expected = pending.get(id) as Pending;
      try {
        const reply = await callOnce(clients[over], operation, { input: drawn.input, id });
        return judge(operation, drawn, { expected, reply });
      } catch (error) {
        return `the call failed: ${describeError(error)}`;
      } finally {
        pending.delete(id);
      }
    },
    async call(operation, input, reply = { status: 500, contentType: undefined, headers: {}, body: undefined }) {
      const id = expect(reply);
      try {
        await callOnce(clients.node, operation, { input, id });
        return undefined;
      } catch (error) {
        return error;
      } finally {
        pending.delete(id);
      }
    },
    async close() {
      await clients.close();
      await node.close({ graceMs: 0 });
    },
  };
}

function createClients(
  contract: PreparedContract,
  node: NodeServer,
): { readonly node: Client; readonly fetch: Client; close(): Promise<void> } {
  const basePath = (contract.service.basePaths ?? [""])[0] ?? "";
  const resilience = withoutBreaker(createResilience({ environment: systemEnvironment }));
  const transport = nodeTransport({ baseUrl: `${node.url}${basePath}`, idleMs: 600_000 });
  const other = fetchTransport({ baseUrl: `${node.url}${basePath}` });
  return {
    node: createClient(contract.service, transport, { resilience }) as unknown as Client,
    fetch: createClient(contract.service, other, { resilience }) as unknown as Client,
    close: async () => {
      await transport.close?.();
      await other.close?.();
    },
  };
}

/** Drawn failures say nothing of the server's health. */
function withoutBreaker(resilience: Resilience): Resilience {
  const permit = { generation: 0, startedAt: 0, probe: false };
  return {
    ...resilience,
    breaker: () => ({ state: "closed", probeTimeoutMs: 60_000, acquire: () => permit, record: () => undefined }),
  };
}

function createHandler(name: string, pending: Map<string, Pending>) {
  return async (input: Record<string, unknown>, ctx: { readonly headers: { get(name: string): string | null } }) => {
    const entry = pending.get(ctx.headers.get(idHeader) ?? "");
    if (entry === undefined) throw new Error("a request without an id");
    entry.operation = name;
    entry.received = { ...input, ...("body" in input ? { body: await settle(input["body"]) } : {}) };
    const { status, contentType, headers, body } = entry.reply;
    return createReply(status, toSent(body), { headers, ...(contentType === undefined ? {} : { contentType }) });
  };
}

async function callOnce(
  client: Client,
  { name }: PreparedOperation,
  { input, id }: { readonly input: unknown; readonly id: string },
): Promise<DrawnReply> {
  const whole = input as Record<string, unknown>;
  const sent = whole["body"] instanceof Streamed ? { ...whole, body: toSent(whole["body"]) } : whole;
  const method = client[name];
  if (method === undefined) throw new Error(`the client has no method "${name}"`);
  const reply = await method(sent, { full: true, maxAttempts: 1, headers: { [idHeader]: id } });
  return { ...reply, body: await settle(reply.body) };
}

async function judge(
  operation: PreparedOperation,
  drawn: RoundTripCase,
  { expected, reply }: { readonly expected: Pending; readonly reply: DrawnReply },
): Promise<string | undefined> {
  if (expected.received === undefined) return "no handler was called";
  if (expected.operation !== operation.name) return `operation "${String(expected.operation)}" was called instead`;
  const sent = firstDifference(await comparable(drawn.arrives), await comparable(withoutEmpty(expected.received)));
  if (sent !== undefined) return `the request arrived otherwise: ${sent}`;
  const answered = firstDifference(await comparable(drawn.reply), await comparable(withoutFraming(reply)));
  return answered === undefined ? undefined : `the reply arrived otherwise: ${answered}`;
}

/** Headers of framing may be declared; servers make them. */
function withoutFraming(reply: DrawnReply): DrawnReply {
  const headers = Object.entries(reply.headers).filter(([name]) => !isFramingHeader(name.toLowerCase()));
  return { ...reply, headers: Object.fromEntries(headers) };
}

/** A part without parameters is left out, or is empty: that is the same. */
function withoutEmpty(input: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const groups = ["path", "query", "header", "cookie"];
  return Object.fromEntries(
    Object.entries(input).filter(
      ([name, value]) => !groups.includes(name) || typeof value !== "object" || Object.keys(value ?? {}).length > 0,
    ),
  );
}

function toSent(value: unknown): unknown {
  return value instanceof Streamed ? streamOf(value) : value;
}

async function settle(value: unknown): Promise<unknown> {
  if (typeof value !== "object" || value === null || !(Symbol.asyncIterator in value)) return value;
  const items: unknown[] = [];
  for await (const item of value as AsyncIterable<unknown>) items.push(item);
  return new Streamed(items);
}

/** Files as their bytes, type and name, so that they can be compared like everything else. */
async function comparable(value: unknown): Promise<unknown> {
  if (value instanceof Streamed) return { items: await comparable(value.items) };
  if (value instanceof Blob) return { file: new Uint8Array(await value.arrayBuffer()) };
  if (value instanceof Uint8Array) return { file: value };
  if (Array.isArray(value)) return Promise.all(value.map(comparable));
  if (typeof value !== "object" || value === null) return value;
  const copy: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [name, item] of Object.entries(value))
    copy[name] = typeof item === "object" ? await comparable(item) : item;
  return copy;
}

/** What an error says, with what lies behind it. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return show(error);
  const details = "details" in error ? ` ${show(error.details)}` : "";
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : "";
  return `${error.message}${cause}${details === " []" ? "" : details}`;
}
