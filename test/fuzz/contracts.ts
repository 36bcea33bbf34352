import { readdirSync } from "node:fs";
import { join } from "node:path";
import { createHeaders } from "../../runtime/src/call/headers.ts";
import type { HttpOperation } from "../../runtime/src/descriptor/http.ts";
import { ServiceError } from "../../runtime/src/error/service-error.ts";
import { collectBytes } from "../../runtime/src/http/bytes.ts";
import { encodeReply } from "../../runtime/src/http/encode-reply.ts";
import { createReply } from "../../runtime/src/http/reply.ts";
import { httpTransport } from "../../runtime/src/http/transport.ts";
import { createServer } from "../../runtime/src/server/create-server.ts";
import type { Server } from "../../runtime/src/server/types.ts";
import { createMemoryStore } from "../../runtime/src/store/memory.ts";
import { findCorpus, listDocuments, sampleFolder, type CorpusDocument } from "../corpus/documents.ts";
import { Streamed } from "../roundtrip/bodies.ts";
import { drawCases, streamOf, Undrawable, type DrawnReply, type RoundTripCase } from "../roundtrip/cases.ts";
import { createHeights } from "../roundtrip/heights.ts";
import { createOracle } from "../roundtrip/oracle.ts";
import { prepareDocument, type Prepared, type PreparedContract, type PreparedOperation } from "../roundtrip/prepare.ts";
import { createRandom } from "../roundtrip/random.ts";
import { root } from "../support/source-tree.ts";

/** A request to begin with: one that a generated client sends. */
export interface SeedRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
}

/** A generated server, and good requests at it. */
export interface FuzzedContract {
  readonly name: string;
  readonly server: Server;
  readonly seeds: readonly SeedRequest[];
}

/** Where contracts come from: the golden cases, the committed sample, and documents of the corpus that are named. */
export function listContracts(names: readonly string[]): readonly CorpusDocument[] {
  const golden = readdirSync(join(root, "test/golden"))
    .filter((name) => name.startsWith("http-"))
    .map((name) => toDocument(name, join(root, "test/golden", name, "contracts")));
  const sample = listDocuments(sampleFolder).filter(({ kind }) => kind === "openapi");
  const corpus = findCorpus();
  const named =
    corpus === undefined ? [] : listDocuments(corpus).filter(({ name }) => names.some((part) => name.includes(part)));
  return [...golden, ...sample, ...named];
}

function toDocument(name: string, folder: string): CorpusDocument {
  const entries = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) =>
    /\.(?:ya?ml|json)$/.test(path),
  );
  return { kind: "openapi", name, folder, entries: entries.sort() };
}

/** Servers of a document's contracts, with handlers that answer what the contract declares. */
export async function fuzzDocument(document: CorpusDocument, seed: number): Promise<readonly FuzzedContract[]> {
  const prepared = await prepareDocument(document);
  const fuzzed: FuzzedContract[] = [];
  for (const contract of prepared.contracts) {
    const drawn = drawAll(contract, prepared, seed);
    const seeds: SeedRequest[] = [];
    for (const [operation, cases] of drawn)
      for (const each of cases) seeds.push(...(await toSeed(contract, operation, each)));
    if (seeds.length === 0) continue;
    const handlers = Object.fromEntries(
      contract.operations.map((operation) => [operation.name, handlerOf(operation, drawn.get(operation))]),
    );
    const server = createServer({ store: createMemoryStore(), authenticate: () => ({ id: "somebody" }) });
    server.add(contract.service as never, handlers as never);
    fuzzed.push({ name: document.name, server: server as Server, seeds });
  }
  return fuzzed;
}

type Drawn = ReadonlyMap<PreparedOperation, readonly RoundTripCase[]>;

function drawAll(contract: PreparedContract, { types }: Prepared, seed: number): Drawn {
  const [oracle, heightOf] = [createOracle(types), createHeights(types)];
  const drawn = new Map<PreparedOperation, readonly RoundTripCase[]>();
  for (const operation of contract.operations) {
    const random = createRandom(`${seed} ${operation.name}`);
    try {
      drawn.set(
        operation,
        drawCases(operation, { random, types, oracle, heightOf, onDispute: () => undefined, draws: 2 }),
      );
    } catch (error) {
      if (!(error instanceof Undrawable)) throw error;
    }
  }
  return drawn;
}

/**
 * Reads all that comes and answers what the contract declares, never a failure; where it declares failures alone, or
 * what was drawn can't be sent, that is an error of the handler's that is no 5xx.
 */
function handlerOf(
  { descriptor }: PreparedOperation,
  cases: readonly RoundTripCase[] = [],
): (input: { readonly body?: unknown }) => Promise<unknown> {
  const reply = cases.map((each) => each.reply).find((each) => each.status < 500 && isSendable(descriptor, each));
  return async ({ body }) => {
    if (typeof body === "object" && body !== null && Symbol.asyncIterator in body) {
      for await (const item of body as AsyncIterable<unknown>) void item;
    }
    if (reply === undefined) throw new ServiceError("failed_precondition", "nothing was drawn that can be answered");
    return toReply(reply);
  };
}

function toReply({ status, contentType, headers, body }: DrawnReply): unknown {
  const sent = body instanceof Streamed ? streamOf(body) : body;
  return createReply(status, sent, { headers, ...(contentType === undefined ? {} : { contentType }) });
}

function isSendable(operation: HttpOperation, reply: DrawnReply): boolean {
  const result = { output: toReply(reply), headers: createHeaders() };
  try {
    encodeReply(operation, result, { accepted: undefined, validate: false });
    return true;
  } catch {
    return false;
  }
}

/** What a generated client sends for a case. */
async function toSeed(
  contract: PreparedContract,
  { descriptor }: PreparedOperation,
  drawn: RoundTripCase,
): Promise<SeedRequest[]> {
  const seeds: SeedRequest[] = [];
  const base = (contract.service.basePaths ?? [""])[0] ?? "";
  const transport = httpTransport({
    authority: "fuzz",
    timeoutHeader: null,
    send: async ({ method, target, headers, body }) => {
      const own = [...headers].filter(([name]) => name !== "content-length");
      seeds.push({ method, target: base + target, headers: own, body: await collectBytes(body, 1_000_000) });
      return { status: 599, headers: [], body: undefined };
    },
  });
  const { body } = drawn.input;
  const input = body instanceof Streamed ? { ...drawn.input, body: streamOf(body) } : drawn.input;
  const attempt = { number: 1, signal: new AbortController().signal, timeoutMs: undefined, headers: createHeaders() };
  try {
    await transport.prepare(descriptor, input).send(attempt);
  } catch {
    // That 599 is no declared answer is of no interest here; what clients refuse to send is the round trip's matter.
  }
  return seeds.filter(({ body: bytes }) => bytes.byteLength < 60_000);
}
