import type { CorpusDocument } from "../corpus/documents.ts";
import { drawCases, Undrawable, type RoundTripCase } from "./cases.ts";
import type { Dispute } from "./checked.ts";
import { show } from "./compare.ts";
import { createExchange, type Exchange } from "./exchange.ts";
import { createHeights, type HeightOf } from "./heights.ts";
import { createOracle, type Oracle } from "./oracle.ts";
import { prepareDocument, type Prepared, type PreparedContract, type PreparedOperation } from "./prepare.ts";
import { createRandom, type Random } from "./random.ts";
import { createRawSend, type RawSend } from "./raw.ts";
import { refuseReplies, refuseRequests } from "./refusals.ts";

/** How a run is made. */
export interface RunOptions {
  readonly seed: number;
  /** Calls an operation, at least. */
  readonly draws: number;
  /** Bad bodies and bad parameters an operation and media type, at most. */
  readonly mutations: number;
  /** Only operations with this name, as clients call them. */
  readonly operation?: string | undefined;
}

/** An operation that is left out, and the finding of the generator that says why. */
export interface Exclusion {
  readonly operation: string;
  readonly why: string;
  /** Undefined: nothing says so, which is a failure. */
  readonly code: string | undefined;
}

/** One thing that is wrong. */
export interface Failure {
  readonly operation: string;
  readonly what: string;
  /** What was sent and answered, shortened. */
  readonly value: string;
}

/** What a document gave: a line of the table. */
export interface DocumentReport {
  readonly name: string;
  readonly operations: number;
  readonly roundTrips: number;
  readonly equal: number;
  readonly mutations: number;
  readonly rightPlace: number;
  readonly excluded: readonly Exclusion[];
  readonly failures: readonly Failure[];
  /** Codes of errors, when the document is refused. */
  readonly refused: readonly string[];
  readonly seconds: number;
}

interface Run {
  readonly options: RunOptions;
  readonly prepared: Prepared;
  readonly oracle: Oracle;
  readonly heightOf: HeightOf;
  readonly counts: { operations: number; roundTrips: number; equal: number; mutations: number; rightPlace: number };
  readonly excluded: Exclusion[];
  readonly failures: Failure[];
}

/** Sends drawn values through the generated client and server of every operation of a document. */
export async function runDocument(document: CorpusDocument, options: RunOptions): Promise<DocumentReport> {
  const start = performance.now();
  const prepared = await prepareDocument(document);
  const run: Run = {
    options,
    prepared,
    oracle: createOracle(prepared.types),
    heightOf: createHeights(prepared.types),
    counts: { operations: 0, roundTrips: 0, equal: 0, mutations: 0, rightPlace: 0 },
    excluded: [],
    failures: [],
  };
  for (const contract of prepared.contracts) await runContract(run, contract);
  const refused = prepared.diagnostics.filter(({ severity }) => severity === "error").map(({ code }) => code);
  const { counts, excluded, failures } = run;
  const seconds = (performance.now() - start) / 1000;
  return { name: document.name, ...counts, excluded, failures, refused, seconds };
}

async function runContract(run: Run, contract: PreparedContract): Promise<void> {
  const exchange = await createExchange(contract);
  const { send, close } = createRawSend();
  try {
    const { operation: wanted } = run.options;
    for (const operation of contract.operations) {
      if (wanted === undefined || operation.name === wanted)
        await runOperation(run, { exchange, send: sendBelow(send, contract, operation) }, operation);
    }
  } finally {
    close();
    await exchange.close();
  }
}

/** Targets are below the base path of the operation's own servers, else of the contract's. */
function sendBelow(send: RawSend, { service }: PreparedContract, { descriptor }: PreparedOperation): RawSend {
  const [basePath = ""] = descriptor.servers?.basePaths ?? service.basePaths ?? [""];
  return (request) => send({ ...request, target: basePath + request.target });
}

interface Wires {
  readonly exchange: Exchange;
  readonly send: RawSend;
}

