import { findCorpus, listDocuments, sampleFolder } from "./documents.ts";
import { generateDocument, type DocumentResult } from "./generate-document.ts";

// Generates every document of the corpus, type-checks the output and prints a table: document, outcome, reason.
// Arguments are parts of names; without any, all documents run.
const corpus = findCorpus();
if (corpus === undefined) {
  console.log(
    "no corpus here: running the committed sample; set TRILOGUE_CORPUS to a folder with openapi/, asyncapi/, proto/",
  );
}
const wanted = process.argv.slice(2);
const documents = listDocuments(corpus ?? sampleFolder).filter(
  ({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)),
);
const results: DocumentResult[] = [];
for (const document of documents) {
  const result = await generateDocument(document);
  results.push(result);
  const { outcome, operations, seconds, reason, name } = result;
  const line = [outcome.padEnd(16), String(operations).padStart(5), `${seconds.toFixed(1)} s`.padStart(8), name];
  console.log(`${line.join("  ")}${reason === "" ? "" : `\n${" ".repeat(35)}${reason.slice(0, 400)}`}`);
}
const counts = new Map<string, number>();
for (const { name, outcome } of results) {
  const key = `${name.split("/")[0] ?? ""} ${outcome}`;
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
console.log(
  `\n${[...counts]
    .sort()
    .map(([key, count]) => `${key}: ${count}`)
    .join("\n")}`,
);
const isBad = ({ outcome }: DocumentResult): boolean => outcome !== "clean" && outcome !== "diagnosed";
process.exitCode = results.some(isBad) ? 1 : 0;
