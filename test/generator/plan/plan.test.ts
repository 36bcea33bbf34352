import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { test } from "node:test";
import { toLocalName, toTypeName, toValueName } from "../../../generator/src/plan/identifiers.ts";
import { modulePath } from "../../../generator/src/plan/paths.ts";
import { generate } from "../../../generator/src/generate.ts";
import { declarationOf, fileOf, generateFrom, openApi } from "../emit/contracts.ts";

const ok = { responses: { 200: { description: "ok" } } };

test("a type keeps the contract's name whenever it is an identifier", () => {
  deepStrictEqual(["Payment", "payment", "snake_case", "Größe", "支払い", "File", "Promise"].map(toTypeName), [
    "Payment",
    "payment",
    "snake_case",
    "Größe",
    "支払い",
    "File",
    "Promise",
  ]);
});

test("names that are no identifiers are repaired", () => {
  deepStrictEqual(["pet-store", "1st", "", "!!!", "string", "delete", "a.b.C", "💥boom"].map(toTypeName), [
    "PetStore",
    "_1st",
    "Type",
    "Type",
    "String",
    "Delete",
    "ABC",
    "Boom",
  ]);
});

test("values are camel case and never reserved words", () => {
  deepStrictEqual(
    ["CreatePayment", "list-pets", "HTTPServer", "getURL", "ID", "delete", "snake_case_name", "2fa"].map((name) =>
      toValueName(name, "Operation"),
    ),
    ["createPayment", "listPets", "httpServer", "getURL", "id", "deleteOperation", "snakeCaseName", "_2fa"],
  );
});

test("clients never become promises by the name of an operation", () => {
  deepStrictEqual(["then", "constructor", "delete"].map(toLocalName), [
    "thenOperation",
    "constructorOperation",
    "delete",
  ]);
});

test("output stays in its folder and in its import specifiers", () => {
  strictEqual(modulePath("payments/v1/openapi.yaml", "http"), "payments/v1/openapi_http");
  strictEqual(modulePath("../a/./b#c?.json", "schema"), "_/a/b_c__schema");
  strictEqual(modulePath("models/action.schema.json", "schema"), "models/action_schema");
  strictEqual(modulePath("inventory/v1/inventory.proto", "pb"), "inventory/v1/inventory_pb");
});

test("two names that become one are both exported, with a warning at the one that gave way", () => {
  const generated = generateFrom({
    "a.yaml": openApi({
      schemas: { "pet-a": { type: "string" }, PetA: { type: "number" }, "pet a": { type: "boolean" } },
    }),
  });
  const text = fileOf(generated, "a_http.ts");
  match(text, /export type PetA = number;/);
  match(text, /export type PetASchema = boolean;/);
  match(text, /export type PetA2 = string;/);
  deepStrictEqual(
    generated.diagnostics.map(({ code, severity }) => `${severity} ${code}`),
    ["warning name-collision", "warning name-collision"],
  );
});

test("operations, services and types share a module without taking each other's names", () => {
  const paths = {
    "/a": {
      get: { operationId: "listPets", ...ok },
      delete: { operationId: "delete", ...ok },
      put: { operationId: "list-pets", ...ok },
    },
  };
  const schemas = {
    Shop: { type: "string" },
    listPets: { type: "string" },
    HttpOperation: { type: "string" },
    ListPetsInput: { type: "string" },
  };
  const text = fileOf(generateFrom({ "a.yaml": openApi({ schemas, paths }) }), "a_http.ts");
  match(text, /import type \{ HttpOperation as RuntimeHttpOperation, HttpService \} from/);
  strictEqual(
    declarationOf(text, "ShopService").split("\n").at(-2),
    "  operations: { listPets: listPetsOperation, delete: deleteOperation, listPets2 },",
  );
});

test("two outputs of one path are an error, also when they differ in case only", () => {
  const text = openApi({});
  const files = ["a/openapi.yaml", "A/openapi.json"].map((path) => ({ path, displayPath: path, text }));
  const { diagnostics, files: outputs } = generate(
    { files, entries: new Set(files.map(({ path }) => path)) },
    { importExtension: "ts", messages: "own" },
  );
  deepStrictEqual(outputs, []);
  deepStrictEqual(
    diagnostics.map(({ severity, code, range, related }) => [
      severity,
      code,
      range?.file.path,
      related?.[0]?.range.file.path,
    ]),
    [["error", "output-collision", "a/openapi.yaml", "A/openapi.json"]],
  );
});

test("a type that several contracts use is imported from its home", () => {
  const generated = generateFrom({
    "models/pet.json": JSON.stringify({ $id: "x", type: "object", properties: { a: { type: "string" } } }),
    "a/openapi.json": openApi({ schemas: { Zoo: { type: "array", items: { $ref: "../models/pet.json" } } } }),
  });
  match(fileOf(generated, "a/openapi_http.ts"), /import type \{ pet \} from "\.\.\/models\/pet_schema\.ts";/);
  match(fileOf(generated, "models/pet_schema.ts"), /export interface pet \{/);
});
