import ts from "typescript";
import type { OutputFile } from "../generator/src/code/code.ts";

/** Globals that generated code may touch; all of them are pure in the way they are used. */
const allowedGlobals = new Set([
  "Array",
  "Number",
  "Object",
  "Set",
  "RegExp",
  "String",
  "undefined",
  "NaN",
  "Infinity",
]);

const runtimeModule = /^@trilogue\/runtime\/codegen\/v1\/[\w-]+$/;

/**
 * What is wrong with generated files as code: syntax errors, imports beyond the runtime and the files themselves,
 * statements that act when a module is loaded, and names that are neither declared, imported nor known.
 */
export function findForeignCode(files: readonly OutputFile[]): readonly string[] {
  const paths = new Set(files.map(({ path }) => path));
  return files.flatMap((file) => checkFile(file, paths).map((problem) => `${file.path}: ${problem}`));
}

function checkFile(file: OutputFile, paths: ReadonlySet<string>): string[] {
  const source = ts.createSourceFile(file.path, file.text, ts.ScriptTarget.Latest, true);
  const { parseDiagnostics } = source as ts.SourceFile & { readonly parseDiagnostics: readonly ts.Diagnostic[] };
  if (parseDiagnostics.length > 0) {
    return parseDiagnostics.map(({ messageText, start }) => `${flatten(messageText)} at ${excerpt(file.text, start)}`);
  }
  return [...checkImports(source, file, paths), ...checkStatements(source), ...checkNames(source)];
}

function checkImports(source: ts.SourceFile, file: OutputFile, paths: ReadonlySet<string>): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportTypeNode(node)) found.push(`an import type, ${node.getText()}`);
    if (node.kind === ts.SyntaxKind.ImportKeyword && !ts.isImportDeclaration(node.parent)) {
      found.push(`a dynamic import, ${node.parent.getText()}`);
    }
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier !== undefined) {
      const specifier = (node.moduleSpecifier as ts.StringLiteral).text;
      const target = new URL(specifier.split("/").map(encodeURIComponent).join("/"), `file:///${encodeURI(file.path)}`);
      const path = decodeURIComponent(target.pathname.slice(1));
      const isOurs = specifier.startsWith(".") && paths.has(path);
      if (!isOurs && !runtimeModule.test(specifier)) found.push(`imports ${JSON.stringify(specifier)}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

const declarations = new Set([
  ts.SyntaxKind.ImportDeclaration,
  ts.SyntaxKind.ExportDeclaration,
  ts.SyntaxKind.InterfaceDeclaration,
  ts.SyntaxKind.TypeAliasDeclaration,
  ts.SyntaxKind.FunctionDeclaration,
]);

/** At the top there are declarations and constants, whose values call nothing but what is marked or known as pure. */
function checkStatements(source: ts.SourceFile): string[] {
  return source.statements.flatMap((statement) => {
    if (declarations.has(statement.kind)) return [];
    if (!ts.isVariableStatement(statement)) return [`a statement, ${statement.getText().slice(0, 80)}`];
    const found: string[] = [];
    const visit = (node: ts.Node): void => {
      if (ts.isCallExpression(node)) {
        const before = source.text.slice(node.getFullStart(), node.getStart());
        if (!before.includes("/*@__PURE__*/")) found.push(`a call that is not pure, ${node.getText().slice(0, 80)}`);
      }
      if (ts.isNewExpression(node) && !/^(?:Set|RegExp)$/.test(node.expression.getText())) {
        found.push(`an instance, ${node.getText().slice(0, 80)}`);
      }
      if (ts.isTemplateExpression(node) || ts.isTaggedTemplateExpression(node)) found.push("a template");
      ts.forEachChild(node, visit);
    };
    ts.forEachChild(statement, visit);
    return found;
  });
}

function checkNames(source: ts.SourceFile): string[] {
  const declared = new Set<string>();
  const used = new Map<string, string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) {
      if (isDeclared(node)) declared.add(node.text);
      else if (isValue(node)) used.set(node.text, node.parent.getText().slice(0, 80));
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return [...used]
    .filter(([name]) => !declared.has(name) && !allowedGlobals.has(name))
    .map(([name, where]) => `a name from nowhere, ${name}, in ${where}`);
}

function isDeclared(node: ts.Identifier): boolean {
  const { parent } = node;
  const isNamed =
    ts.isVariableDeclaration(parent) ||
    ts.isFunctionDeclaration(parent) ||
    ts.isParameter(parent) ||
    ts.isImportSpecifier(parent);
  return isNamed && parent.name === node;
}

/** Types, property names and labels are no values. */
function isValue(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  return ts.isExpression(parent) || ts.isVariableDeclaration(parent) || ts.isShorthandPropertyAssignment(parent);
}

function flatten(text: string | ts.DiagnosticMessageChain): string {
  return ts.flattenDiagnosticMessageText(text, " ");
}

function excerpt(text: string, start = 0): string {
  return JSON.stringify(text.slice(Math.max(0, start - 60), start + 60));
}
