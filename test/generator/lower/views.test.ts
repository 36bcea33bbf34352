import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Validator } from "../../../runtime/src/descriptor/validate.ts";
import { importText } from "../../support/compile-validators.ts";
import { declarationOf, fileOf, generateFrom, openApi } from "../emit/contracts.ts";

const json = (schema: object): object => ({ content: { "application/json": { schema } } });
const ref = (name: string): object => ({ $ref: `#/components/schemas/${name}` });

/** A contract whose one operation takes and gives `X`. */
function echo(schemas: object, extra: object = {}): string {
  const post = {
    operationId: "echo",
    requestBody: json(ref("X")),
    responses: { 200: { description: "", ...json(ref("X")) } },
  };
  return openApi({ schemas, paths: { "/x": { post } }, ...extra });
}

/** The bodies of declarations, on one line each. */
function declare(text: string, ...names: readonly string[]): readonly string[] {
  const module = fileOf(generateFrom({ "a.yaml": text }), "a_http.ts");
  return names.map((name) =>
    declarationOf(module, name)
      .replace(/^export (?:interface|type) \w+ (?:= )?/, "")
      .replace(/readonly /g, "")
      .replace(/\s+/g, " "),
  );
}

async function validatorsOf(text: string): Promise<Readonly<Record<string, Validator>>> {
  return (await importText(fileOf(generateFrom({ "a.yaml": text }), "a_validate.ts"))) as Record<string, Validator>;
}

const id = { type: "string", readOnly: true };
const secret = { type: "string", writeOnly: true };
const name = { type: "string" };

test("a type without such properties has one view", () => {
  const text = fileOf(generateFrom({ "a.yaml": echo({ X: { type: "object", properties: { name } } }) }), "a_http.ts");
  assert.ok(!text.includes("XInput"));
});

test("a type that only responses carry has no input view", () => {
  const schemas = { X: { type: "object", properties: { name } }, Y: { type: "object", properties: { id, secret } } };
  const text = fileOf(generateFrom({ "a.yaml": echo(schemas) }), "a_http.ts");
  assert.ok(!text.includes("YInput"));
  assert.equal(declarationOf(text, "Y"), "export interface Y {\n  readonly id?: string;\n}");
});

test("required may stand in another branch than the property", () => {
  const schemas = {
    X: { allOf: [ref("Base"), { required: ["id", "name"] }] },
    Base: { type: "object", properties: { id, name } },
  };
  assert.deepEqual(declare(echo(schemas), "X", "XInput"), [
    "Base & { id: string; name: string };",
    "BaseInput & { name: string };",
  ]);
});

test("a base whose property a sibling marks is copied without it", () => {
  const schemas = {
    X: { allOf: [ref("Base"), { type: "object", properties: { id: { readOnly: true } } }] },
    Base: { type: "object", required: ["id", "name"], properties: { id: { type: "string" }, name } },
  };
  assert.deepEqual(declare(echo(schemas), "XInput", "Base"), ["{ name: string; }", "{ id: string; name: string; }"]);
});

test("a property whose $ref leads to a read-only schema is read-only", () => {
  const schemas = {
    X: { type: "object", required: ["at", "by", "name"], properties: { at: ref("At"), by: ref("By"), name } },
    At: { type: "string", format: "date-time", readOnly: true },
    By: { allOf: [ref("At")] },
  };
  assert.deepEqual(declare(echo(schemas), "XInput"), ["{ name: string; }"]);
});

test("lists, maps and inline objects carry the view of what is in them", () => {
  const item = { type: "object", required: ["id"], properties: { id, name } };
  const schemas = {
    X: { type: "object", properties: { list: { type: "array", items: ref("Item") }, inline: item } },
    Item: { type: "object", additionalProperties: item },
  };
  assert.deepEqual(declare(echo(schemas), "XInput", "ItemInput"), [
    "{ list?: ItemInput[]; inline?: { name?: string }; }",
    "{ [key: string]: { name?: string }; }",
  ]);
});

