import assert from "node:assert/strict";
import { test } from "node:test";
import ts from "typescript";
import { lineOf, parseTree, type ParsedFile } from "./support/source-tree.ts";
import {
  bannedCalls,
  generatorImports,
  limits,
  outsideFiles,
  runtimeImports,
  runtimePackages,
} from "./support/tidy-rules.ts";

const generator = parseTree("generator/src");
const runtime = parseTree("runtime/src");
const tests = [...parseTree("test"), ...parseTree("examples")].filter((file) => !isGenerated(file));
const sources = [...generator, ...runtime];

test("folders import only what the import table allows", () => {
  expectNone([
    ...checkTable(generator, "generator/src/", generatorImports),
    ...checkTable(runtime, "runtime/src/", runtimeImports),
  ]);
});

test("the runtime's core imports no package", () => {
  expectNone(
    runtime.flatMap((file) => {
      const folder = file.path.slice("runtime/src/".length).split("/")[0] ?? "";
      const allowed = runtimePackages[folder] ?? [];
      return file.imports
        .filter(({ specifier, target }) => target === undefined && !specifier.startsWith("node:"))
        .filter(({ specifier }) => !allowed.some((name) => specifier === name || specifier.startsWith(`${name}/`)))
        .map(
          ({ specifier, line }) =>
            `${file.path}:${line} imports "${specifier}": take it as a parameter, or move to an adapter`,
        );
    }),
  );
});

test("the generator knows the runtime by its symbols alone", () => {
  expectNone(
    generator.flatMap((file) =>
      file.imports
        .filter(
          ({ specifier }) =>
            specifier.startsWith("@trilogue/runtime") && !specifier.startsWith("@trilogue/runtime/codegen/"),
        )
        .map(
          ({ specifier, line }) =>
            `${file.path}:${line} imports "${specifier}": import @trilogue/runtime/codegen/* only`,
        ),
    ),
  );
});

test("value imports have no cycle", () => {
  expectNone([...findCycles(generator), ...findCycles(runtime)]);
});

test("files, functions and lines stay within their lengths", () => {
  expectNone([...sources, ...tests].flatMap(checkLengths));
});

test("there are no default exports", () => {
  expectNone(
    sources.flatMap((file) =>
      file.syntax.statements
        .filter((statement) => ts.isExportAssignment(statement) || hasModifier(statement, ts.SyntaxKind.DefaultKeyword))
        .map((statement) => `${file.path}:${lineOf(file.syntax, statement)} has a default export: name it`),
    ),
  );
});

test("every exported function, class and constant has a doc comment", () => {
  expectNone(
    sources.flatMap((file) =>
      file.syntax.statements
        .filter((statement) => hasModifier(statement, ts.SyntaxKind.ExportKeyword))
        .filter(
          (statement) =>
            ts.isFunctionDeclaration(statement) ||
            ts.isClassDeclaration(statement) ||
            ts.isVariableStatement(statement),
        )
        .filter((statement) => ts.getJSDocCommentsAndTags(statement).length === 0 && !isOverload(file, statement))
        .map(
          (statement) =>
            `${file.path}:${lineOf(file.syntax, statement)} exports without a doc comment: say what it is or does`,
        ),
    ),
  );
});

test("clock, randomness, timers, locale and process stay outside", () => {
  expectNone(
    sources
      .filter((file) => !outsideFiles.some((pattern) => pattern.test(file.path)))
      .flatMap((file) =>
        codeLines(file).flatMap(({ text, line }) =>
          bannedCalls
            .filter(({ pattern }) => pattern.test(text))
            .map(({ instead }) => `${file.path}:${line} ${text.trim()}: ${instead}`),
        ),
      ),
  );
});

test("no comment leaves work behind", () => {
  expectNone(
    sources.flatMap((file) =>
      file.text
        .split("\n")
        .map((text, index) => ({ text, line: index + 1 }))
        .filter(({ text }) => /\b(TODO|FIXME|XXX|HACK)\b/.test(text))
        .map(({ line }) => `${file.path}:${line} holds a TODO: do it, or file an issue`),
    ),
  );
});

