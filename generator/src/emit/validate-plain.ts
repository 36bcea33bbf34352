import type { CodegenValueName } from "@trilogue/runtime/codegen/symbols";
import type { Code } from "../code/code.ts";
import { quote } from "../code/text.ts";
import type { JsonType, Schema } from "../model/schema.ts";
import { assertionsOf, holdsBytes } from "../plan/schema-facts.ts";
import { runtimeSymbol } from "./runtime-symbols.ts";
import { argumentList, hoist, pointerOf, type Exit, type Subject, type ValidatorScope } from "./validate-code.ts";
import { formatCheckOf } from "./validate-formats.ts";
import { impliesTypes } from "./validate-schema.ts";

/**
 * One call of the runtime for a schema that is no more than a scalar type, a format of text, or a list of scalars: what
 * most properties are. It passes `undefined`, so that it suits optional properties. Undefined for any other schema.
 */
export function compilePlain(schema: Schema, subject: Subject, scope: ValidatorScope): Exit | undefined {
  const assertions = assertionsOf(schema);
  if (schema.bigint === true || assertions.length === 0 || !assertions.every((keyword) => plainKeywords.has(keyword)))
    return undefined;
  if (schema.enum !== undefined) return compileList(schema, subject, scope);
  const { types = [] } = schema;
  const [type] = types.filter((each) => each !== "null");
  const isNullable = types.includes("null");
  if (type === undefined || types.length !== (isNullable ? 2 : 1)) return undefined;
  if (schema.format !== undefined && type !== "string") return undefined;
  const format = formatCheckOf(schema, scope);
  if (format !== undefined) {
    if (isNullable) return undefined;
    return callOf("badFormat", [runtimeSymbol(format[0]), quote(format[1])], subject);
  }
  const name = holdsBytes(schema) ? undefined : checks[type];
  return name === undefined ? undefined : callOf(isNullable ? `${name}OrNull` : name, [], subject);
}

const plainKeywords: ReadonlySet<string> = new Set(["types", "format", "enum"]);

const checks: Readonly<Partial<Record<JsonType, "badBoolean" | "badInteger" | "badNumber" | "badString">>> = {
  boolean: "badBoolean",
  integer: "badInteger",
  number: "badNumber",
  string: "badString",
};

function compileList(schema: Schema, subject: Subject, scope: ValidatorScope): Exit | undefined {
  const values = schema.enum ?? [];
  const isScalar = values.every((value) => typeof value !== "object" || value === null);
  if (!isScalar || schema.format !== undefined || (schema.types !== undefined && !impliesTypes(schema)))
    return undefined;
  return callOf("badEnum", [hoist(scope, "values", values, "new Set<unknown>")], subject);
}

/** The pointer is put together by the runtime, and only when an issue is noted. */
function callOf(name: CodegenValueName, options: readonly Code[], subject: Subject): Exit {
  const isFixed = subject.path.every((token) => typeof token === "string");
  const place: readonly Code[] = isFixed ? ["p", quote(subject.path.join(""))] : [pointerOf(subject)];
  const note: Code = [runtimeSymbol(name), argumentList([subject.value, ...options, "i", ...place])];
  return { kind: "exit", bad: [], note, isPure: false };
}
