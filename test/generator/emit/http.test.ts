import { match, strictEqual } from "node:assert/strict";
import { test } from "node:test";
import { declarationOf, fileOf, generateFrom, openApi } from "./contracts.ts";

const json = (schema: object): object => ({ content: { "application/json": { schema } } });

/** The `_http` module of a document with one operation `act` at POST /x. */
function httpOf(operation: object, rest: object = {}, path: string = "/x"): string {
  return fileOf(
    generateFrom({ "a.yaml": openApi({ paths: { [path]: { post: { operationId: "act", ...operation } } }, ...rest }) }),
    "a_http.ts",
  );
}

test("input has a part for each location, optional when all of it is", () => {
  const parameters = [
    { in: "path", name: "id", required: true, schema: { type: "string" } },
    { in: "query", name: "limit", schema: { type: "integer" } },
    { in: "header", name: "X-Key", required: true, description: "The key.", schema: { type: "string" } },
  ];
  const text = httpOf(
    { parameters, requestBody: json({ type: "string" }), responses: { 204: { description: "" } } },
    {},
    "/x/{id}",
  );
  strictEqual(
    declarationOf(text, "ActInput"),
    [
      "export interface ActInput {",
      "  readonly path: { readonly id: string };",
      "  readonly query?: { readonly limit?: number };",
      "  readonly header: {",
      '    readonly "X-Key": string;',
      "  };",
      "  readonly body?: string;",
      "}",
    ].join("\n"),
  );
});

test("an operation without content resolves to nothing", () => {
  const text = httpOf({ responses: { 204: { description: "" } } });
  match(text, /act: HttpOperation<ActInput, void, ActResponse, void> = \{/);
  match(text, /responses: \[\{ status: 204, content: \[\] \}\],/);
});

test("several media types of a request are told apart by contentType", () => {
  const content = { "application/json": { schema: { type: "number" } }, "text/plain": {} };
  const text = httpOf({ requestBody: { required: true, content }, responses: { 204: { description: "" } } });
  strictEqual(
    declarationOf(text, "ActInput"),
    [
      "export type ActInput =",
      '  | { readonly contentType?: "application/json"; readonly body: number }',
      '  | { readonly contentType: "text/plain"; readonly body: string };',
    ].join("\n"),
  );
});

test("responses are a union; ranges and default have the statuses that are not declared apart", () => {
  const responses = {
    200: { description: "", ...json({ type: "string" }) },
    "4XX": { description: "" },
    default: { description: "", ...json({ type: "number" }) },
  };
  const text = declarationOf(httpOf({ responses }), "ActResponse").replace(/\s+/g, " ");
  match(text, /\{ readonly status: 200; [^}]*\{\}; readonly body: string;? \}/);
  match(text, /\{ readonly status: StatusRange<4>; [^}]*\{\}; readonly body: undefined;? \}/);
  match(text, /\{ readonly status: StatusRange<2 \| 3 \| 5, 200>; [^}]*\{\}; readonly body: number;? \}/);
});

test("a handler may return the body alone only when nothing is open", () => {
  const one = { 200: { description: "", ...json({ type: "string" }) } };
  const headers = {
    200: { description: "", headers: { "X-A": { schema: { type: "string" } } }, ...json({ type: "string" }) },
  };
  match(httpOf({ responses: one }), /HttpOperation<ActInput, string, ActResponse, string>/);
  match(httpOf({ responses: headers }), /HttpOperation<ActInput, string, ActResponse, never>/);
  match(
    httpOf({ responses: { ...one, 201: { description: "", ...json({ type: "number" }) } } }),
    /HttpOperation<ActInput, string \| number, ActResponse, never>/,
  );
});

test("codecs follow the media type", () => {
  const content = Object.fromEntries(
    [
      "application/json",
      "application/problem+json",
      "text/csv",
      "application/x-www-form-urlencoded",
      "multipart/form-data",
      "image/*",
      "text/event-stream",
      "application/x-ndjson",
      "application/xml",
    ].map((type) => [type, {}]),
  );
  const codecs = [
    ...httpOf({ responses: { 200: { description: "", content } } }).matchAll(/mediaType: "(.*?)", codec: "(.*?)"/g),
  ].map(([, type, codec]) => `${type} ${codec}`);
  strictEqual(
    codecs.join("\n"),
    [
      "application/json json",
      "application/problem+json json",
      "text/csv text",
      "application/x-www-form-urlencoded form",
      "multipart/form-data multipart",
      "image/* binary",
      "text/event-stream eventStream",
      "application/x-ndjson jsonLines",
      "application/xml text",
    ].join("\n"),
  );
});

