import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import openapiTS, { astToString, type OpenAPITSOptions } from "openapi-typescript";
import ts from "typescript";
import type { HttpContract, HttpOperationModel } from "../../generator/src/model/http.ts";
import type { Model } from "../../generator/src/model/model.ts";
import { plan, type Plan } from "../../generator/src/plan/plan.ts";
import type { CorpusDocument } from "../corpus/documents.ts";
import { runSteps } from "../corpus/generate-document.ts";
import { root } from "../support/source-tree.ts";

/** How two types stand to each other: whose values the other side takes. */
export type Verdict = "same" | "ours is narrower" | "ours is wider" | "different";

/** What was compared: `schema Pet`, or `GET /pets query`, `GET /pets 200 application/json`. */
export interface Comparison {
  readonly subject: string;
  readonly verdict: Verdict;
}

/**
 * The options under which the oracle is right more often; each switches off a choice that is no part of OpenAPI.
 * Schemas in `mended`, by pointer, are taken from us, so that a known fault does not show wherever it is referred to.
 */
function oracleOptions(mended: ReadonlyMap<string, string>): OpenAPITSOptions {
  return {
    // Ours are readonly throughout.
    immutable: true,
    // A field with a default may be left out of a request, and may be absent from a response.
    defaultNonNullable: false,
    // `{ type: object }` is any object, not the empty one.
    emptyObjectsUnknown: true,
    // What stands in a path's template is a parameter, declared or not.
    generatePathParams: true,
    transform: (_schema, { path }) => {
      const ours = mended.get(path ?? "");
      return ours === undefined ? undefined : ts.factory.createTypeReferenceNode(ours);
    },
    silent: true,
  };
}

/**
 * Compares the types that we generate for a document with those of openapi-typescript: every component schema, and
 * parameters and JSON bodies of every operation. Schemas in `mend`, whose faults are known, are compared once, and are
 * taken from us wherever others refer to them. The oracle reads `source` instead of the document, to differ on purpose.
 *
 * @throws {Error} when the oracle refuses the document, or we do.
 */
