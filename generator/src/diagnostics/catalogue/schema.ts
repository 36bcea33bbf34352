import { defineMessage, type MessageDefinition } from "../diagnostic.ts";

/** A keyword whose value has the wrong type; it is ignored. */
export const keywordType: MessageDefinition<{ keyword: string; expected: string }> = defineMessage({
  severity: "warning",
  code: "schema-keyword-type",
  message: ({ keyword, expected }) => `keyword "${keyword}" is ignored: expected ${expected}`,
  help: ({ keyword, expected }) => `write "${keyword}" as ${expected}, or remove it`,
});

/** An assertion of another dialect that the model can't carry. */
export const keywordUnsupported: MessageDefinition<{ keyword: string }> = defineMessage({
  severity: "warning",
  code: "schema-keyword-unsupported",
  message: ({ keyword }) => `keyword "${keyword}" is not supported: values are not checked against it`,
  help: () => `express it in JSON Schema 2020-12`,
});

/** A keyword that no dialect knows; it is ignored. */
export const unknownKeyword: MessageDefinition<{ keyword: string; nearest: string | undefined }> = defineMessage({
  severity: "warning",
  code: "schema-unknown-keyword",
  message: ({ keyword }) => `unknown keyword ${JSON.stringify(keyword)}: it says nothing of values here`,
  help: ({ nearest }) =>
    nearest === undefined ? 'remove it, or begin its name with "x-"' : `did you mean ${JSON.stringify(nearest)}?`,
});

/** Both marks on one schema; neither is followed. */
export const readOnlyAndWriteOnly: MessageDefinition<Record<never, never>> = defineMessage({
  severity: "warning",
  code: "schema-read-write-only",
  message: () => `"readOnly" and "writeOnly" are both set: neither is followed`,
  help: () => `keep the one that is meant`,
});

/** A name in `type` that JSON Schema doesn't have. */
export const unknownType: MessageDefinition<{ type: string }> = defineMessage({
  severity: "warning",
  code: "schema-unknown-type",
  message: ({ type }) => `unknown type "${type}": expected null, boolean, integer, number, string, array or object`,
  help: () => `use one of the JSON types, with "format" for the details`,
});

/** A format that no registry has, near one that is known: it is not checked. */
export const formatUnknown: MessageDefinition<{ format: string; nearest: string }> = defineMessage({
  severity: "info",
  code: "schema-format-unknown",
  message: ({ format }) => `unknown format ${JSON.stringify(format)}; values are not checked against it`,
  help: ({ nearest }) => `did you mean "${nearest}"?`,
});

/** A rule for whole numbers of 64 bits whose own number lost digits when the contract was read. */
export const numberRounded: MessageDefinition<{ keyword: string; value: number }> = defineMessage({
  severity: "warning",
  code: "schema-number-rounded",
  message: ({ keyword, value }) =>
    `"${keyword}" has a number that 53 bits can't hold: values are compared with ${BigInt(value)} instead`,
  help: ({ keyword }) =>
    `keep the numbers of "${keyword}" between -${Number.MAX_SAFE_INTEGER} and ${Number.MAX_SAFE_INTEGER}`,
});

/** A pattern of older JavaScript, without the flag `u` that JSON Schema asks for. */
export const patternLegacy: MessageDefinition<{ pattern: string; repaired: string | undefined }> = defineMessage({
  severity: "info",
  code: "schema-pattern-legacy",
  message: ({ pattern }) => `pattern "${pattern}" can only be read without the flag "u"; it is read so`,
  help: ({ repaired }) =>
    repaired === undefined
      ? `write it as a regular expression of ECMA-262 with the flag "u"`
      : `write ${JSON.stringify(repaired)}`,
});

