import { join } from "node:path";
import ts from "typescript";
import { root } from "../support/source-tree.ts";

/** The strictest settings users have; output must be clean under all of them. */
const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2024,
  lib: ["lib.es2024.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts", "lib.dom.asynciterable.d.ts"],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  customConditions: ["trilogue-source"],
  types: [],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  erasableSyntaxOnly: true,
  isolatedDeclarations: true,
  verbatimModuleSyntax: true,
  declaration: true,
  noEmit: true,
  allowImportingTsExtensions: true,
  skipLibCheck: true,
};

const sources = new Map<string, ts.SourceFile>();

/** Type-checks files; libraries and the runtime are parsed once for all calls. Resolves to messages with places. */
export function checkTypes(files: readonly string[], folder: string): readonly string[] {
  const host = ts.createCompilerHost(options);
  const readFile = host.getSourceFile.bind(host);
  host.getSourceFile = (path, languageVersion, onError) => {
    if (path.startsWith(folder)) return readFile(path, languageVersion, onError);
    const known = sources.get(path) ?? readFile(path, languageVersion, onError);
    if (known !== undefined) sources.set(path, known);
    return known;
  };
  host.getCurrentDirectory = () => root;
  const program = ts.createProgram(
    files.map((file) => join(folder, file)),
    options,
    host,
  );
  return ts.getPreEmitDiagnostics(program).map((diagnostic) => {
    const text = ts.flattenDiagnosticMessageText(diagnostic.messageText, " ");
    if (diagnostic.file === undefined || diagnostic.start === undefined) return text;
    const { line } = diagnostic.file.getLineAndCharacterOfPosition(diagnostic.start);
    return `${diagnostic.file.fileName.replace(`${folder}/`, "")}:${line + 1} TS${diagnostic.code} ${text}`;
  });
}
