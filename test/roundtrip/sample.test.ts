import assert from "node:assert/strict";
import { test } from "node:test";
import { listDocuments, sampleFolder } from "../corpus/documents.ts";
import { root } from "../support/source-tree.ts";
import { runDocument } from "./document.ts";
import { formatFailures } from "./table.ts";

/** Operations of the sample that have no round trip, with the finding that says why. */
const leftOut: Readonly<Record<string, string>> = {
  types: "check-ambiguous-query",
  uploadFile: "check-unwritable",
  putWithFormUrlEncoded: "check-unwritable",
  complexTypes: "check-unwritable-parameter",
};

const options = { seed: 1, draws: 3, mutations: 2 };
const documents = [...listDocuments(sampleFolder), ...listDocuments(`${root}/test/roundtrip/contracts`)];

for (const document of documents.filter(({ kind }) => kind === "openapi")) {
  test(`${document.name}: what is sent arrives, and what is bad is refused in its place`, async () => {
    const report = await runDocument(document, options);
    assert.equal(formatFailures(report, options), "");
    const expected = report.excluded.map(({ operation }) => [operation, leftOut[operation]]);
    assert.deepEqual(
      report.excluded.map(({ operation, code }) => [operation, code]),
      expected,
    );
    assert.ok(report.excluded.every(({ operation }) => Object.hasOwn(leftOut, operation)));
  });
}
