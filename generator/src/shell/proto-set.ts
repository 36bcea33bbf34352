import { BinaryReader } from "@bufbuild/protobuf/wire";
import { policyProto, wellKnownProtos } from "../source/well-known-protos.ts";

interface ScannedFile {
  readonly name: string;
  readonly dependencies: readonly string[];
  readonly bytes: Uint8Array;
}

/** Names of the files in a descriptor set, in its order; none when the bytes are something else (`load` says so). */
export function namesInSet(bytes: Uint8Array): readonly string[] {
  return [...scan(bytes).keys()];
}

/**
 * The files named and everything they import that output needs: all but the well-known types, which the runtime brings,
 * and the policy options, unless some file uses their messages as types.
 */
export function withImports(bytes: Uint8Array, names: readonly string[]): readonly string[] {
  const files = scan(bytes);
  const wanted = new Set(names.filter((name) => !wellKnownProtos.has(name) && name !== policyProto));
  for (const name of wanted) {
    const file = files.get(name);
    for (const dependency of file?.dependencies ?? []) {
      if (wellKnownProtos.has(dependency)) continue;
      if (dependency === policyProto && !usesPolicyTypes(file)) continue;
      wanted.add(dependency);
    }
  }
  return [...wanted].sort((a, b) => (a < b ? -1 : 1));
}

/** Type names stand in descriptors with a dot in front, which a comment or an option hardly ever has. */
function usesPolicyTypes(file: ScannedFile | undefined): boolean {
  return (
    file !== undefined &&
    Buffer.from(file.bytes.buffer, file.bytes.byteOffset, file.bytes.byteLength).includes(".trilogue.v1.")
  );
}

/** Reads names and imports only; decoding all of a large set takes a while and is done once, by `load`. */
function scan(bytes: Uint8Array): ReadonlyMap<string, ScannedFile> {
  const files = new Map<string, ScannedFile>();
  try {
    const reader = new BinaryReader(bytes);
    while (reader.pos < reader.len) {
      const [no, wireType] = reader.tag();
      if (no !== 1) {
        reader.skip(wireType, no);
        continue;
      }
      const file = scanFile(reader.bytes());
      files.set(file.name, file);
    }
  } catch {
    // Not a descriptor set: `load` decodes the same bytes and reports it.
    return new Map();
  }
  return files;
}

function scanFile(bytes: Uint8Array): ScannedFile {
  const reader = new BinaryReader(bytes);
  const dependencies: string[] = [];
  let name = "";
  while (reader.pos < reader.len) {
    const [no, wireType] = reader.tag();
    if (no === 1) name = reader.string();
    else if (no === 3) dependencies.push(reader.string());
    else reader.skip(wireType, no);
  }
  return { name, dependencies, bytes };
}