test("recursive types refer to their own view", () => {
  const schemas = { X: { type: "object", properties: { id, children: { type: "array", items: ref("X") } } } };
  assert.deepEqual(declare(echo(schemas), "X", "XInput"), [
    "{ id?: string; children?: X[]; }",
    "{ children?: XInput[]; }",
  ]);
});

test("a union goes by the views of its members, and its tag is sent whatever its mark", () => {
  const member = (kind: string): object => ({
    type: "object",
    required: ["kind", "id"],
    properties: { kind: { type: "string", enum: [kind] }, id },
  });
  const schemas = {
    X: { oneOf: [ref("Cat"), ref("Dog")], discriminator: { propertyName: "kind" } },
    Cat: member("cat"),
    Dog: member("dog"),
  };
  assert.deepEqual(declare(echo(schemas), "XInput", "CatInput"), ["CatInput | DogInput;", '{ kind: "cat"; }']);
  const base = {
    X: {
      type: "object",
      required: ["kind", "id"],
      properties: { kind: { type: "string", readOnly: true }, id },
      discriminator: { propertyName: "kind" },
    },
    Child: { allOf: [ref("X"), { type: "object", properties: { name } }] },
  };
  assert.deepEqual(declare(echo(base), "XInput"), ["{ kind: string; }"]);
});

test("webhooks turn round: the owner of the data calls", () => {
  const X = { type: "object", required: ["id", "secret"], properties: { id, secret } };
  const hook = {
    post: { requestBody: json(ref("X")), responses: { 200: { description: "", ...json(ref("X")) } } },
  };
  const text = openApi({ schemas: { X }, paths: {}, webhooks: { changed: hook } });
  assert.deepEqual(declare(text, "X", "XInput"), ["{ id: string; }", "{ secret: string; }"]);
});

test("views give way to the contract's own names", () => {
  const X = { type: "object", properties: { id, name } };
  const text = fileOf(generateFrom({ "a.yaml": echo({ X, XInput: { type: "string" } }) }), "a_http.ts");
  assert.equal(declarationOf(text, "XInput"), "export type XInput = string;");
  assert.match(text, /readonly body\?: XInputView;/);
  const echoed = fileOf(generateFrom({ "a.yaml": echo({ X: ref("Echo"), Echo: X }) }), "a_http.ts");
  assert.equal(declarationOf(echoed, "EchoInput"), "export interface EchoInput {\n  readonly body?: EchoInputView;\n}");
});

test("a type of another document has its views there", () => {
  const other = JSON.stringify({
    $schema: "https://json-schema.org/draft/2020-12/schema",
    type: "object",
    properties: { id, name },
  });
  const first = echo({ X: { $ref: "./user.json" } });
  const generated = generateFrom({ "a.yaml": first, "user.json": other });
  assert.match(fileOf(generated, "user_schema.ts"), /export interface userInput|export interface UserInput/);
  assert.match(fileOf(generated, "a_http.ts"), /import type \{[^}]*UserInput[^}]*\} from "\.\/user_schema\.ts"/i);
});

test("types that only events carry keep what they have", () => {
  const events = JSON.stringify({
    asyncapi: "3.0.0",
    info: { title: "Events", version: "1" },
    channels: { c: { address: "c", messages: { M: { payload: { $ref: "#/components/schemas/P" } } } } },
    operations: { onM: { action: "receive", channel: { $ref: "#/channels/c" } } },
    components: { schemas: { P: { type: "object", required: ["secret"], properties: { id, secret } } } },
  });
  const text = fileOf(
    generateFrom({ "a.yaml": echo({ X: { type: "object", properties: { id } } }), "e.yaml": events }),
    "e_events.ts",
  );
  assert.equal(
    declarationOf(text, "P"),
    "export interface P {\n  readonly id?: string;\n  readonly secret: string;\n}",
  );
});

