import { parseArgs } from "node:util";
import { findCorpus, listDocuments, sampleFolder } from "../corpus/documents.ts";
import { runDocument, type DocumentReport } from "./document.ts";
import { formatFailures, formatLine, formatTotals, heading, isBad } from "./table.ts";

// Sends drawn values through generated clients and servers of every operation of the corpus, and prints a table.
const usage = `npm run roundtrip -- [--document TEXT]... [--operation NAME] [--draws N] [--mutations N] [--seed N] [--corpus DIR]

  --document TEXT    only documents whose name holds the text
  --operation NAME   only the operation that clients call so
  --draws N          calls an operation, at least; default 5
  --mutations N      bad bodies and parameters an operation, at most; default 3
  --seed N           default 1; the same seed draws the same values`;

const { values } = parseArgs({
  options: {
    document: { type: "string", multiple: true },
    operation: { type: "string" },
    draws: { type: "string", default: "5" },
    mutations: { type: "string", default: "3" },
    seed: { type: "string", default: "1" },
    corpus: { type: "string" },
    help: { type: "boolean" },
  },
});
if (values.help === true) console.log(usage);
else process.exitCode = await main();

async function main(): Promise<number> {
  const corpus = values.corpus ?? findCorpus();
  if (corpus === undefined) {
    console.log("no corpus here: running the committed sample; set TRILOGUE_CORPUS to a folder with openapi/");
  }
  const { document: parts = [], operation } = values;
  const options = {
    seed: Number(values.seed),
    draws: Number(values.draws),
    mutations: Number(values.mutations),
    operation,
  };
  const documents = listDocuments(corpus ?? sampleFolder)
    .filter(({ kind }) => kind === "openapi")
    .filter(({ name }) => parts.length === 0 || parts.some((part) => name.includes(part)));
  console.log(heading);
  const reports: DocumentReport[] = [];
  for (const document of documents) {
    const report = await runDocument(document, options);
    reports.push(report);
    console.log(formatLine(report));
    const failures = formatFailures(report, options);
    if (failures !== "") console.log(failures);
  }
  console.log(formatTotals(reports));
  return reports.some(isBad) ? 1 : 0;
}
