import { join } from "node:path";
import ts from "typescript";
import { root } from "../support/source-tree.ts";

/** The strictest settings users have, all at once; output must be clean under all of them. */
const strictest: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2024,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  customConditions: ["trilogue-source"],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noPropertyAccessFromIndexSignature: true,
  noImplicitOverride: true,
  noImplicitReturns: true,
  noFallthroughCasesInSwitch: true,
  noUnusedLocals: true,
  noUnusedParameters: true,
  noUncheckedSideEffectImports: true,
  erasableSyntaxOnly: true,
  isolatedModules: true,
  isolatedDeclarations: true,
  verbatimModuleSyntax: true,
  forceConsistentCasingInFileNames: true,
  declaration: true,
  noEmit: true,
  allowImportingTsExtensions: true,
  skipLibCheck: true,
};

/** Programs for browsers, and programs for Node that know no DOM. */
const platforms: readonly ts.CompilerOptions[] = [
  { lib: ["lib.es2024.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts", "lib.dom.asynciterable.d.ts"], types: [] },
  { lib: ["lib.es2024.d.ts"], types: ["node"] },
];

const sources = new Map<string, ts.SourceFile>();

/** Type-checks files; libraries and the runtime are parsed once for all calls. Resolves to messages with places. */
export function checkTypes(files: readonly string[], folder: string): readonly string[] {
  return [...new Set(platforms.flatMap((platform) => checkFor(platform, files, folder)))];
}

function checkFor(platform: ts.CompilerOptions, files: readonly string[], folder: string): readonly string[] {
  const options = { ...strictest, ...platform };
  const host = ts.createCompilerHost(options);
  const readFile = host.getSourceFile.bind(host);
  host.getSourceFile = (path, languageVersion, onError) => {
    if (path.startsWith(folder)) return readFile(path, languageVersion, onError);
    const known = sources.get(path) ?? readFile(path, languageVersion, onError);
    if (known !== undefined) sources.set(path, known);
    return known;
  };
  host.getCurrentDirectory = () => root;
  const paths = files.map((file) => join(folder, file));
  const program = ts.createProgram(paths, options, host);
  // The runtime is checked by the repository's own settings; here it is a library.
  const found = [
    ...program.getOptionsDiagnostics(),
    ...program.getGlobalDiagnostics(),
    ...paths.flatMap((path) => {
      const source = program.getSourceFile(path);
      if (source === undefined) return [];
      return [
        ...program.getSyntacticDiagnostics(source),
        ...program.getSemanticDiagnostics(source),
        ...program.getDeclarationDiagnostics(source),
      ];
    }),
  ];
  return found.map((diagnostic) => {
    const text = ts.flattenDiagnosticMessageText(diagnostic.messageText, " ");
    if (diagnostic.file === undefined || diagnostic.start === undefined) return text;
    const { line } = diagnostic.file.getLineAndCharacterOfPosition(diagnostic.start);
    return `${diagnostic.file.fileName.replace(`${folder}/`, "")}:${line + 1} TS${diagnostic.code} ${text}`;
  });
}
