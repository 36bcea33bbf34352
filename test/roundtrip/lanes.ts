import { createClient } from "../../runtime/src/client/create-client.ts";
import { createSender } from "../../runtime/src/client/create-sender.ts";
import type { CallOptions } from "../../runtime/src/call/context.ts";
import type { HeaderMap } from "../../runtime/src/call/headers.ts";
import { systemEnvironment } from "../../runtime/src/environment/system.ts";
import { createAuthenticators } from "../../runtime/src/http/authenticators.ts";
import { createCredentials } from "../../runtime/src/http/credentials.ts";
import { knownSchemes } from "../../runtime/src/http/security-schemes.ts";
import { createResilience, type Resilience } from "../../runtime/src/policy/resilience.ts";
import { createServer } from "../../runtime/src/server/create-server.ts";
import { serveNode } from "../../runtime/src/server/node.ts";
import { createMemoryStore } from "../../runtime/src/store/memory.ts";
import { fetchTransport } from "../../runtime/src/transport/fetch.ts";
import { createNodePool, nodeTransport, type NodePool } from "../../runtime/src/transport/node.ts";
import type { DrawnReply } from "./cases.ts";
import { hasAuthenticator, isDrawable, type DrawnCredentials } from "./credentials.ts";
import type { PreparedContract, PreparedOperation } from "./prepare.ts";

/** How a call goes: by which transport, and whether the server checks what its handler answers. */
export interface Way {
  readonly over: "node" | "fetch";
  readonly validates: boolean;
}

/** A call that is under way, found by the id in its header. */
export interface Pending {
  readonly reply: DrawnReply;
  readonly credentials: DrawnCredentials;
  operation?: string;
  received?: Record<string, unknown>;
  /** What authenticators were given, by the names of their schemes. */
  readonly shown: Map<string, unknown>;
}

/** A server of a contract, and clients of it. */
export interface Lane {
  readonly url: string;
  /** The method of an operation; of a webhook, a sender's to its address. */
  methodOf(operation: PreparedOperation, over: Way["over"], credentials: DrawnCredentials): Method;
  close(): Promise<void>;
}

/** A client's method that resolves to the whole reply. */
export type Method = (input: unknown, options: CallOptions & { readonly full: true }) => Promise<DrawnReply>;
type Client = Readonly<Record<string, Method>>;

/** The header by which a handler finds what it is to answer. */
export const idHeader = "x-roundtrip-id";

/** What a lane needs. */
export interface LaneOptions {
  readonly contract: PreparedContract;
  readonly handlers: object;
  readonly pending: ReadonlyMap<string, Pending>;
  readonly validates: boolean;
}

/** Starts a server on a socket, with generated clients. */
export async function createLane({ contract, handlers, pending, validates }: LaneOptions): Promise<Lane> {
  const idOf = (headers: HeaderMap): string => headers.get(idHeader) ?? "";
  const server = createServer({
    store: createMemoryStore(),
    authenticators: authenticatorsOf(contract, (headers) => pending.get(idOf(headers))),
    // Everybody calls once, so that no outcome is replayed to a key that was drawn before.
    authenticate: ({ headers }) => ({ id: idOf(headers) }),
  }).add(contract.service as never, handlers as never);
  const http = { validateResponses: validates };
  const node = await serveNode(server, { host: "127.0.0.1", http, keepAliveTimeoutMs: 600_000 });
  const pool = createNodePool({ idleMs: 600_000 });
  const current: { credentials: DrawnCredentials } = { credentials: new Map() };
  const clients = {
    open: { node: createClients(contract, node.url, { pool }), fetch: createClients(contract, node.url, {}) },
    secured: {
      node: createClients(contract, node.url, { pool, current }),
      fetch: createClients(contract, node.url, { current }),
    },
  };
  return {
    url: node.url,
    methodOf(operation, over, credentials) {
      // Calls go one by one: the client asks for credentials before the next one begins.
      current.credentials = credentials;
      const kind = hasAuthenticator(operation.descriptor) ? "secured" : "open";
      const method = clients[kind][over](operation)[operation.name];
      if (method === undefined) throw new Error(`the client has no method "${operation.name}"`);
      return method;
    },
    async close() {
      await pool.close();
      await node.close({ graceMs: 0 });
    },
  };
}

/** Those who are to be known are known by what was drawn for them; requests that were written by hand always are. */
function authenticatorsOf({ service }: PreparedContract, find: (headers: HeaderMap) => Pending | undefined) {
  const names = knownSchemes(service)
    .filter(isDrawable)
    .map(({ name }) => name);
  const entries = [...new Set(names)].map((name) => [
    name,
    (credential: unknown, { headers }: { readonly headers: HeaderMap }) => {
      const id = headers.get(idHeader) ?? "";
      const entry = find(headers);
      if (entry === undefined || entry.credentials.size === 0) return { id };
      if (!entry.credentials.has(name)) return undefined;
      entry.shown.set(name, credential);
      return { id };
    },
  ]);
  return createAuthenticators(service, Object.fromEntries(entries) as never);
}

interface Connection {
  /** Absent: over fetch. */
  readonly pool?: NodePool;
  /** Absent: without credentials. */
  readonly current?: { readonly credentials: DrawnCredentials };
}

function createClients(
  { service, hooks }: PreparedContract,
  url: string,
  { pool, current }: Connection,
): (operation: PreparedOperation) => Client {
  const resilience = withoutBreaker(createResilience({ environment: systemEnvironment }));
  const source = hooks ?? service;
  const names = current === undefined ? [] : knownSchemes(source).map(({ name }) => name);
  const sources = [...new Set(names)].map((name) => [name, () => current?.credentials.get(name)]);
  const credentials = createCredentials(source, Object.fromEntries(sources) as never);
  const options = { resilience, ...(current === undefined ? {} : { credentials }) };
  const connect = (baseUrl: string | URL) =>
    pool === undefined ? fetchTransport({ baseUrl }) : nodeTransport({ baseUrl, pool });
  if (hooks !== undefined) {
    const sender = createSender(hooks, connect, options);
    return ({ descriptor }) => sender.to(url + descriptor.path) as unknown as Client;
  }
  const [basePath = ""] = service.basePaths ?? [];
  const client = createClient(service, connect(url + basePath), options) as unknown as Client;
  return () => client;
}

/** Drawn failures say nothing of the server's health. */
function withoutBreaker(resilience: Resilience): Resilience {
  const permit = { generation: 0, startedAt: 0, probe: false };
  return {
    ...resilience,
    breaker: () => ({ state: "closed", probeTimeoutMs: 60_000, acquire: () => permit, record: () => undefined }),
  };
}
