import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { findCorpus, listDocuments, sampleFolder, type CorpusDocument } from "../corpus/documents.ts";
import { root } from "../support/source-tree.ts";
import { compareWithOracle } from "./openapi-types.ts";

interface Difference {
  readonly document: string;
  readonly subjects: readonly string[];
  readonly reason: string;
  /** Schemas that others refer to: those are compared as if the oracle had ours. */
  readonly mend?: boolean;
}

const memberLiteral = "a mapping's value is asked for at the union; the oracle writes it into the member for all uses";
const extraProperties = "the oracle intersects named properties with an index signature that they do not fit";
const requiredLost = "the oracle drops names in required that properties does not declare";
const contentParameter = "a parameter with content is its schema's value; the oracle says string";
const oneView = "the oracle has read-only and write-only properties in both directions";
const notInTemplate = "a path parameter that the template has no place for; ours leaves it out, with a warning";

/** Where we differ from openapi-typescript 7.13, and why ours is right. What is not listed must agree. */
const differences: readonly Difference[] = [
  { document: "apicurio-complete-3.2.json", subjects: ["schema Dog", "schema Cat"], reason: memberLiteral },
  { document: "figma-3.1.yaml", subjects: ["schema InnerShadowEffect"], reason: memberLiteral },
  {
    document: "figma-3.1.yaml",
    subjects: ["schema SetVariableModeAction", "schema TextPathPropertiesTrait"],
    reason: requiredLost,
    mend: true,
  },
  {
    document: "figma-3.1.yaml",
    subjects: ["PUT /v2/webhooks/{webhook_id} body", "PUT /v1/dev_resources 200 application/json"],
    reason: requiredLost,
  },
  {
    document: "heyapi-discriminator-readwrite-3.1.yaml",
    subjects: ["schema DogPayload", "schema CatPayload"],
    reason: memberLiteral,
  },
  { document: "heyapi-discriminator-readwrite-3.1.yaml", subjects: ["POST /pets body"], reason: oneView },
  {
    document: "heyapi-full-3.0/full.yaml",
    subjects: [
      "schema ModelWithReadOnlyAndWriteOnly",
      "schema ModelWithArrayReadOnlyAndWriteOnly",
      "POST /api/v{api-version}/no+tag body",
      "PUT /api/v{api-version}/complex/{id} body",
    ],
    reason: oneView,
  },
  {
    document: "heyapi-full-3.0/full.yaml",
    subjects: ["schema ModelCircle", "schema ModelSquare"],
    reason: memberLiteral,
  },
  {
    document: "heyapi-full-3.0/full.yaml",
    subjects: ["schema DictionaryWithPropertiesAndAdditionalProperties"],
    reason: extraProperties,
    mend: true,
  },
  {
    document: "heyapi-full-3.0/full.yaml",
    subjects: ["schema EnumWithReplacedCharacters"],
    reason: "a type of string and an enum with 3.1: no value is a string and 3.1",
    mend: true,
  },
  {
    document: "heyapi-full-3.0/full.yaml",
    subjects: ["schema Generic.Schema.Duplicate.Issue`1[System.Boolean]"],
    reason:
      "additionalProperties: false and no properties: the empty object, which emptyObjectsUnknown makes any object",
    mend: true,
  },
  {
    document: "heyapi-full-3.0/full.yaml",
    subjects: ["schema CompositionWithOneOfAndProperties", "schema ModelWithOneOfAndProperties"],
    reason: "a $ref of a schema to a parameter, which is no schema: ours is unknown, the oracle takes the parameter's",
    mend: true,
  },
  {
    document: "heyapi-full-3.0/full.yaml",
    subjects: ["DELETE /api/v{api-version}/foo/{foo_param}/bar/{BarParam} header"],
    reason: contentParameter,
  },
  {
    document: "heyapi-full-3.0/full.yaml",
    subjects: ["GET /api/v{api-version}/simple:operation path", "GET /api/v{api-version}/types path"],
    reason: notInTemplate,
  },
  {
    document: "heyapi-pattern-properties-3.1.json",
    subjects: ["schema MetadataObject", "schema NestedPatternObject", "schema UnionPatternObject"],
    reason: extraProperties,
    mend: true,
  },
  {
    document: "ogen-discriminator-mapping-3.0.json",
    subjects: ["schema Bird", "schema Car", "schema Cat", "schema Dog", "schema Motorcycle"],
    reason: memberLiteral,
  },
  {
    document: "ogen-discriminator-mapping-3.0.json",
    subjects: ["schema Notification"],
    reason: "several mapping values of one member: ours asks for one of them, the oracle for any text",
    mend: true,
  },
  {
    document: "ogen-parameters-3.0.json",
    subjects: ["path", "query", "header", "cookie"].map((location) => `GET /contentParameters/{path} ${location}`),
    reason: contentParameter,
  },
];

