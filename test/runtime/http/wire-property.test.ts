import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { HttpMediaType, HttpParameter, ParameterStyle, ValueShape } from "../../../runtime/src/descriptor/http.ts";
import type { ValidationIssue } from "../../../runtime/src/descriptor/validate.ts";
import { bytesOf, decodeBody, encodeBody, openBody } from "../../../runtime/src/http/bodies.ts";
import { parseMediaType } from "../../../runtime/src/http/media-type.ts";
import { serverLimits } from "../../../runtime/src/http/message.ts";
import { UnwritableValue } from "../../../runtime/src/http/parameters-write.ts";
import { read, write } from "./wire-parameters.ts";

const styles: readonly (readonly [HttpParameter["in"], ParameterStyle])[] = [
  ["path", "simple"],
  ["path", "label"],
  ["path", "matrix"],
  ["query", "form"],
  ["query", "spaceDelimited"],
  ["query", "pipeDelimited"],
  ["query", "deepObject"],
  ["header", "simple"],
  ["cookie", "form"],
  ["cookie", "cookie"],
];

const text = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: "binary", maxLength: 8 }).map((value) => value.toWellFormed()),
  fc.constantFrom("", "a,b", "a;b=c", "a&b", "%41", "%", "..", "a/b c?d", "é😀", "null", "true", "1", "[0]", "+"),
);

/** A shape with the values that it has. */
type Drawn = readonly [ValueShape, fc.Arbitrary<unknown>];

const scalars: readonly Drawn[] = [
  [{ type: "string" }, text],
  [{ type: "integer" }, fc.maxSafeInteger()],
  [{ type: "number" }, fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0)],
  [{ type: "boolean" }, fc.boolean()],
];
const properties = { a: { type: "string" }, "b c": { type: "integer" }, "d/é": { type: "boolean" } } as const;
const lists = scalars.map(([items, value]): Drawn => [{ type: "array", items }, fc.array(value, { maxLength: 4 })]);
const object: Drawn = [
  { type: "object", properties },
  fc.record({ a: text, "b c": fc.maxSafeInteger(), "d/é": fc.boolean() }, { requiredKeys: [], noNullPrototype: true }),
];
const map: Drawn = [
  { type: "object", properties: {}, additional: { type: "string" } },
  fc.dictionary(text, text, { maxKeys: 3, noNullPrototype: true }),
];
const shapes: readonly Drawn[] = [...scalars, ...lists, object, map];

const isEmpty = (value: unknown): boolean =>
  typeof value === "object" && value !== null && Object.keys(value).length === 0;

for (const [place, style] of styles) {
  test(`${place} ${style}: what is written is read as the same value, or it is refused`, () => {
    let written = 0;
    fc.assert(
      fc.property(
        fc.boolean(),
        fc.constantFrom(...shapes).chain(([shape, value]) => fc.tuple(fc.constant(shape), value)),
        (explode, [shape, value]) => {
          const parameter: HttpParameter = { in: place, name: "p", required: true, style, explode, shape };
          const sent = write(parameter, value);
          if (sent.issues.length > 0) {
            assert.match(sent.issues[0]?.pointer ?? "", new RegExp(`^/${place}/p`));
            return;
          }
          written += 1;
          const got = read(parameter, sent.text);
          assert.deepEqual(got.issues, [], sent.text);
          assert.deepEqual(got.value, value, sent.text);
        },
      ),
      { numRuns: 600 },
    );
    assert.ok(written > 100, `${written} were written`);
  });
}

const fields: readonly Drawn[] = [...scalars, ...lists, object];
const formOf = (codec: "form" | "multipart"): HttpMediaType => ({
  mediaType: codec === "form" ? "application/x-www-form-urlencoded" : "multipart/form-data",
  codec,
  shape: { type: "object", properties: Object.fromEntries(fields.map(([shape], index) => [`p${index}`, shape])) },
});

for (const codec of ["form", "multipart"] as const) {
  test(`${codec}: what is written is read as the same value, or it is refused`, async () => {
    const media = formOf(codec);
    const record = fc.record(Object.fromEntries(fields.map(([, value], index) => [`p${index}`, value])), {
      requiredKeys: [],
      noNullPrototype: true,
    });
    await fc.assert(
      fc.asyncProperty(record, async (value) => {
        const body = encodeBody(media, value);
        const issues: ValidationIssue[] = [];
        const got = await decodeBody(await bytesOf(body, 1e6), {
          media,
          type: parseMediaType((await openBody(body)).contentType),
          limits: serverLimits,
          issues,
          pointer: "/body",
          validate: true,
          streamsFiles: false,
        }).catch((error: unknown) => {
          if (error instanceof UnwritableValue) return undefined;
          throw error;
        });
        // A list without items is no field at all: the form can't tell it from one that is not there.
        const present = Object.entries(value).filter(([, item]) => !(Array.isArray(item) && isEmpty(item)));
        assert.deepEqual(issues, []);
        assert.deepEqual(got, present.length === 0 && got === undefined ? undefined : Object.fromEntries(present));
      }),
      { numRuns: 300 },
    );
  });
}
