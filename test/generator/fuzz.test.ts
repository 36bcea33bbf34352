import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as fc from "fast-check";
import ts from "typescript";
import { formatDiagnostics } from "../../generator/src/diagnostics/format.ts";
import { generate } from "../../generator/src/generate.ts";
import { isArray, isObject, type JsonValue } from "../../generator/src/source/json.ts";
import { readSource } from "../../generator/src/source/read-source.ts";
import type { SourceFile } from "../../generator/src/source/source-file.ts";
import { root } from "../support/source-tree.ts";

const runs = Number(process.env["FUZZ_RUNS"] ?? "600");
const seed = Number(process.env["FUZZ_SEED"] ?? "20261122");
/** Larger documents take too long for their part of the time. */
const maxBytes = 60_000;

/** A contract directory, of which one file is spoilt at a time. */
type Directory = readonly SourceFile[];

/** Where to start from: the golden cases, the shop, the committed sample; FUZZ_FOLDER adds a folder of documents. */
const directories: readonly Directory[] = [
  ...readdirSync(join(root, "test/golden")).map((name) => readDirectory(join(root, "test/golden", name, "contracts"))),
  readDirectory(join(root, "contracts")),
  ...["test/corpus/sample", process.env["FUZZ_FOLDER"] ?? "test/corpus/sample"].flatMap((folder) =>
    readDirectory(join(root, folder)).map((file) => [file]),
  ),
].filter((directory) => directory.length > 0);

function readDirectory(folder: string): Directory {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(?:ya?ml|json|avsc)$/.test(name))
    .sort()
    .filter((name) => statSync(join(folder, name)).size <= maxBytes)
    .map((name) => ({ path: name, displayPath: name, text: readFileSync(join(folder, name), "utf8") }));
}

/** Values that may stand anywhere, as hands and tools leave them there. */
const oddValues: readonly JsonValue[] = [
  null,
  true,
  0,
  -1,
  1e300,
  1.5,
  "",
  "x",
  "__proto__",
  "*/ evil() /*",
  "`${x}`",
  "\u2028\ud800",
  "object",
  "#/components/schemas/Nope",
  [],
  [null],
  [[]],
  ["a", "a"],
  [{}],
  {},
  { $ref: "#" },
  { $ref: "#/components/schemas" },
  { $ref: "other.yaml#/x" },
  { $ref: 7 },
  { type: ["object", "null", 3] as unknown as JsonValue },
  { allOf: [{ $ref: "#/components/schemas/Pet" }] },
  { "": {} },
];

const oddKeys: readonly string[] = [
  ...["", "__proto__", "constructor", "toString", "$ref", "x-trilogue", "0", "then", "a b", "*/", "名前"],
  ...["schema", "oneOf", "allOf", "discriminator", "items", "properties", "enum", "default", "get", "content"],
];

interface Mutation {
  /** Which node, as a fraction of all. */
  readonly at: number;
  readonly kind: "delete" | "odd" | "copy" | "key";
  readonly value: number;
}

const mutation: fc.Arbitrary<Mutation> = fc.record({
  at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  kind: fc.constantFrom("delete" as const, "odd" as const, "copy" as const, "key" as const),
  value: fc.nat(10_000),
});

/** Objects without prototype, as readers make them, so that any key may be set. */
type Mutable = { [key: string]: unknown };

function mutate(value: JsonValue, mutations: readonly Mutation[]): unknown {
  const whole = { root: copy(value) } as Mutable;
  for (const { at, kind, value: choice } of mutations) {
    const slots = listSlots(whole);
    const slot = slots[Math.floor(at * slots.length)];
    if (slot === undefined) continue;
    const { holder, key } = slot;
    const other = slots[choice % slots.length];
    if (kind === "odd") holder[key] = copy(oddValues[choice % oddValues.length] as JsonValue);
    else if (kind === "copy") holder[key] = copy((other?.holder[other.key] ?? null) as JsonValue);
    else if (Array.isArray(holder)) holder.splice(Number(key), 1);
    else {
      if (kind === "key") Object.assign(holder, { [oddKeys[choice % oddKeys.length] ?? ""]: holder[key] });
      delete holder[key];
    }
  }
  return whole["root"] ?? null;
}

