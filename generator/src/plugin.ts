import { create, toBinary } from "@bufbuild/protobuf";
import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import {
  CodeGeneratorResponse_Feature,
  CodeGeneratorResponseSchema,
  Edition,
  type CodeGeneratorResponse,
} from "@bufbuild/protobuf/wkt";
import { hasErrors } from "./diagnostics/diagnostic.ts";
import { formatDiagnostics } from "./diagnostics/format.ts";
import { generate } from "./generate.ts";

/**
 * The shell of `protoc-gen-trilogue`: a CodeGeneratorRequest in, a CodeGeneratorResponse out, the same steps between as
 * in the CLI. Options, separated by commas:
 *
 * - `import_extension=ts` (default) or `js`: how relative imports end.
 * - `messages=own` (default): `_pb` modules are written; `external`: protoc-gen-es writes them to the same folder.
 */
export async function main(): Promise<number> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  const { response, notes } = runPlugin(Buffer.concat(chunks));
  if (notes !== "") process.stderr.write(notes);
  await new Promise<void>((resolve, reject) =>
    process.stdout.write(toBinary(CodeGeneratorResponseSchema, response), (error) =>
      error ? reject(error) : resolve(),
    ),
  );
  return 0;
}

/** One run, without input and output; `notes` is for people and goes to stderr. */
export function runPlugin(requestBytes: Uint8Array): {
  readonly response: CodeGeneratorResponse;
  readonly notes: string;
} {
  const request = readRequest(requestBytes);
  if (typeof request === "string") return refuse(`protoc-gen-trilogue can't read the request: ${request}`);
  const options = parseOptions(request.parameter);
  if (typeof options === "string") return refuse(options);
  const { descriptorSet, filesToGenerate } = request;
  const generated = generate(
    { files: [], entries: new Set(), descriptorSet, protoFilesToGenerate: filesToGenerate },
    { ...options, protosOnly: true },
  );
  const findings = generated.diagnostics.length === 0 ? "" : formatDiagnostics(generated.diagnostics, { color: false });
  if (hasErrors(generated.diagnostics)) return refuse(findings);
  const response = respond({ file: generated.files.map(({ path, text }) => ({ name: path, content: text })) });
  return { response, notes: findings + noteOnPartialRun(request) };
}

interface PluginRequest {
  readonly parameter: string;
  readonly filesToGenerate: readonly string[];
  readonly fileNames: readonly string[];
  readonly descriptorSet: Uint8Array;
}

/** Fields of google.protobuf.compiler.CodeGeneratorRequest. */
const requestFields = { fileToGenerate: 1, parameter: 2, protoFile: 15, sourceFileDescriptors: 17 } as const;

/**
 * Takes a request apart without decoding the descriptors: hosts send every file to generate twice, and only the form
 * with source-only options is wanted, because that is what the CLI sees.
 */
function readRequest(bytes: Uint8Array): PluginRequest | string {
  const filesToGenerate: string[] = [];
  const files = new Map<string, Uint8Array>();
  const withSourceOptions = new Map<string, Uint8Array>();
  let parameter = "";
  try {
    const reader = new BinaryReader(bytes);
    while (reader.pos < reader.len) {
      const [no, wireType] = reader.tag();
      if (no === requestFields.fileToGenerate) filesToGenerate.push(reader.string());
      else if (no === requestFields.parameter) parameter = reader.string();
      else if (no === requestFields.protoFile) addFile(files, reader.bytes());
      else if (no === requestFields.sourceFileDescriptors) addFile(withSourceOptions, reader.bytes());
      else reader.skip(wireType, no);
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const writer = new BinaryWriter();
  for (const [name, file] of files) writer.tag(1, WireType.LengthDelimited).bytes(withSourceOptions.get(name) ?? file);
  return { parameter, filesToGenerate, fileNames: [...files.keys()], descriptorSet: writer.finish() };
}

function addFile(files: Map<string, Uint8Array>, bytes: Uint8Array): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [no, wireType] = reader.tag();
    if (no === 1) {
      files.set(reader.string(), bytes);
      return;
    }
    reader.skip(wireType, no);
  }
  throw new Error("a file descriptor has no name");
}

interface PluginOptions {
  readonly importExtension: "ts" | "js";
  readonly messages: "own" | "external";
}

function parseOptions(parameter: string): PluginOptions | string {
  let options: PluginOptions = { importExtension: "ts", messages: "own" };
  for (const part of parameter.split(",").filter((text) => text !== "")) {
    const [key = "", value = ""] = part.split("=", 2);
    if (key === "import_extension" && (value === "ts" || value === "js"))
      options = { ...options, importExtension: value };
    else if (key === "messages" && (value === "own" || value === "external")) options = { ...options, messages: value };
    else return `unknown option ${JSON.stringify(part)}; expected import_extension=ts|js or messages=own|external`;
  }
  return options;
}

/** Files refer to each other's output, so a run that leaves some out is only good beside others. */
function noteOnPartialRun({ fileNames, filesToGenerate }: PluginRequest): string {
  const generated = new Set(filesToGenerate);
  const others = fileNames.filter(
    (name) => !generated.has(name) && !name.startsWith("google/protobuf/") && !name.startsWith("trilogue/v1/"),
  );
  const [first] = others;
  if (first === undefined) return "";
  const more = others.length === 1 ? "" : ` and ${others.length - 1} more`;
  return (
    `protoc-gen-trilogue: ${first}${more} imported, but not generated in this run; ` +
    'in buf.gen.yaml, "strategy: all" and "include_imports: true" generate all at once\n'
  );
}

function respond(init: {
  readonly file?: { name: string; content: string }[];
  readonly error?: string;
}): CodeGeneratorResponse {
  return create(CodeGeneratorResponseSchema, {
    supportedFeatures: BigInt(
      CodeGeneratorResponse_Feature.PROTO3_OPTIONAL | CodeGeneratorResponse_Feature.SUPPORTS_EDITIONS,
    ),
    minimumEdition: Edition.EDITION_PROTO2,
    maximumEdition: Edition.EDITION_2026,
    ...init,
  });
}

function refuse(error: string): { readonly response: CodeGeneratorResponse; readonly notes: string } {
  return { response: respond({ error }), notes: "" };
}
