import assert from "node:assert/strict";
import { test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import type { ValidationIssue } from "../../../runtime/src/descriptor/validate.ts";
import { compileValidators } from "../../support/compile-validators.ts";

type Drawn = object | boolean;

/** Names of definitions that drawn schemas refer to; each refers to the next at most, so that none contains itself. */
const definitions = ["D0", "D1", "D2"] as const;

/**
 * A schema of one to three keyword groups; all keywords of 2020-12 that assert or apply occur. `contains`
 * doesn't meet `unevaluatedItems`, because Ajv takes all items for evaluated by it, not only those that fit; nor
 * `prefixItems`, because Ajv then forgets it for `[]`.
 */
function schemasOver(refs: readonly string[], hasContains: boolean): fc.Arbitrary<Drawn> {
  return fc.letrec<{ schema: Drawn }>((tie) => {
    const part = tie("schema");
    const parts = (max: number): fc.Arbitrary<Drawn[]> => fc.array(part, { minLength: 1, maxLength: max });
    const count = fc.nat(3);
    const bound = fc.integer({ min: -3, max: 4 });
    const patterns = fc.constantFrom("^a", "b$", "^.b", "\\p{Lu}");
    const group = fc.oneof(
      fc.record({ type: fc.constantFrom(...types) }),
      fc.record({ type: fc.uniqueArray(fc.constantFrom(...types), { minLength: 1, maxLength: 3 }) }),
      fc.record({ minLength: count, maxLength: fc.integer({ min: 1, max: 4 }) }, { requiredKeys: [] }),
      fc.record({ pattern: patterns }),
      fc.record(
        { minimum: bound, exclusiveMinimum: bound, maximum: bound, exclusiveMaximum: bound },
        { requiredKeys: [] },
      ),
      fc.record({ multipleOf: fc.constantFrom(0.5, 2, 1.5) }),
      fc.record({ enum: fc.uniqueArray(fc.constantFrom<unknown>(...data), { minLength: 1, maxLength: 4 }) }),
      fc.record({ const: fc.constantFrom<unknown>(...data) }),
      fc.record(
        {
          properties: fc.dictionary(names, part, { maxKeys: 3 }),
          patternProperties: fc.dictionary(patterns, part, { minKeys: 1, maxKeys: 2 }),
          additionalProperties: part,
          required: fc.uniqueArray(names, { maxLength: 2 }),
        },
        { requiredKeys: [] },
      ),
      fc.record({ minProperties: count, maxProperties: count }, { requiredKeys: [] }),
      fc.record({ propertyNames: part }),
      fc.record({ dependentRequired: fc.dictionary(names, fc.uniqueArray(names, { maxLength: 2 }), { maxKeys: 2 }) }),
      fc.record({ dependentSchemas: fc.dictionary(names, part, { minKeys: 1, maxKeys: 2 }) }),
      hasContains
        ? fc.record({ items: part })
        : fc.record({ prefixItems: parts(2), items: part }, { requiredKeys: [] }),
      fc.record({ uniqueItems: fc.boolean(), minItems: count, maxItems: count }, { requiredKeys: [] }),
      hasContains
        ? fc.record({ contains: part, minContains: fc.nat(2), maxContains: count }, { requiredKeys: ["contains"] })
        : fc.record({ unevaluatedItems: part }),
      fc.record({ anyOf: parts(3) }),
      fc.record({ oneOf: parts(3) }),
      fc.record({ allOf: parts(2) }),
      fc.record({ not: part }),
      fc.record({ if: part, then: part, else: part }, { requiredKeys: ["if"] }),
      fc.record({ unevaluatedProperties: part }),
      ...(refs.length === 0 ? [] : [fc.record({ $ref: fc.constantFrom(...refs.map((name) => `#/$defs/${name}`)) })]),
    );
    const groups = fc.array(group, { minLength: 1, maxLength: 3 });
    const leaf = fc.oneof(fc.boolean(), fc.record({ type: fc.constantFrom(...types) }));
    return {
      schema: fc.oneof(
        { maxDepth: 3, depthSize: "small" },
        leaf,
        groups.map((found): Drawn => Object.assign({}, ...(found as readonly object[])) as object),
      ),
    };
  }).schema;
}

const types = ["string", "integer", "number", "boolean", "null", "array", "object"] as const;
const names = fc.constantFrom("a", "b", "ab", "isPrototypeOf");
const data = [1, "a", null, true, 0, "", [1], { a: 1 }, { b: [], a: 1 }] as const;

const values: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<unknown>(null, true, false, 0, 1, 2.5, -3, "", "a", "ab", "Äb", "😀b", "abcde"),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(names, tie("value"), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;

const drawn = fc.boolean().chain((hasContains) =>
  fc.record({
    root: schemasOver(definitions, hasContains),
    D0: schemasOver(["D1", "D2"], hasContains),
    D1: schemasOver(["D2"], hasContains),
    D2: schemasOver([], hasContains),
    samples: fc.array(values, { minLength: 20, maxLength: 20 }),
  }),
);

// Ajv reads inherited properties; `ownProperties` makes it see what JSON has.
const ajvOptions = { strict: false, ownProperties: true, logger: false } as const;

test("says what Ajv says of generated schemas and values", async () => {
  const cases = fc.sample(drawn, { numRuns: 150, seed: 11 });
  let accepted = 0;
  for (const [index, { root, D0, D1, D2, samples }] of cases.entries()) {
    const $defs = { Root: root, D0, D1, D2 };
    const validate = await compileValidators({ $defs }).get("Root");
    const reference = new Ajv2020(ajvOptions).compile({ $defs, $ref: "#/$defs/Root" });
    for (const value of samples) {
      const context = (): string => `${index}: ${JSON.stringify($defs)} for ${JSON.stringify(value)}`;
      const isValid = validate(value);
      if (isValid) accepted++;
      assert.equal(isValid, reference(value), context());
      const issues: ValidationIssue[] = [];
      assert.equal(validate(value, "", issues), isValid, context());
      assert.equal(issues.length === 0, isValid, context());
      for (const { pointer } of issues) assert.ok(leadsSomewhere(value, pointer), `${pointer} in ${context()}`);
    }
  }
  assert.ok(accepted > 500 && accepted < 2500, `both verdicts occur: ${accepted} accepted`);
});

/** Whether a pointer leads to a value: issues name what is there, not what is missing. */
function leadsSomewhere(value: unknown, pointer: string): boolean {
  return (
    pointer
      .split("/")
      .slice(1)
      .reduce<{ readonly value: unknown } | undefined>(
        (at, segment) => {
          const key = segment.replaceAll("~1", "/").replaceAll("~0", "~");
          const holder = at?.value;
          return typeof holder === "object" && holder !== null && Object.hasOwn(holder, key)
            ? { value: (holder as Readonly<Record<string, unknown>>)[key] }
            : undefined;
        },
        { value },
      ) !== undefined
  );
}
