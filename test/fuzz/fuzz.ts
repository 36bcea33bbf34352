import { createHeaders } from "../../runtime/src/call/headers.ts";
import { isServiceError } from "../../runtime/src/error/service-error.ts";
import { createHttpHandler } from "../../runtime/src/http/handler.ts";
import type { HttpHandler } from "../../runtime/src/http/message.ts";
import { serveNode, type NodeServer } from "../../runtime/src/server/node.ts";
import { createRandom } from "../roundtrip/random.ts";
import { measureHeld } from "../support/heap.ts";
import { FuzzConnection, sendAlone, type Heard } from "./connection.ts";
import { fuzzDocument, listContracts, type FuzzedContract } from "./contracts.ts";
import { mutate, toBytes, type FuzzRequest } from "./mutate.ts";

/** How much is sent. */
export interface FuzzOptions {
  readonly requests: number;
  readonly seed: number;
  /** Parts of the names of documents of the corpus that are used beside the golden cases and the sample. */
  readonly documents: readonly string[];
  /** Lines of the table, of as many requests each; the heap is collected for each of them. */
  readonly rows: number;
  readonly onRow?: (row: FuzzRow) => void;
}

/** A line of the table. */
export interface FuzzRow {
  readonly requests: number;
  /** After collection, bytes. */
  readonly heapBytes: number;
  readonly seconds: number;
}

/** What came of it. */
export interface FuzzReport {
  readonly contracts: number;
  readonly seeds: number;
  readonly rows: readonly FuzzRow[];
  /** How often each status was answered, over sockets and in process. */
  readonly statuses: ReadonlyMap<number, number>;
  /** Handlers that were reached. */
  readonly served: number;
  /** What is wrong, with the request. At most 50. */
  readonly failures: readonly string[];
}

/** Requests under way at once. */
const lanes = 8;

interface Target {
  readonly contract: FuzzedContract;
  readonly node: NodeServer;
  readonly handler: HttpHandler;
  readonly connections: readonly FuzzConnection[];
}

interface Run {
  readonly options: FuzzOptions;
  readonly targets: readonly Target[];
  readonly statuses: Map<number, number>;
  readonly failures: string[];
}

/** Sends spoilt requests to generated servers, over sockets and in process. The same seed sends the same requests. */
export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const run: Run = { options, targets: await openTargets(options), statuses: new Map(), failures: [] };
  const onProblem = (problem: unknown): void => void run.failures.push(`the process: ${String(problem)}`);
  const events = ["unhandledRejection", "uncaughtException", "warning"] as const;
  for (const event of events) process.on(event as "warning", onProblem);
  const rows: FuzzRow[] = [];
  const startedAt = performance.now();
  const size = Math.ceil(options.requests / options.rows);
  for (let from = 0; from < options.requests; from += size) {
    const to = Math.min(from + size, options.requests);
    await Promise.all(Array.from({ length: lanes }, (_, lane) => runLane(run, { lane, from, to })));
    const row = {
      requests: to,
      heapBytes: (await measureHeld()).heapBytes,
      seconds: (performance.now() - startedAt) / 1_000,
    };
    rows.push(row);
    options.onRow?.(row);
  }
  for (const { node, connections } of run.targets) {
    for (const connection of connections) connection.close();
    await node.close({ graceMs: 1_000 });
  }
  for (const event of events) process.off(event as "warning", onProblem);
  return {
    rows,
    contracts: run.targets.length,
    seeds: run.targets.reduce((sum, { contract }) => sum + contract.seeds.length, 0),
    statuses: run.statuses,
    served: [...run.statuses].reduce((sum, [status, count]) => sum + (status < 300 ? count : 0), 0),
    failures: run.failures.slice(0, 50),
  };
}

async function openTargets({ documents, seed }: FuzzOptions): Promise<readonly Target[]> {
  const targets: Target[] = [];
  for (const document of listContracts(documents)) {
    for (const contract of await fuzzDocument(document, seed)) {
      const { server } = contract;
      const node = await serveNode(server, {
        host: "127.0.0.1",
        headersTimeoutMs: 1_000,
        requestTimeoutMs: 2_000,
        keepAliveTimeoutMs: 600_000,
      });
      const connections = Array.from({ length: lanes }, () => new FuzzConnection(node.port));
      targets.push({ contract, node, handler: createHttpHandler(server), connections });
    }
  }
  return targets;
}

async function runLane(
  run: Run,
  { lane, from, to }: { readonly lane: number; readonly from: number; readonly to: number },
): Promise<void> {
  for (let at = from + ((lane - (from % lanes) + lanes) % lanes); at < to; at += lanes) {
    // Each request has draws of its own, so that one of them can be sent again alone.
    const random = createRandom(`${run.options.seed} ${at}`);
    const target = random.pick(run.targets);
    const { seeds } = target.contract;
    const request = mutate(random.pick(seeds), seeds, random);
    const heard =
      request.broken === undefined
        ? await (target.connections[lane] as FuzzConnection).send(toBytes(request), request.method)
        : await sendAlone(target.node.port, request.broken);
    judge(run, heard, () => describe(at, target, request));
    if (request.broken === undefined)
      judge(run, [await callHandler(target, request)], () => `in process ${describe(at, target, request)}`);
  }
}

function judge({ statuses, failures }: Run, heard: Heard, describeRequest: () => string): void {
  if (heard === "hang") {
    failures.push(`no answer: ${describeRequest()}`);
    return;
  }
  for (const status of heard) {
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (status >= 500) failures.push(`${status}: ${describeRequest()}`);
  }
}

async function callHandler({ handler }: Target, { method, target, headers, body }: FuzzRequest): Promise<number> {
  const response = await handler({
    method,
    target,
    headers: createHeaders(headers),
    body: body.byteLength === 0 ? undefined : pieces(body),
    signal: new AbortController().signal,
  });
  try {
    if (!(response.body === undefined || response.body instanceof Uint8Array))
      for await (const piece of response.body) void piece;
  } catch (error) {
    if (!isServiceError(error)) throw error;
  }
  return response.status;
}

async function* pieces(body: Uint8Array): AsyncGenerator<Uint8Array> {
  const half = body.byteLength >> 1;
  yield body.subarray(0, half);
  yield body.subarray(half);
}

function describe(at: number, { contract }: Target, request: FuzzRequest): string {
  const bytes = request.broken ?? toBytes(request);
  return `request ${at} to ${contract.name}: ${JSON.stringify(Buffer.from(bytes).toString("latin1").slice(0, 1_500))}`;
}