/** An `enum` without any value. Beside schemas that say what is valid it is ignored, else nothing is valid. */
export const enumEmpty: MessageDefinition<{ isIgnored: boolean }> = defineMessage({
  severity: "warning",
  code: "schema-enum-empty",
  message: ({ isIgnored }) =>
    `"enum" lists no values${isIgnored ? "; it is ignored, for what stands beside it" : ", so no value is valid here"}`,
  help: () => `list the values, or remove "enum"`,
});

/** A dialect whose metaschema isn't at hand. */
export const dialectUnknown: MessageDefinition<{ uri: string }> = defineMessage({
  severity: "warning",
  code: "schema-dialect-unknown",
  message: ({ uri }) => `unknown schema dialect ${JSON.stringify(uri)}; it is read as JSON Schema 2020-12`,
  help: () => `use a dialect of json-schema.org, or save its metaschema, with this "$id", next to the contracts`,
});

/** A vocabulary that a metaschema requires and that gives keywords a meaning which isn't known here. */
export const vocabularyUnknown: MessageDefinition<{ uri: string }> = defineMessage({
  severity: "warning",
  code: "schema-vocabulary-unknown",
  message: ({ uri }) => `the dialect requires the vocabulary ${JSON.stringify(uri)}; values are not checked by it`,
  help: () => `express what it says in keywords of JSON Schema 2020-12`,
});

/** A `$dynamicRef` beside a `$ref`: only one of them is followed. */
export const dynamicRefBesideRef: MessageDefinition<Record<never, never>> = defineMessage({
  severity: "error",
  code: "schema-two-refs",
  message: () => `"$ref" and "$dynamicRef" stand side by side; a schema is followed by one of them here`,
  help: () => `put one of them into an "allOf"`,
});

/** A pattern that is not a regular expression of ECMAScript. */
export const patternInvalid: MessageDefinition<{ pattern: string }> = defineMessage({
  severity: "warning",
  code: "schema-pattern",
  message: ({ pattern }) => `pattern is ignored: "${pattern}" is not a regular expression of ECMA-262`,
  help: () => `write it without inline flags, possessive quantifiers and the like`,
});

/** `nullable` in a dialect that dropped it; it is honoured. */
export const oldNullable: MessageDefinition<{ version: string }> = defineMessage({
  severity: "warning",
  code: "schema-old-nullable",
  message: ({ version }) => `"nullable" has no meaning in ${version}; it is read as OpenAPI 3.0 reads it`,
  help: () => `write type: [..., "null"] instead`,
});

/** Assertions beside a `$ref` where the dialect ignores them. */
export const refSiblings: MessageDefinition<{ keywords: readonly string[] }> = defineMessage({
  severity: "info",
  code: "schema-ref-siblings",
  message: ({ keywords }) =>
    `beside "$ref" this version ignores ${keywords.map((keyword) => `"${keyword}"`).join(", ")}`,
  help: () => `put the $ref into an "allOf"`,
});

/** Something that is no schema stands where one is expected. */
export const notASchema: MessageDefinition<{ found: string }> = defineMessage({
  severity: "warning",
  code: "schema-expected",
  message: ({ found }) => `expected a schema (an object or a boolean), found ${found}; it is read as any value`,
  help: () => `write an object with schema keywords`,
});

/** Inline schemas that are nested beyond the limit. */
export const nestingTooDeep: MessageDefinition<{ limit: number }> = defineMessage({
  severity: "error",
  code: "schema-nesting",
  message: ({ limit }) => `schema is nested more than ${limit} levels deep`,
  help: () => `name the inner schemas and refer to them by $ref`,
});

/** More schemas than a run may hold. */
export const tooManySchemas: MessageDefinition<{ limit: number }> = defineMessage({
  severity: "error",
  code: "schema-count",
  message: ({ limit }) => `the contracts hold more than ${limit} schemas`,
  help: () => `generate from fewer contracts at a time`,
});

/** A schema that is reached with ever other dynamic anchors. */
export const tooManyVariants: MessageDefinition<{ name: string; limit: number }> = defineMessage({
  severity: "error",
  code: "schema-dynamic-count",
  message: ({ name, limit }) => `schema "${name}" means more than ${limit} things, by the anchors that lead to it`,
  help: () => `use fewer "$dynamicAnchor", or "$ref" where a reference always means the same`,
});