function checkTable(
  files: readonly ParsedFile[],
  prefix: string,
  table: Readonly<Record<string, readonly string[]>>,
): string[] {
  return files.flatMap((file) => {
    const path = file.path.slice(prefix.length);
    const place = placeOf(path, table);
    if (place === undefined) return [`${file.path} is in no folder of the import table`];
    return file.imports.flatMap(({ target, line }) => {
      if (target === undefined) return [];
      const other = target.slice(prefix.length);
      const folder = other.split("/")[0] ?? "";
      const allowed = table[place] ?? [];
      const sameFolder = folder === path.split("/")[0] && path.includes("/");
      return sameFolder || allowed.includes(folder) || allowed.includes(other)
        ? []
        : [`${file.path}:${line} imports ${other}: ${place} may import ${allowed.join(", ") || "nothing of ours"}`];
    });
  });
}

function placeOf(path: string, table: Readonly<Record<string, readonly string[]>>): string | undefined {
  if (Object.hasOwn(table, path)) return path;
  const folder = path.split("/")[0] ?? "";
  return Object.hasOwn(table, folder) ? folder : undefined;
}

function findCycles(files: readonly ParsedFile[]): string[] {
  const edges = new Map(
    files.map((file) => [
      file.path,
      file.imports
        .filter(({ isType, target }) => !isType && target !== undefined)
        .map(({ target }) => target as string),
    ]),
  );
  const state = new Map<string, "open" | "done">();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    if (state.get(path) === "done") return;
    if (state.get(path) === "open") {
      found.push(`import cycle: ${[...trail.slice(trail.indexOf(path)), path].join(" -> ")}`);
      return;
    }
    state.set(path, "open");
    for (const next of edges.get(path) ?? []) visit(next, [...trail, path]);
    state.set(path, "done");
  };
  for (const path of edges.keys()) visit(path, []);
  return found;
}

function checkLengths(file: ParsedFile): string[] {
  const lines = file.text.split("\n");
  const found: string[] = [];
  if (lines.length - 1 > limits.fileLines)
    found.push(`${file.path} has ${lines.length - 1} lines: split it at ${limits.fileLines}`);
  // In tests a contract or a value may stand on its line as one text, however long it is.
  const texts = file.path.startsWith("test/") ? linesOfTexts(file) : new Set<number>();
  lines.forEach((line, index) => {
    if (line.length > limits.lineLength && !texts.has(index))
      found.push(`${file.path}:${index + 1} is ${line.length} long: at most ${limits.lineLength}`);
  });
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node)) {
      const length = file.syntax.getLineAndCharacterOfPosition(node.end).line + 2 - lineOf(file.syntax, node);
      if (length > limits.functionLines) {
        found.push(
          `${file.path}:${lineOf(file.syntax, node)} has ${length} lines in a function: split it at ${limits.functionLines}`,
        );
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(file.syntax);
  return found;
}

function linesOfTexts({ syntax }: ParsedFile): ReadonlySet<number> {
  const found = new Set<number>();
  const lineAt = (position: number): number => syntax.getLineAndCharacterOfPosition(position).line;
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)) {
      for (let line = lineAt(node.getStart(syntax)); line <= lineAt(node.end); line++) found.add(line);
    }
    ts.forEachChild(node, visit);
  };
  visit(syntax);
  return found;
}

function codeLines(file: ParsedFile): { readonly text: string; readonly line: number }[] {
  const withoutComments = file.text
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, " "))
    .replace(/(^|[\s;{}(),])\/\/[^\n]*/g, "$1");
  return withoutComments.split("\n").map((text, index) => ({ text, line: index + 1 }));
}

function isOverload(file: ParsedFile, statement: ts.Statement): boolean {
  if (!ts.isFunctionDeclaration(statement)) return false;
  return file.syntax.statements.some(
    (other) =>
      other !== statement &&
      ts.isFunctionDeclaration(other) &&
      other.name?.text === statement.name?.text &&
      ts.getJSDocCommentsAndTags(other).length > 0,
  );
}

function hasModifier(statement: ts.Statement, kind: ts.SyntaxKind): boolean {
  return (
    ts.canHaveModifiers(statement) && (ts.getModifiers(statement) ?? []).some((modifier) => modifier.kind === kind)
  );
}

function isGenerated(file: ParsedFile): boolean {
  return (
    file.text.startsWith("// Generated by trilogue") || file.path.includes("/want/") || file.path.includes("/gen/")
  );
}

function expectNone(findings: readonly string[]): void {
  assert.equal(findings.length, 0, `\n${findings.join("\n")}`);
}