/** What the oracle can't read at all. */
const refused: Readonly<Record<string, string>> = {
  "openapi/telegram-3.0.json": "a mapping by bare schema name is fatal to the oracle",
  "openapi/petstore-expanded-2.0.yaml": "the oracle reads no Swagger 2.0",
};

/** Large documents take long and add nothing to what smaller ones have shown. */
const largestBytes = 400_000;
const leftOut = new Set(["openapi/digitalocean-multifile-3.0/DigitalOcean-public.v2.yaml"]);

function listWanted(): readonly CorpusDocument[] {
  const corpus = findCorpus();
  const shop: CorpusDocument = {
    kind: "openapi",
    name: "orders/v1/openapi.yaml",
    folder: join(root, "contracts"),
    entries: ["orders/v1/openapi.yaml"],
  };
  const all = [shop, ...listDocuments(sampleFolder), ...(corpus === undefined ? [] : listDocuments(corpus))];
  const byName = new Map(all.filter(isWanted).map((document) => [document.name, document]));
  return [...byName.values()];
}

function isWanted({ kind, name, folder, entries }: CorpusDocument): boolean {
  if (kind !== "openapi" || leftOut.has(name)) return false;
  return statSync(join(folder, entries[0] ?? "")).size <= largestBytes;
}

for (const document of listWanted()) {
  const { name } = document;
  const reason = refused[name];
  if (reason !== undefined) {
    test(`${name}: ${reason}`, async () => {
      await assert.rejects(compareWithOracle(document), /\$ref|Swagger/);
    });
    continue;
  }
  test(`${name}: types are assignable both ways, except where a reason is given`, async () => {
    const listed = differences.filter((difference) => name === `openapi/${difference.document}`);
    const known = listed.flatMap(({ subjects }) => subjects);
    const mended = listed.filter(({ mend }) => mend === true).flatMap(({ subjects }) => subjects);
    const compared = await compareWithOracle(document, { mend: new Set(mended) });
    const found = compared.filter(({ verdict }) => verdict !== "same").map(({ subject }) => subject);
    assert.deepEqual(found.toSorted(), known.toSorted());
  });
}

test("a type that is not the contract's is seen, and seen for what it is", async () => {
  const shop = listWanted().find(({ name }) => name === "orders/v1/openapi.yaml");
  assert.ok(shop !== undefined);
  const compared = await compareWithOracle(shop);
  const subjects = compared.map(({ subject }) => subject);
  for (const subject of ["schema OutOfStock", "POST /orders body", "GET /orders query", "GET /orders/{orderId} path"]) {
    assert.ok(subjects.includes(subject), subject);
  }
  const text = readFileSync(join(shop.folder, shop.entries[0] ?? ""), "utf8")
    .replace("required: [id, sku, quantity, total, paid]", "required: [id, sku, quantity, total]")
    .replace("note: { type: string, maxLength: 200 }", "note: { type: integer }")
    .replace("enum: [pending, paid, rejected]", "enum: [pending, paid]");
  const folder = mkdtempSync(join(tmpdir(), "trilogue-oracle-"));
  try {
    const source = join(folder, "openapi.yaml");
    writeFileSync(source, text);
    const changed = new Map(
      (await compareWithOracle(shop, { source })).map(({ subject, verdict }) => [subject, verdict]),
    );
    assert.equal(changed.get("schema OrderV1"), "ours is narrower");
    assert.equal(changed.get("schema OrderStatus"), "ours is wider");
    assert.equal(changed.get("schema Order"), "ours is wider");
    assert.equal(changed.get("POST /orders body"), "different");
    assert.equal(changed.get("schema Money"), "same");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