/** A reference into a format that this run has no reader for. */
export const foreignSchema: MessageDefinition<{ format: string }> = defineMessage({
  severity: "error",
  code: "schema-foreign",
  message: ({ format }) => `"$ref" leads to ${format}, which can't be read here`,
  help: () => `refer to a JSON Schema, or name the format by "schemaFormat"`,
});

/** A discriminator mapping to a schema that is not one of the alternatives. */
export const mappingNoMember: MessageDefinition<{ value: string; target: string }> = defineMessage({
  severity: "warning",
  code: "discriminator-mapping-no-member",
  message: ({ value, target }) => `discriminator maps "${value}" to "${target}", which is not one of the alternatives`,
  help: () => `add it to oneOf or anyOf, or remove the mapping`,
});

/** The mapping says one literal, the member's own schema another. */
export const discriminatorConflict: MessageDefinition<{
  property: string;
  mapped: readonly string[];
  member: string;
  allowed: readonly string[];
}> = defineMessage({
  severity: "warning",
  code: "discriminator-conflict",
  message: ({ property, mapped, member, allowed }) =>
    `discriminator maps ${quoteAll(mapped)} to "${member}", whose "${property}" allows only ${quoteAll(allowed)}`,
  help: () => `make the mapping and the member's const or enum agree`,
});

/** Two members can't be told apart by the discriminator. */
export const discriminatorAmbiguous: MessageDefinition<{ value: string; members: readonly string[] }> = defineMessage({
  severity: "warning",
  code: "discriminator-ambiguous",
  message: ({ value, members }) => `discriminator value "${value}" stands for ${quoteAll(members)}; it is ignored`,
  help: () => `give each member its own const, or add a mapping`,
});

/** A discriminator over a member without a name, or without its property name. */
export const discriminatorUnusable: MessageDefinition<{ why: string }> = defineMessage({
  severity: "info",
  code: "discriminator-unusable",
  message: ({ why }) => `discriminator is not used, the alternatives are tried in turn: ${why}`,
  help: () => `give "propertyName", and alternatives that are all references`,
});

/** A discriminator over a property that alternatives don't have: no value could be told by it. */
export const discriminatorUndeclared: MessageDefinition<{
  property: string;
  members: readonly string[];
  nearest: string | undefined;
}> = defineMessage({
  severity: "warning",
  code: "discriminator-undeclared",
  message: ({ property, members }) =>
    `discriminator.propertyName is "${property}", which ${quoteAll(members)} ${members.length === 1 ? "does" : "do"} ` +
    `not declare; the alternatives are tried in turn`,
  help: ({ property, nearest }) =>
    nearest === undefined ? `declare "${property}" in each alternative` : `did you mean "${nearest}"?`,
});

function quoteAll(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(", ");
}

/** A schema that extends a base whose union it is in, as generators of Java contracts write inheritance. */
export const circularBase: MessageDefinition<{ name: string; base: string }> = defineMessage({
  severity: "warning",
  code: "schema-circular-base",
  message: ({ name, base }) =>
    `schema "${name}" extends "${base}", of which it is an alternative; it is read as extending the rest of "${base}"`,
  help: ({ base }) => `move the fields that all alternatives share out of "${base}" into a schema of their own`,
});

/** A schema that contains itself in place, otherwise than by the inheritance of `circularBase`. */
export const circularPart: MessageDefinition<{ name: string; base: string }> = defineMessage({
  severity: "warning",
  code: "schema-circular-part",
  message: ({ name, base }) =>
    name === base
      ? `schema "${name}" contains itself in place; that part adds nothing and is left out`
      : `schema "${name}" contains "${base}" in place, which leads back to it; that part is left out there`,
  help: () => `put the inner one into a property, or remove it`,
});
