import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import ts from "typescript";

export const root: string = join(import.meta.dirname, "../..");

/** A source file of a package, parsed. */
export interface ParsedFile {
  /** From the root, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly syntax: ts.SourceFile;
  readonly imports: readonly ImportOf[];
}

export interface ImportOf {
  readonly specifier: string;
  /** From the root, for relative imports. */
  readonly target: string | undefined;
  readonly isType: boolean;
  readonly line: number;
}

/** All TypeScript files below a folder, parsed. */
export function parseTree(folder: string): readonly ParsedFile[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.includes("node_modules"))
    .map((name) => parseFile(posix.join(folder, name.replaceAll("\\", "/"))))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

function parseFile(path: string): ParsedFile {
  const text = readFileSync(join(root, path), "utf8");
  const syntax = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  return { path, text, syntax, imports: readImports(path, syntax) };
}

function readImports(path: string, syntax: ts.SourceFile): ImportOf[] {
  const imports: ImportOf[] = [];
  const add = (node: ts.Node, specifier: string, isType: boolean): void => {
    const target = specifier.startsWith(".") ? posix.normalize(posix.join(dirname(path), specifier)) : undefined;
    imports.push({ specifier, target, isType, line: lineOf(syntax, node) });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      add(node, node.moduleSpecifier.text, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword);
    } else if (
      ts.isExportDeclaration(node) &&
      node.moduleSpecifier !== undefined &&
      ts.isStringLiteral(node.moduleSpecifier)
    ) {
      add(node, node.moduleSpecifier.text, node.isTypeOnly);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const first = node.arguments[0];
      if (first !== undefined && ts.isStringLiteral(first)) add(node, first.text, false);
    }
    ts.forEachChild(node, visit);
  };
  visit(syntax);
  return imports;
}

export function lineOf(syntax: ts.SourceFile, node: ts.Node): number {
  return syntax.getLineAndCharacterOfPosition(node.getStart(syntax)).line + 1;
}
