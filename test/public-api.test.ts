import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import ts from "typescript";
import { root } from "./support/source-tree.ts";

const snapshot = join(root, "test/public-api.txt");

interface Entry {
  /** As users write it in an import. */
  readonly specifier: string;
  readonly file: string;
}

/** Every subpath of a package that is code, with its source. */
function entriesOf(folder: string): readonly Entry[] {
  const manifest = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as {
    readonly name: string;
    readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  };
  return Object.entries(manifest.exports).flatMap(([subpath, target]) => {
    if (typeof target === "string") return [];
    const source = target["trilogue-source"];
    assert.ok(source !== undefined, `${manifest.name} ${subpath} names no source`);
    return [{ specifier: manifest.name + subpath.slice(1), file: join(root, folder, source) }];
  });
}

/** What each subpath exports: `name` for values, `type name` for what is a type alone, in order of name. */
function describeApi(entries: readonly Entry[]): string {
  const path = join(root, "tsconfig.json");
  const { options } = ts.parseJsonConfigFileContent(ts.readConfigFile(path, ts.sys.readFile).config, ts.sys, root);
  const program = ts.createProgram(
    entries.map(({ file }) => file),
    options,
  );
  const checker = program.getTypeChecker();
  const sections = entries.map(({ specifier, file }) => {
    const source = program.getSourceFile(file);
    const module = source === undefined ? undefined : checker.getSymbolAtLocation(source);
    assert.ok(source !== undefined && module !== undefined, `${specifier} is no module: ${file}`);
    // What a package passes on whole is that package's surface, and named once.
    const passedOn = source.statements.filter(isPassedOn);
    const others = new Set(
      passedOn.flatMap(({ moduleSpecifier }) => {
        const whole = checker.getSymbolAtLocation(moduleSpecifier);
        assert.ok(whole !== undefined, `${specifier} passes on what is not there`);
        return checker.getExportsOfModule(whole).map(({ name }) => name);
      }),
    );
    const names = checker.getExportsOfModule(module).flatMap((symbol) => {
      if (others.has(symbol.name)) return [];
      const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      return [target.flags & ts.SymbolFlags.Value ? symbol.name : `type ${symbol.name}`];
    });
    names.push(...passedOn.map(({ moduleSpecifier }) => `* from ${moduleSpecifier.text}`));
    return [`${specifier}\n`, ...names.sort().map((name) => `  ${name}\n`)].join("");
  });
  return sections.join("\n");
}

type PassedOn = ts.ExportDeclaration & { readonly moduleSpecifier: ts.StringLiteral };

/** `export * from "a package"`; our own modules are looked into. */
function isPassedOn(statement: ts.Statement): statement is PassedOn {
  if (!ts.isExportDeclaration(statement) || statement.exportClause !== undefined) return false;
  const { moduleSpecifier } = statement;
  return moduleSpecifier !== undefined && ts.isStringLiteral(moduleSpecifier) && !moduleSpecifier.text.startsWith(".");
}

test("the packages export what the snapshot says; UPDATE_GOLDEN=1 rewrites it", () => {
  const actual = describeApi([...entriesOf("runtime"), ...entriesOf("generator")]);
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(snapshot, actual);
  assert.ok(existsSync(snapshot), "there is no snapshot: run with UPDATE_GOLDEN=1");
  assert.equal(actual, readFileSync(snapshot, "utf8"));
});

test("every subpath is described, and exports something", () => {
  const sections = readFileSync(snapshot, "utf8").trimEnd().split("\n\n");
  const specifiers = [...entriesOf("runtime"), ...entriesOf("generator")].map(({ specifier }) => specifier);
  assert.deepEqual(
    sections.map((section) => section.split("\n")[0]),
    specifiers,
  );
  for (const section of sections) assert.ok(section.includes("\n  "), section);
});