async function runOperation(run: Run, wires: Wires, operation: PreparedOperation): Promise<void> {
  const { counts, options } = run;
  counts.operations += 1;
  const random = createRandom(`${options.seed} ${operation.name}`);
  const cases = isLeftOut(run, operation) ? undefined : drawAll(run, operation, random);
  if (cases === undefined) return;
  const good: RoundTripCase[] = [];
  for (const [at, drawn] of cases.entries()) {
    counts.roundTrips += 1;
    const over = overFetch(operation, drawn, at) ? "fetch" : "node";
    const { input, reply, credentials } = drawn;
    const problem = await wires.exchange.run(operation, drawn, { over, validates: at % 2 === 1 });
    if (problem !== undefined)
      fail(run, operation, problem, { input, credentials: Object.fromEntries(credentials), reply });
    else {
      counts.equal += 1;
      good.push(drawn);
    }
  }
  await runMutations(run, wires, { operation, good, random });
}

function fail({ failures }: Run, { name }: PreparedOperation, what: string, value: unknown): void {
  failures.push({ operation: name, what, value: show(value) });
}

/** Whether the generator says that requests of the operation can't be told from others, or can't be made. */
function isLeftOut({ prepared, excluded }: Run, { name, model }: PreparedOperation): boolean {
  const head = `${model.method} "${model.path}" `;
  const code = prepared.diagnostics.find(
    (one) =>
      (one.code === "openapi-path-fragment" && one.message.startsWith(head)) ||
      (one.code === "check-ambiguous-query" && one.message.includes(`operation "${model.name}"`)) ||
      (one.code === "check-unwritable" && one.message.includes(`body of operation "${model.name}"`)),
  )?.code;
  if (code === undefined) return false;
  excluded.push({ operation: name, why: "it can't be called, or not be told from others", code });
  return true;
}

function drawAll(run: Run, operation: PreparedOperation, random: Random): readonly RoundTripCase[] | undefined {
  const { oracle, heightOf, prepared, options } = run;
  const disputed = new Set<unknown>();
  const onDispute = ({ schema, value, isValid }: Dispute): void => {
    if (disputed.has(schema)) return;
    disputed.add(schema);
    const [ours, theirs] = isValid ? ["accepts", "refuses"] : ["refuses", "accepts"];
    fail(run, operation, `the generated validator ${ours} what Ajv ${theirs}`, value);
  };
  try {
    return drawCases(operation, { random, types: prepared.types, oracle, heightOf, onDispute, draws: options.draws });
  } catch (error) {
    if (!(error instanceof Undrawable)) throw error;
    const code = prepared.diagnostics.find(
      (one) =>
        (undrawable.has(one.code) && one.message.includes(`"${operation.model.name}"`)) ||
        (one.code === "check-unwritable-parameter" && one.message.startsWith(error.message)),
    )?.code;
    run.excluded.push({ operation: operation.name, why: `no value for ${error.message}`, code });
    return undefined;
  }
}

/** Findings that say why an operation has no call that can be made. */
const undrawable = new Set(["check-unsatisfiable", "check-unwritable"]);

/** Bad requests of the calls that went well: the first of every media type; and bad replies. */
async function runMutations(
  run: Run,
  { exchange, send }: Wires,
  { operation, good, random }: { operation: PreparedOperation; good: readonly RoundTripCase[]; random: Random },
): Promise<void> {
  const { counts, oracle, prepared, options } = run;
  const mutating = { types: prepared.types, oracle, random, count: options.mutations, exchange, send };
  const seen = new Set<unknown>();
  const isNew = (key: unknown): boolean => !seen.has(key) && seen.add(key) !== undefined;
  for (const drawn of good) {
    const refusals = [
      ...(isNew(drawn.requestMedia ?? "none") ? await refuseRequests(operation, drawn, mutating) : []),
      ...(isNew(drawn.replyMedia ?? "no reply") ? await refuseReplies(operation, drawn, mutating) : []),
    ];
    for (const { kind, value, problem } of refusals) {
      counts.mutations += 1;
      if (problem === undefined) counts.rightPlace += 1;
      else fail(run, operation, `${kind}: ${problem}`, value);
    }
  }
}

/** A share goes over fetch, which has no bodies in GET and HEAD, and neither TRACE nor CONNECT. */
function overFetch({ model }: PreparedOperation, { input }: RoundTripCase, at: number): boolean {
  if (at % 4 !== 3 || ["TRACE", "CONNECT"].includes(model.method.toUpperCase())) return false;
  return input["body"] === undefined || !["GET", "HEAD"].includes(model.method);
}
