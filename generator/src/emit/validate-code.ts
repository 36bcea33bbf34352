import { group, hardLine, indent, line, softLine } from "../code/build.ts";
import type { Code, CodeSymbol } from "../code/code.ts";
import { quote } from "../code/text.ts";
import type { NamedType, Schema, TypeId } from "../model/schema.ts";
import type { JsonValue } from "../source/json.ts";
import { runtimeSymbol } from "./runtime-symbols.ts";

/** What the compiler of one module of validators knows and collects. */
export interface ValidatorScope {
  readonly types: ReadonlyMap<TypeId, NamedType>;
  /** The generated validator of a named type; undefined for types that have none (proto messages). */
  readonly validatorOf: (id: TypeId) => CodeSymbol | undefined;
  /** Constants and functions that only this module uses, by their text, so that equal ones are shared. */
  readonly hoisted: Map<string, string>;
  readonly statements: Code[];
  /** Name of the validator being compiled; parts of it are named after it. */
  owner: string;
  counter: number;
  /** Statements that check a subject against a schema. */
  readonly compile: (schema: Schema, subject: Subject) => Code[];
  /** An expression that is true when the value fits. */
  readonly predicate: (schema: Schema, value: string) => Code;
}

/** The value under test, and the expression of its JSON Pointer, which is only computed when issues are wanted. */
export interface Subject {
  readonly value: string;
  readonly path: Code;
}

/** The argument that hands a subject's pointer on. */
export function pointerOf(subject: Subject): Code {
  return subject.path === "p" ? "p" : ["i && ", subject.path];
}

/** The subject of an entry: its value under a name, its pointer one token longer. */
export function entryOf(subject: Subject, value: string, tokenCode: Code): Subject {
  return { value, path: [subject.path, " + ", tokenCode] };
}

/** What a value was expected to be, by the keyword that asks for it. */
export type Fault = readonly [keyword: string, expected: string];

/** `if (<bad> && fail(...)) return false;`, laid out as prettier does; without `bad` it fails always. */
export function check(bad: Code | undefined, subject: Subject, fault: Fault): Code {
  const call: Code = [
    runtimeSymbol("fail"),
    "(i, ",
    pointerOf(subject),
    ", [",
    quote(fault[0]),
    ", ",
    quote(clip(fault[1])),
    "])",
  ];
  return exitIf(bad === undefined ? call : [bad, " &&", line, call]);
}

/** `!test`, with parentheses only around what needs them. */
export function negate(test: Code): Code {
  if (typeof test !== "string") return ["!", test];
  if (/^[^&|?]* === [^&|?]*$/.test(test)) return test.replace(" === ", " !== ");
  return /^[\w.]+\([^()]*\)$/.test(test) ? `!${test}` : `!(${test})`;
}

/** `if (!validateX(value, pointer, i) && !i) return false;`: the callee has noted its issues. */
export function delegate(validator: Code, subject: Subject): Code {
  return exitIf(["!", validator, "(", subject.value, ", ", pointerOf(subject), ", i) &&", line, "!i"]);
}

/** `if (<condition>) return false;` */
function exitIf(condition: Code): Code {
  return group(["if (", group([indent([softLine, condition]), softLine]), ")", indent([line, "return false;"])]);
}

/** A block of statements under a head: `if (x) { ... }`. */
export function block(head: Code, statements: readonly Code[]): Code {
  return [head, " {", indent(statements.map((statement) => [hardLine, statement])), hardLine, "}"];
}

/** A name that is new in the module. */
export function freshName(scope: ValidatorScope, stem: string): string {
  scope.counter += 1;
  return `${stem}${scope.counter}`;
}

/** A constant at the top of the module, shared by everything with the same text. */
export function hoist(scope: ValidatorScope, stem: string, expression: string): string {
  const known = scope.hoisted.get(expression);
  if (known !== undefined) return known;
  const name = `${stem}${scope.hoisted.size + 1}`;
  scope.hoisted.set(expression, name);
  scope.statements.push(`const ${name} = ${expression};`);
  return name;
}

/** The regular expression as JavaScript writes it, with the `u` flag where it can be read so; undefined when it can't. */
export function toRegExp(pattern: string): string | undefined {
  for (const flags of ["u", ""]) {
    try {
      new RegExp(pattern, flags);
      return `new RegExp(${quote(pattern)}${flags === "" ? "" : `, "${flags}"`})`;
    } catch {
      // Not readable with these flags; the caller reports patterns that are readable with none.
    }
  }
  return undefined;
}

/** Whether the schema says nothing at all, so that there is nothing to check. */
export function isTrivial(schema: Schema): boolean {
  return schema.always === true || schema.message !== undefined;
}

function clip(text: string): string {
  return text.length <= 100 ? text : `${text.slice(0, 97)}...`;
}

/** JSON as a JavaScript expression; `__proto__` stays a plain key. */
export function printJson(value: JsonValue | readonly JsonValue[]): string {
  if (typeof value === "string") return quote(value);
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.map((item: JsonValue) => printJson(item)).join(", ")}]`;
  const entries = Object.entries(value).map(
    ([key, entry]) => `${key === "__proto__" ? '["__proto__"]' : quote(key)}: ${printJson(entry as JsonValue)}`,
  );
  return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
}
