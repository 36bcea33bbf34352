import assert from "node:assert/strict";
import { test } from "node:test";
import { check } from "prettier";
import { listDocuments, sampleFolder } from "./documents.ts";
import { generateDocument, runSteps } from "./generate-document.ts";

/** Documents of the sample that are rightly refused, with what is said of them; the rest must generate and compile. */
const refused: Readonly<Record<string, string>> = {
  "asyncapi/blueapi/asyncapi.yaml": "ref-remote x8",
  "asyncapi/microcks/user-signedup-cloudevents-structured.yaml": "ref-remote",
  "asyncapi/spec-v3/adeo-kafka-request-reply-asyncapi.yml": "ref-remote x2",
};

const documents = listDocuments(sampleFolder);

test("the sample holds documents of the three kinds", () => {
  const count = (kind: string): number => documents.filter((document) => document.kind === kind).length;
  assert.ok(count("openapi") >= 15 && count("asyncapi") >= 20 && count("proto") === 1);
});

for (const document of documents) {
  const reason = refused[document.name];
  test(`${document.name} is ${reason === undefined ? "generated and compiles" : "refused with a diagnosis"}`, async () => {
    const result = await generateDocument(document);
    assert.equal(result.outcome, reason === undefined ? "clean" : "diagnosed", result.reason);
    if (reason !== undefined) assert.equal(result.reason, reason);
  });
}

test("prettier would change nothing in what the sample gives", async () => {
  const changed: string[] = [];
  for (const document of documents) {
    for (const { path, text } of (await runSteps(document)).files) {
      if (!(await check(text, { parser: "typescript", printWidth: 120 }))) changed.push(`${document.name}: ${path}`);
    }
  }
  assert.deepEqual(changed, []);
});

test("the list of refused documents holds no others", () => {
  const names = new Set(documents.map(({ name }) => name));
  assert.deepEqual(
    Object.keys(refused).filter((name) => !names.has(name)),
    [],
  );
});
