import type { CorpusDocument } from "../corpus/documents.ts";
import { drawCases, Undrawable, type RoundTripCase } from "./cases.ts";
import type { Dispute } from "./checked.ts";
import { show } from "./compare.ts";
import { createExchange, type Exchange } from "./exchange.ts";
import { createHeights, type HeightOf } from "./heights.ts";
import { createOracle, type Oracle } from "./oracle.ts";
import { prepareDocument, type Prepared, type PreparedContract, type PreparedOperation } from "./prepare.ts";
import { createRandom } from "./random.ts";

/** How a run is made. */
export interface RunOptions {
  readonly seed: number;
  /** Calls an operation, at least. */
  readonly draws: number;
  /** Only operations with this name, as clients call them. */
  readonly operation?: string | undefined;
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
  readonly excluded: readonly { readonly operation: string; readonly why: string }[];
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
  readonly excluded: { operation: string; why: string }[];
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
  try {
    const { operation: wanted } = run.options;
    for (const operation of contract.operations) {
      if (wanted === undefined || operation.name === wanted) await runOperation(run, exchange, operation);
    }
  } finally {
    await exchange.close();
  }
}

async function runOperation(run: Run, exchange: Exchange, operation: PreparedOperation): Promise<void> {
  const { counts, options } = run;
  counts.operations += 1;
  const fail = (what: string, value: unknown): void => {
    run.failures.push({ operation: operation.name, what, value: show(value) });
  };
  const disputed = new Set<unknown>();
  const onDispute = ({ schema, value, isValid }: Dispute): void => {
    if (disputed.has(schema)) return;
    disputed.add(schema);
    fail(
      `the generated validator ${isValid ? "accepts" : "refuses"} what Ajv ${isValid ? "refuses" : "accepts"}`,
      value,
    );
  };
  const random = createRandom(`${options.seed} ${operation.name}`);
  let cases: readonly RoundTripCase[];
  try {
    const { oracle, heightOf } = run;
    cases = drawCases(operation, {
      random,
      types: run.prepared.types,
      oracle,
      heightOf,
      onDispute,
      draws: options.draws,
    });
  } catch (error) {
    if (!(error instanceof Undrawable)) throw error;
    run.excluded.push({ operation: operation.name, why: error.message });
    return;
  }
  for (const [at, drawn] of cases.entries()) {
    counts.roundTrips += 1;
    const problem = await exchange.run(operation, drawn, overFetch(operation, drawn, at) ? "fetch" : "node");
    if (problem === undefined) counts.equal += 1;
    else fail(problem, { input: drawn.input, reply: drawn.reply });
  }
}

/** A share goes over fetch, which has no bodies in GET and HEAD, and neither TRACE nor CONNECT. */
function overFetch({ model }: PreparedOperation, { input }: RoundTripCase, at: number): boolean {
  if (at % 4 !== 3 || ["TRACE", "CONNECT"].includes(model.method.toUpperCase())) return false;
  return input["body"] === undefined || !["GET", "HEAD"].includes(model.method);
}