test("bytes may be given in several ways and are received in one", () => {
  const content = { "application/octet-stream": { schema: { type: "string", format: "binary" } } };
  const text = httpOf({ requestBody: { required: true, content }, responses: { 200: { description: "", content } } });
  match(text, /readonly body: BinaryBody;/);
  match(text, /HttpOperation<ActInput, ReceivedBytes, ActResponse, BinaryBody>/);
});

test("a file in a form is a file part, and its form has a shape", () => {
  const schema = {
    type: "object",
    required: ["file"],
    properties: { file: { type: "string", format: "binary" }, n: { type: "integer" } },
  };
  const text = httpOf({
    requestBody: { required: true, content: { "multipart/form-data": { schema } } },
    responses: { 204: { description: "" } },
  });
  match(text, /readonly body: \{ readonly file: FilePart; readonly n\?: number \};/);
  match(text, /shape: \{ type: "object", properties: \{ file: \{ type: "binary" \}, n: \{ type: "integer" \} \} \},/);
});

test("a choice behind allOf gives the form a shape of each branch", () => {
  const branch = (name: string): object => ({ type: "object", properties: { [name]: { type: ["integer", "null"] } } });
  const schema = { allOf: [{ anyOf: [branch("a"), branch("b")] }, { type: "object", properties: { c: {} } }] };
  const text = httpOf({
    requestBody: { required: true, content: { "multipart/form-data": { schema } } },
    responses: { 204: { description: "" } },
  });
  const member = (name: string): RegExp =>
    new RegExp(`${name}: \\{ type: "union", members: \\[\\{ type: "null" \\}, \\{ type: "integer" \\}\\] \\}`);
  match(text, member("a"));
  match(text, member("b"));
});

test("inline schemas have validators named after where they stand", () => {
  const parameters = [
    { in: "query", name: "page-size", schema: { type: "integer", minimum: 1 } },
    { in: "query", name: "q", schema: { type: "string" } },
  ];
  const responses = { 200: { description: "", ...json({ type: "array", items: { type: "string" } }) } };
  const text = httpOf({ parameters, requestBody: json({ type: "object", properties: {} }), responses });
  match(
    text,
    /import \{ validateActBody, validateActQueryPageSize, validateActResponse200 \} from "\.\/a_validate\.ts";/,
  );
});

test("a fallback names the operation as clients do", () => {
  const paths = {
    "/a": {
      get: {
        operationId: "get-a",
        "x-trilogue": { fallback: { operation: "get-b" } },
        responses: { 204: { description: "" } },
      },
    },
    "/b": { get: { operationId: "get-b", responses: { 204: { description: "" } } } },
  };
  match(
    fileOf(generateFrom({ "a.yaml": openApi({ paths }) }), "a_http.ts"),
    /fallback: \{ kind: "operation", operation: "getB" \}/,
  );
});

test("recursive schemas of parameters have shapes that end", () => {
  const schemas = {
    Tree: {
      type: "object",
      properties: { left: { $ref: "#/components/schemas/Tree" }, right: { $ref: "#/components/schemas/Tree" } },
    },
  };
  const parameters = [
    { in: "query", name: "tree", style: "deepObject", schema: { $ref: "#/components/schemas/Tree" } },
  ];
  const text = fileOf(
    generateFrom({
      "a.yaml": openApi({
        schemas,
        paths: { "/x": { get: { operationId: "act", parameters, responses: { 204: { description: "" } } } } },
      }),
    }),
    "a_http.ts",
  );
  strictEqual(text.length < 60_000, true);
  match(text, /\{ type: "any" \}/);
});

test("the index exports services by name, and by full name where two share one", () => {
  const generated = generateFrom({
    "a/v1/o.yaml": openApi({ title: "Pay" }),
    "a/v2/o.yaml": openApi({ title: "Pay" }),
    "b/o.yaml": openApi({ title: "Shop" }),
  });
  strictEqual(
    fileOf(generated, "index.ts").split("\n").slice(2).join("\n"),
    [
      'export { Pay as AV1Pay } from "./a/v1/o_http.ts";',
      'export { Pay as AV2Pay } from "./a/v2/o_http.ts";',
      'export { Shop } from "./b/o_http.ts";',
      "",
    ].join("\n"),
  );
});
