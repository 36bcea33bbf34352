import { createFileRegistry, fromBinary, type DescFile, type FileRegistry } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema, type FileDescriptorProto } from "@bufbuild/protobuf/wkt";
import { createDiagnostic, hasErrors, type Diagnostic, type Outcome } from "../diagnostics/diagnostic.ts";
import { protoMessages } from "../diagnostics/catalogue/proto.ts";
import type { SourceFile } from "../source/source-file.ts";
import type { LoadedProtos, LoadInput } from "./loaded.ts";

/**
 * Compiled protos as descriptors, from the bytes of a google.protobuf.FileDescriptorSet or a buf image.
 *
 * Undefined when the input holds none, and when it holds some that can't be used (then with errors).
 */
export function loadProtos(input: LoadInput): Outcome<LoadedProtos | undefined> {
  if (input.descriptorSet === undefined) return { value: undefined, diagnostics: [] };
  const decoded = decodeSet(input.descriptorSet);
  if (typeof decoded === "string")
    return failed([createDiagnostic(protoMessages.badDescriptorSet, { reason: decoded })]);
  return linkProtos(decoded, input.protoFilesToGenerate ?? decoded.map((file) => file.name), input.files);
}

/** Links descriptors in any order; the plugin enters here, because its host has decoded them already. */
export function linkProtos(
  files: readonly FileDescriptorProto[],
  filesToGenerate: readonly string[],
  sources: readonly SourceFile[],
): Outcome<LoadedProtos | undefined> {
  const diagnostics = checkNames(files, filesToGenerate);
  if (hasErrors(diagnostics)) return failed(diagnostics);
  let registry: FileRegistry;
  try {
    registry = createFileRegistry({ $typeName: FileDescriptorSetSchema.typeName, file: sortByImports(files) });
  } catch (error) {
    // protobuf-es checks descriptors while it links them and throws on what no compiler would have written.
    return failed([createDiagnostic(protoMessages.badDescriptorSet, { reason: messageOf(error) })]);
  }
  const names = [...new Set(filesToGenerate)].sort((a, b) => (a < b ? -1 : 1));
  return { value: { registry, filesToGenerate: names, sources: matchSources(registry.files, sources) }, diagnostics };
}

function decodeSet(bytes: Uint8Array): FileDescriptorProto[] | string {
  try {
    const { file } = fromBinary(FileDescriptorSetSchema, bytes);
    return file.length === 0 ? "it holds no file" : file;
  } catch (error) {
    return messageOf(error);
  }
}

function checkNames(files: readonly FileDescriptorProto[], filesToGenerate: readonly string[]): Diagnostic[] {
  const known = new Set<string>();
  const diagnostics: Diagnostic[] = [];
  for (const { name } of files) {
    if (!isSafePath(name)) diagnostics.push(createDiagnostic(protoMessages.unsafeProtoName, { name }));
    if (known.has(name))
      diagnostics.push(createDiagnostic(protoMessages.badDescriptorSet, { reason: `"${name}" is in it twice` }));
    known.add(name);
  }
  for (const name of filesToGenerate) {
    if (!known.has(name)) diagnostics.push(createDiagnostic(protoMessages.missingInDescriptorSet, { name }));
  }
  return diagnostics;
}

/** Names become output paths and comments, and a descriptor set can come from anywhere. */
function isSafePath(name: string): boolean {
  return (
    /^[^\\\u0000-\u001f\u007f\u2028\u2029:]+\.proto$/.test(name) &&
    name.split("/").every((part) => part !== "" && part !== "." && part !== "..")
  );
}

/** Imports first, otherwise by name, so that nothing depends on the order a compiler chose. */
function sortByImports(files: readonly FileDescriptorProto[]): FileDescriptorProto[] {
  const byName = new Map(files.map((file) => [file.name, file]));
  const sorted: FileDescriptorProto[] = [];
  const state = new Map<string, "open" | "done">();
  const roots = [...byName.keys()].sort((a, b) => (a < b ? -1 : 1));
  const stack: { readonly file: FileDescriptorProto; next: number }[] = [];
  const enter = (name: string): void => {
    const file = byName.get(name);
    // A missing or circular import is left for the registry, which names it.
    if (file === undefined || state.has(name)) return;
    state.set(name, "open");
    stack.push({ file, next: 0 });
  };
  for (const root of roots) {
    enter(root);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const dependency = top.file.dependency[top.next];
      top.next += 1;
      if (dependency !== undefined) {
        enter(dependency);
        continue;
      }
      stack.pop();
      state.set(top.file.name, "done");
      sorted.push(top.file);
    }
  }
  return sorted;
}

/** A proto root may lie below a contract directory, so a file's path may be longer than its name. */
function matchSources(files: Iterable<DescFile>, sources: readonly SourceFile[]): ReadonlyMap<string, SourceFile> {
  const byTail = new Map<string, SourceFile | undefined>();
  const exact = new Map<string, SourceFile>();
  for (const source of sources) {
    if (!source.path.endsWith(".proto")) continue;
    exact.set(source.path, source);
    for (let at = source.path.indexOf("/"); at !== -1; at = source.path.indexOf("/", at + 1)) {
      const tail = source.path.slice(at + 1);
      byTail.set(tail, byTail.has(tail) ? undefined : source);
    }
  }
  const matched = new Map<string, SourceFile>();
  for (const { proto } of files) {
    const source = exact.get(proto.name) ?? byTail.get(proto.name);
    if (source !== undefined) matched.set(proto.name, source);
  }
  return matched;
}

function failed(diagnostics: readonly Diagnostic[]): Outcome<undefined> {
  return { value: undefined, diagnostics };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