function copy(value: JsonValue): unknown {
  if (isArray(value)) return value.map(copy);
  if (!isObject(value)) return value;
  const result = Object.create(null) as Mutable;
  for (const [key, entry] of Object.entries(value)) result[key] = copy(entry);
  return result;
}

function listSlots(whole: Mutable): readonly { readonly holder: Mutable; readonly key: string }[] {
  const slots: { holder: Mutable; key: string }[] = [];
  const pending: unknown[] = [whole];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (typeof next !== "object" || next === null) continue;
    for (const [key, entry] of Object.entries(next)) {
      slots.push({ holder: next as Mutable, key });
      pending.push(entry);
    }
  }
  return slots;
}

/** A run on a directory; what it refers to beyond is missing. */
function check(files: Directory): void {
  const entries = new Set(files.map(({ path }) => path));
  const missing = new Set<string>();
  for (let round = 0; round < 20; round++) {
    const generated = generate({ files, entries, missing }, { importExtension: "ts", messages: "own" });
    if (generated.needs.length === 0) {
      const errors = generated.diagnostics.filter(({ severity }) => severity === "error");
      for (const error of errors)
        assert.ok(error.range !== undefined, `"${error.code}" has no place: ${error.message}`);
      formatDiagnostics(generated.diagnostics);
      for (const { path, text } of generated.files) assert.deepEqual(syntaxErrors(text), [], path);
      return;
    }
    for (const path of generated.needs) missing.add(path);
  }
  assert.fail("it asks for ever more files");
}

function syntaxErrors(text: string): readonly string[] {
  const output = ts.transpileModule(text, {
    reportDiagnostics: true,
    compilerOptions: { target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext },
  });
  return (output.diagnostics ?? []).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
}

const options: fc.Parameters<unknown> = { numRuns: runs, seed, interruptAfterTimeLimit: 15_000 };

/** A directory, the file of it to spoil, and the directory with another text for it. */
const start: fc.Arbitrary<{ readonly file: SourceFile; readonly withText: (text: string) => Directory }> = fc
  .tuple(fc.nat(directories.length - 1), fc.nat(100))
  .map(([index, choice]) => {
    const directory = directories[index] ?? [];
    const file = directory[choice % directory.length] ?? assert.fail("no file");
    const withText = (text: string): Directory =>
      directory.map((other) => (other === file ? { ...file, text } : other));
    return { file, withText };
  });

test("a contract with odd parts gives output that can be read, or errors with places, and never an exception", () => {
  assert.ok(directories.length > 20);
  fc.assert(
    fc.property(start, fc.array(mutation, { minLength: 1, maxLength: 4 }), ({ file, withText }, mutations) => {
      const { value } = readSource(file);
      if (value !== undefined) check(withText(JSON.stringify(mutate(value, mutations), null, 1)));
    }),
    options,
  );
});

test("a contract with broken text gives errors with places, and never an exception", () => {
  const piece = fc.constantFrom(..."{}[]:,-#&*!|>'\"%@`\n\t \u0000\ufeff", "  ", "- ", ": ", "<<: ", "? ", "--- ", "é");
  const edit = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    drop: fc.nat(40),
    insert: fc.oneof(piece, fc.constant("")),
  });
  fc.assert(
    fc.property(start, fc.array(edit, { minLength: 1, maxLength: 3 }), ({ file, withText }, edits) => {
      let { text } = file;
      for (const { at, drop, insert } of edits) {
        const from = Math.floor(at * text.length);
        text = text.slice(0, from) + insert + text.slice(from + drop);
      }
      check(withText(text));
    }),
    options,
  );
});