export async function compareWithOracle(
  document: CorpusDocument,
  options: { readonly mend?: ReadonlySet<string>; readonly source?: string } = {},
): Promise<readonly Comparison[]> {
  const generated = await runSteps(document);
  const { model } = generated;
  const contract = model?.contracts.find(({ kind }) => kind === "http");
  if (model === undefined || contract?.kind !== "http" || generated.files.length === 0) {
    throw new Error(`${document.name}: ${generated.diagnostics[0]?.message ?? "no HTTP contract"}`);
  }
  const folder = join(root, ".cache/oracles", document.name.replaceAll("/", "__"));
  rmSync(folder, { recursive: true, force: true });
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  for (const { path, text } of generated.files) write(`ours/${path}`, text);
  const { mend = new Set<string>() } = options;
  const source = pathToFileURL(options.source ?? join(document.folder, contract.path));
  const subjects = listSubjects(model, contract, plan(model).value);
  const mended = new Map(
    subjects.flatMap(({ subject, pointer, ours }) => (mend.has(subject) ? [[pointer, ours]] : [])),
  );
  try {
    write("theirs.ts", astToString(await openapiTS(source, oracleOptions(new Map()))));
    write("mended.ts", astToString(await openapiTS(source, oracleOptions(mended))));
    write("compare.ts", comparisonModule(subjects, mend));
    const verdicts = readVerdicts(join(folder, "compare.ts"));
    return subjects.map(({ subject }, index) => ({ subject, verdict: verdicts[index] as Verdict }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Subject {
  readonly subject: string;
  /** Of a component schema, as the oracle names it; empty for parts of operations. */
  readonly pointer: string;
  readonly ours: string;
  readonly theirs: string;
}

function listSubjects(model: Model, contract: HttpContract, planned: Plan): readonly Subject[] {
  const prefix = `${contract.path}#/components/schemas/`;
  const schemas = [...model.types.values()]
    .filter(({ id, view }) => view === undefined && id.startsWith(prefix) && !id.slice(prefix.length).includes("/"))
    .map(({ id }): Subject => {
      const name = id.slice(prefix.length).replaceAll("~1", "/").replaceAll("~0", "~");
      const symbol = planned.types.get(id)?.symbol;
      if (symbol === undefined) throw new Error(`no type for schema "${name}"`);
      return {
        subject: `schema ${name}`,
        pointer: id.slice(contract.path.length),
        ours: ourType(planned.homes.get(contract.path)?.module ?? "", symbol.name),
        theirs: `components["schemas"]${key(name)}`,
      };
    });
  const operations = contract.operations
    .filter(({ method }) => methods.has(method))
    .flatMap((operation) => operationSubjects(operation, contract, planned));
  return [...schemas, ...operations];
}

/** What the oracle knows of OpenAPI 3.2 is 3.1. */
const methods = new Set(["GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"]);
const locations = ["path", "query", "header", "cookie"] as const;

function operationSubjects(operation: HttpOperationModel, contract: HttpContract, planned: Plan): readonly Subject[] {
  const names = planned.operations.get(operation);
  const module = planned.homes.get(contract.path)?.module ?? "";
  if (names === undefined) throw new Error(`no types for operation "${operation.name}"`);
  const id = `${operation.method} ${operation.path}`;
  const theirs = `paths${key(operation.path)}${key(operation.method.toLowerCase())}`;
  const input = ourType(module, names.input);
  const response = ourType(module, names.response);
  const used = locations.filter((location) => operation.parameters.some((parameter) => parameter.in === location));
  const parameters = used.map((location) => ({
    subject: `${id} ${location}`,
    pointer: "",
    ours: `Exclude<${input}["${location}"], undefined>`,
    theirs: `Exclude<${theirs}["parameters"]["${location}"], undefined>`,
  }));
  const [media, second] = operation.body?.content ?? [];
  const body =
    media === undefined || second !== undefined || !isJson(media.mediaType)
      ? []
      : [
          {
            subject: `${id} body`,
            pointer: "",
            ours: `Exclude<${input}["body"], undefined>`,
            theirs: `Exclude<${theirs}["requestBody"], undefined>["content"]${key(media.mediaType)}`,
          },
        ];
  const responses = operation.responses.flatMap(({ status, content }) =>
    content
      .filter(({ mediaType }) => /^\d+$/.test(status) && isJson(mediaType))
      .map(({ mediaType }) => ({
        subject: `${id} ${status} ${mediaType}`,
        pointer: "",
        ours: `Extract<${response}, { readonly status: ${status}; readonly contentType: "${mediaType}" }>["body"]`,
        theirs: `${theirs}["responses"][${status}]["content"]${key(mediaType)}`,
      })),
  );
  return [...parameters, ...body, ...responses];
}

function isJson(mediaType: string): boolean {
  return /^application\/(?:[\w.-]+\+)?json$/.test(mediaType);
}

function ourType(module: string, name: string): string {
  return `import("./ours/${module}.ts").${name}`;
}

function key(name: string): string {
  return `[${JSON.stringify(name)}]`;
}

/** One type alias a subject, which the compiler resolves to the verdict. */
function comparisonModule(subjects: readonly Subject[], mend: ReadonlySet<string>): string {
  return [
    'import type { components, paths } from "./mended.ts";',
    'import type { components as Faulty } from "./theirs.ts";',
    "type Back<A, B, Yes, No> = [B] extends [A] ? Yes : No;",
    "type Compare<A, B> =",
    '  [A] extends [B] ? Back<A, B, "same", "ours is narrower"> : Back<A, B, "ours is wider", "different">;',
    ...subjects.map(({ subject, ours, theirs }, index) => {
      const from = mend.has(subject) ? theirs.replace(/^components/, "Faulty") : theirs;
      return `export type Subject${index} = Compare<${ours}, ${from}>;`;
    }),
    "",
  ].join("\n");
}

const sources = new Map<string, ts.SourceFile>();

/** The verdicts in order of the aliases. Throws when a module does not compile: then nothing is compared. */
function readVerdicts(file: string): readonly string[] {
  const path = join(root, "tsconfig.json");
  const parsed = ts.parseJsonConfigFileContent(ts.readConfigFile(path, ts.sys.readFile).config, ts.sys, root).options;
  const options = { ...parsed, types: [], isolatedDeclarations: false, declaration: false };
  const host = ts.createCompilerHost(options);
  const readFile = host.getSourceFile.bind(host);
  // Libraries and the runtime are parsed once for all documents.
  host.getSourceFile = (name, version) => {
    if (name.startsWith(dirname(file))) return readFile(name, version);
    const source = sources.get(name) ?? readFile(name, version);
    if (source !== undefined) sources.set(name, source);
    return source;
  };
  const program = ts.createProgram([file], options, host);
  const source = program.getSourceFile(file);
  if (source === undefined) throw new Error(`internal: ${file} is not there`);
  const [found] = program.getSemanticDiagnostics(source);
  if (found !== undefined) {
    const line = source.text.slice(0, found.start).split("\n").length;
    throw new Error(`${ts.flattenDiagnosticMessageText(found.messageText, " ")}: ${source.text.split("\n")[line - 1]}`);
  }
  const checker = program.getTypeChecker();
  return source.statements
    .filter(ts.isTypeAliasDeclaration)
    .filter(({ name }) => name.text.startsWith("Subject"))
    .map((alias) => {
      const type = checker.getTypeAtLocation(alias.name);
      return type.isStringLiteral() ? type.value : checker.typeToString(type);
    });
}
