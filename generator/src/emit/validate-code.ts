import { group, hardLine, ifBroken, indent, join, line, softLine } from "../code/build.ts";
import type { Code, CodeSymbol } from "../code/code.ts";
import { assignment, call, type LiteralValue } from "../code/literal.ts";
import { quote } from "../code/text.ts";
import type { NamedType, Schema, TypeId } from "../model/schema.ts";
import type { JsonValue } from "../source/json.ts";
import { runtimeSymbol } from "./runtime-symbols.ts";
import type { RepeatedSchemas } from "./validate-repeated.ts";

/** What the compiler of one module of validators knows and collects. */
export interface ValidatorScope {
  readonly types: ReadonlyMap<TypeId, NamedType>;
  /** The generated validator of a named type; undefined for types that have none (proto messages). */
  readonly validatorOf: (id: TypeId) => CodeSymbol | undefined;
  readonly checksFormats: boolean;
  /** Constants and functions that only this module uses, by their text, so that equal ones are shared. */
  readonly hoisted: Map<string, string>;
  readonly statements: Code[];
  /** Name of the validator being compiled; parts of it are named after it. */
  owner: string;
  counter: number;
  /** Equal schemas of the module, and the functions that were made for them. */
  readonly repeated: RepeatedSchemas;
  readonly functions: Map<number, Code>;
  /** Statements that check a subject against a schema. */
  readonly compile: (schema: Schema, subject: Subject) => readonly Statement[];
  /** The one call that checks a plain schema, `undefined` passing; undefined for other schemas. */
  readonly plain: (schema: Schema, subject: Subject) => Exit | undefined;
  /** An expression that is true when the value fits. */
  readonly predicate: (schema: Schema, value: string) => Code;
}

/** The value under test, and where it is: tokens below the pointer `p` that the function was given. */
export interface Subject {
  readonly value: string;
  /** Text of the pointer, and expressions for what only running code knows. */
  readonly path: readonly (string | { readonly expression: Code })[];
}

/** The subject of a whole function. */
export const wholeSubject: Subject = { value: "v", path: [] };

/** The subject of an entry: its value under a name, its pointer longer by what leads to it. */
export function entryOf(subject: Subject, value: string, ...tokens: Subject["path"]): Subject {
  return { value, path: [...subject.path, ...tokens] };
}

/** The argument that hands a subject's pointer on; it is only computed when issues are wanted. */
export function pointerOf({ path }: Subject): Code {
  if (path.length === 0) return "p";
  const parts: Code[] = ["i && p"];
  let text = "";
  const flush = (): void => {
    if (text !== "") parts.push(" + ", quote(text));
    text = "";
  };
  for (const token of path) {
    if (typeof token === "string") text += token;
    else {
      flush();
      parts.push(" + ", token.expression);
    }
  }
  flush();
  return parts;
}

/** A statement of a validator. Those with a kind of their own can be merged with the condition they stand under. */
export type Statement = Code | Exit | Either;

/** `if (<bad> && <note>) return false;`: leaves the function when something is wrong and no more issues are wanted. */
export interface Exit {
  readonly kind: "exit";
  /** Parts that all hold when something is wrong; none: it always is. */
  readonly bad: readonly Code[];
  readonly note: Code;
  /** Whether `bad` alone decides; not so when it notes issues by itself. */
  readonly isPure: boolean;
}

/** `if (<test>) { <body> } else <otherwise>` */
export interface Either {
  readonly kind: "either";
  readonly test: Code;
  readonly body: readonly Statement[];
  readonly otherwise: Exit;
}

/** What a value was expected to be, by the keyword that asks for it. */
export type Fault = readonly [keyword: string, expected: string];

/** Notes a fault when `bad` holds; without `bad` always. */
export function check(bad: Code | undefined, subject: Subject, fault: Fault): Exit {
  const [keyword, expected] = fault.map((text) => quote(clip(text)));
  const pair = group(["[", indent([softLine, keyword ?? "", ",", line, expected ?? ""]), ifBroken(","), softLine, "]"]);
  const note: Code = [runtimeSymbol("fail"), "(i, ", pointerOf(subject), ", ", pair, ")"];
  return { kind: "exit", bad: bad === undefined ? [] : [bad], note, isPure: true };
}

/** `if (!validateX(value, pointer, i) && !i) return false;`: the callee has noted its issues. */
export function delegate(validator: Code, subject: Subject): Exit {
  const bad: Code = ["!", validator, argumentList([subject.value, pointerOf(subject), "i"])];
  return { kind: "exit", bad: [bad], note: "!i", isPure: false };
}

/** `(a, b)`: arguments or parameters, one a line when they don't fit. */
export function argumentList(codes: readonly Code[]): Code {
  return group(["(", indent([softLine, join([",", line], codes)]), ifBroken(","), softLine, ")"]);
}

