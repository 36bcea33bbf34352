import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import test from "node:test";
import { load } from "../../../generator/src/load/load.ts";
import { builtInRoot } from "../../../generator/src/shell/built-in-protos.ts";
import type { SourceFile } from "../../../generator/src/source/source-file.ts";

const corpus = resolve(import.meta.dirname, "../../..", process.env["TRILOGUE_CORPUS"] ?? "../shared/corpus");
const skip = existsSync(corpus) ? false : `no corpus at ${corpus}; set TRILOGUE_CORPUS`;

/** What documents report besides nothing: document, then severity, code and count of each. */
const expected: Readonly<Record<string, readonly string[]>> = {
  "apicurio-item-schema-3.2.json": ["warning missing-field-unused 1"],
  "heyapi-full-3.0/full.yaml": ["warning unknown-field 6"],
  // Payload schemas by remote $ref.
  "blueapi/asyncapi.yaml": ["error ref-remote 8"],
  "microcks/user-signedup-cloudevents-structured.yaml": ["error ref-remote 1"],
  "spec-v3/adeo-kafka-request-reply-asyncapi.yml": ["error ref-remote 2"],
  // "deprecated" on operations, which AsyncAPI doesn't have.
  "codegen-project/asyncapi-regular.json": ["warning unknown-field 2"],
  "protobuf/complex.proto3.yaml": ["warning inline-proto-required 1"],
  "deepgram/asyncapi.yml": ["warning ref-unescaped-slash 65"],
  // Flow collections that are indented too little, here and in the documents they refer to.
  "everest/auth_consumer_API.yaml": ["warning lenient-yaml 1"],
  "everest/auth_token_validator_API.yaml": ["warning lenient-yaml 2"],
  "everest/evse_board_support_API.yaml": ["warning lenient-yaml 1"],
  "everest/evse_manager_consumer_API.yaml": ["warning lenient-yaml 2"],
};

function readFiles(folder: string): readonly SourceFile[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(?:ya?ml|json|avsc)$/.test(name))
    .map((name) => {
      const path = relative(folder, join(folder, name)).replaceAll("\\", "/");
      return { path, displayPath: path, text: readFileSync(join(folder, name), "utf8") };
    });
}

/** What the shell adds when a proto text imports it. */
const protos: readonly SourceFile[] = readdirSync(join(builtInRoot, "google/type")).map((name) => {
  const path = `google/type/${name}`;
  return { path, displayPath: path, text: readFileSync(join(builtInRoot, path), "utf8") };
});

function loadEach(kind: "openapi" | "asyncapi"): ReadonlyMap<string, readonly string[]> {
  const files = readFiles(join(corpus, kind));
  const found = new Map<string, readonly string[]>();
  for (const { path } of files) {
    const { value, diagnostics } = load({ files: [...files, ...protos], entries: new Set([path]) });
    if (!value.loaded.documents.some((document) => document.isEntry && document.kind === kind)) continue;
    assert.deepEqual(value.needs, [], path);
    const counts = new Map<string, number>();
    for (const { severity, code, range } of diagnostics) {
      assert.ok(range, `${path}: ${code} has no place`);
      counts.set(`${severity} ${code}`, (counts.get(`${severity} ${code}`) ?? 0) + 1);
    }
    found.set(
      path,
      [...counts].map(([what, count]) => `${what} ${count}`),
    );
  }
  return found;
}

for (const [kind, count] of [
  ["openapi", 32],
  ["asyncapi", 57],
] as const) {
  test(`loads all ${count} ${kind} documents of the corpus and says only what is right`, { skip }, () => {
    const found = loadEach(kind);
    assert.equal(found.size, count);
    for (const [path, reports] of found) assert.deepEqual(reports, expected[path] ?? [], path);
  });
}

test("every reference of the corpus leads to its definition", { skip }, () => {
  const files = readFiles(join(corpus, "openapi"));
  const { value, diagnostics } = load({
    files,
    entries: new Set(["digitalocean-multifile-3.0/DigitalOcean-public.v2.yaml", "zoom-2.0.json"]),
  });
  assert.deepEqual(diagnostics, []);
  assert.ok(value.loaded.refs.size > 8000);
  for (const { value: target } of value.loaded.refs.values()) assert.notEqual(target, undefined);
});