test("hidden properties are known to closed objects, and checked when they come", async () => {
  const X = { type: "object", additionalProperties: false, required: ["id", "name"], properties: { id, name } };
  const { validateX, validateXInput } = await validatorsOf(echo({ X }));
  assert.equal(validateXInput?.({ name: "a" }), true);
  assert.equal(validateXInput?.({ name: "a", id: "1" }), true);
  assert.equal(validateXInput?.({ name: "a", id: 1 }), false);
  assert.equal(validateXInput?.({ name: "a", other: 1 }), false);
  assert.equal(validateX?.({ name: "a" }), false);
});

test("members of oneOf that only a read-only name told apart may both fit a request", async () => {
  const X = {
    type: "object",
    properties: { id, slug: name },
    oneOf: [{ required: ["id"] }, { required: ["slug"] }],
  };
  const { validateX, validateXInput } = await validatorsOf(echo({ X }));
  assert.equal(validateXInput?.({ slug: "a" }), true);
  assert.equal(validateX?.({ slug: "a", id: "1" }), false);
});

type Mark = "readOnly" | "writeOnly" | "none";
const marks = fc.constantFrom<Mark>("readOnly", "writeOnly", "none");
const drawnProperties = fc.array(
  fc.record({
    mark: marks,
    isRequired: fc.boolean(),
    way: fc.constantFrom("own", "base", "sibling", "byRef"),
  }),
  { minLength: 1, maxLength: 6 },
);

test("an input needs no read-only property and an output no write-only one, wherever mark and required stand", async () => {
  await fc.assert(
    fc.asyncProperty(drawnProperties, async (properties) => {
      const schemas: Record<string, object> = {};
      const parts = { own: {}, base: {}, sibling: {} } as Record<string, Record<string, object>>;
      const required: string[] = [];
      properties.forEach(({ mark, isRequired, way }, index) => {
        const property = mark === "none" ? name : { ...name, [mark]: true };
        const key = `p${index}`;
        if (isRequired) required.push(key);
        if (way === "byRef") schemas[`T${index}`] = property;
        const part = way === "byRef" ? "own" : way;
        Object.assign(parts[part] ?? {}, { [key]: way === "byRef" ? ref(`T${index}`) : property });
      });
      schemas["Base"] = { type: "object", properties: parts["base"], required };
      schemas["X"] = {
        type: "object",
        properties: parts["own"],
        allOf: [ref("Base"), { properties: parts["sibling"] }],
      };
      const validators = await validatorsOf(echo(schemas));
      const output = validators["validateX"];
      const input = validators["validateXInput"] ?? output;
      const without = (mark: Mark, but?: string): object =>
        Object.fromEntries(
          properties.flatMap((property, index) =>
            property.mark === mark || `p${index}` === but ? [] : [[`p${index}`, "text"]],
          ),
        );
      assert.equal(input?.(without("readOnly")), true, "without read-only ones");
      assert.equal(output?.(without("writeOnly")), true, "without write-only ones");
      properties.forEach(({ mark, isRequired }, index) => {
        const key = `p${index}`;
        assert.equal(input?.(without("readOnly", key)), !isRequired || mark === "readOnly", `input without ${key}`);
        assert.equal(output?.(without("writeOnly", key)), !isRequired || mark === "writeOnly", `output without ${key}`);
        assert.equal(input?.({ ...without("readOnly"), [key]: 1 }), false, `input with a wrong ${key}`);
        assert.equal(output?.({ ...without("writeOnly"), [key]: 1 }), false, `output with a wrong ${key}`);
      });
    }),
    { numRuns: 60 },
  );
});

test("a base that is reached in ever more ways is copied a limited number of times", () => {
  const count = 40;
  const bases = Array.from({ length: count }, (_, index) => {
    return [`B${index}`, { allOf: [ref(`B${index + 1}`), ref(`B${index + 1}`)] }];
  });
  const schemas = {
    X: { allOf: [ref("B0")], properties: { id } },
    ...Object.fromEntries(bases),
    [`B${count}`]: { type: "object", required: ["id"], properties: { id: { type: "string" } } },
  };
  const [input = ""] = declare(echo(schemas), "XInput");
  assert.ok(input !== "" && input.length < 10_000, input.slice(0, 1000));
});