/** Statements under a condition, merged into one where they are one. */
export function when(test: Code, statements: readonly Statement[]): Statement {
  const [only] = statements;
  if (statements.length === 1 && typeof only === "object" && "kind" in only && only.kind === "exit") {
    return { ...only, bad: [test, ...only.bad] };
  }
  return block(["if (", test, ")"], statements);
}

/** As `when`, for values other than `undefined` or `null`: those of a known type are so, and need no test for it. */
export function whenNot(value: string, absent: "undefined" | "null", statements: readonly Statement[]): Statement {
  const test = `${value} !== ${absent}`;
  const [only] = statements;
  if (statements.length === 1 && typeof only === "object" && "kind" in only && only.kind === "either") {
    return { ...only, otherwise: { ...only.otherwise, bad: [test, ...only.otherwise.bad] } };
  }
  return when(test, statements);
}

/** A block of statements under a head: `for (...) { ... }`. */
export function block(head: Code, statements: readonly Statement[]): Code {
  return [head, " {", indent(statements.map((statement) => [hardLine, statementCode(statement)])), hardLine, "}"];
}

function statementCode(statement: Statement): Code {
  if (typeof statement !== "object" || !("kind" in statement)) return statement;
  if (statement.kind === "exit") return exitIf(statement);
  if (statement.kind !== "either") return statement;
  return [block(["if (", statement.test, ")"], statement.body), " else ", exitIf(statement.otherwise)];
}

function exitIf({ bad, note }: Exit): Code {
  const condition = join([" &&", line], [...bad, note]);
  return group(["if (", group([indent([softLine, condition]), softLine]), ")", indent([line, "return false;"])]);
}

/** `!test`, with parentheses only around what needs them. */
export function negate(test: Code): Code {
  if (typeof test !== "string") return ["!", test];
  if (/^[^&|?]* [!=]== [^&|?]*$/.test(test)) {
    return test.includes(" === ") ? test.replace(" === ", " !== ") : test.replace(" !== ", " === ");
  }
  if (/^![\w.]+\([^()]*\)$/.test(test)) return test.slice(1);
  return /^[\w.]+\([^()]*\)$/.test(test) ? `!${test}` : `!(${test})`;
}

/** Tests of which one must hold, in parentheses, one a line when they don't fit. */
export function anyOf(tests: readonly Code[]): Code {
  return group(["(", indent(join([" ||", line], tests)), ")"]);
}

/** `!(a || b)`: that none of several tests holds, one a line when they don't fit. */
export function noneHolds(tests: readonly Code[]): Code {
  return ["!(", group([indent([softLine, join([" ||", line], tests)]), softLine]), ")"];
}

/** A name that is new in the module. */
export function freshName(scope: ValidatorScope, stem: string): string {
  scope.counter += 1;
  return `${stem}${scope.counter}`;
}

/** A constant at the top of the module, shared by everything with the same value; `constructor` is called with it. */
export function hoist(scope: ValidatorScope, stem: string, value: JsonValue, constructor = ""): string {
  const key = `${constructor} ${JSON.stringify(value)}`;
  const known = scope.hoisted.get(key);
  if (known !== undefined) return known;
  const name = `${stem}${scope.hoisted.size + 1}`;
  scope.hoisted.set(key, name);
  const right = constructor === "" ? (value as LiteralValue) : call(constructor, [value as LiteralValue]);
  scope.statements.push([assignment(`const ${name}`, " =", { value: right }), ";"]);
  return name;
}

/** A constant with the regular expression, with the `u` flag where it can be read so; undefined when it can't. */
export function hoistPattern(scope: ValidatorScope, pattern: string): string | undefined {
  for (const flags of ["u", ""]) {
    try {
      new RegExp(pattern, flags);
    } catch {
      // Not readable with these flags; lowering reports patterns that are readable with none.
      continue;
    }
    const key = `/${flags} ${pattern}`;
    const known = scope.hoisted.get(key);
    if (known !== undefined) return known;
    const name = `pattern${scope.hoisted.size + 1}`;
    scope.hoisted.set(key, name);
    const value = call("new RegExp", flags === "" ? [pattern] : [pattern, flags]);
    scope.statements.push([assignment(`const ${name}`, " =", { value }), ";"]);
    return name;
  }
  return undefined;
}

/** `1 item`, `2 items`. */
export function countOf(count: number, noun: "item" | "character"): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** Whether the schema says nothing at all, so that there is nothing to check. */
export function isTrivial(schema: Schema): boolean {
  return schema.always === true || schema.message !== undefined;
}

function clip(text: string): string {
  return text.length <= 100 ? text : `${text.slice(0, 97)}...`;
}
