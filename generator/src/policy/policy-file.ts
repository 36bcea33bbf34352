import { configMessages } from "../diagnostics/catalogue/config.ts";
import { createDiagnostic, type Diagnostic } from "../diagnostics/diagnostic.ts";
import { suggestName } from "../diagnostics/suggest.ts";
import type { LoadedDocument } from "../load/loaded.ts";
import { isArray, isObject, rangeOf, type JsonObject } from "../source/json.ts";
import type { SourceRange } from "../source/source-file.ts";
import type { PolicyLayer } from "./layers.ts";
import {
  findDuplicateNames,
  findUnmatchedNames,
  matchMethodName,
  readMethodNames,
  type MethodName,
} from "./method-names.ts";
import { showValue } from "./read-field.ts";
import { reportOverride } from "./report-override.ts";
import { readServiceConfig, type ServiceConfig } from "./service-config.ts";

/**
 * A policy file, for protos that one does not own:
 *
 *     trilogue: "1"
 *     methods:
 *       - name: [{ service: google.pubsub.v1.Publisher, method: Publish }]
 *         policy: { timeout: 2s }
 */
interface PolicyFile {
  readonly methods: readonly {
    readonly names: readonly MethodName[];
    readonly value: JsonObject;
    readonly range: SourceRange;
  }[];
  readonly diagnostics: readonly Diagnostic[];
}

type Override =
  | { readonly kind: "policy"; readonly file: PolicyFile }
  | { readonly kind: "serviceConfig"; readonly file: ServiceConfig };

// Each method asks all documents; a document is immutable, so it is read once.
const overrides = new WeakMap<LoadedDocument, Override>();

/**
 * What policy files and gRPC service configs say of a method (`google.pubsub.v1.Publisher/Publish`), weakest first:
 * service configs, then policy files. Of a service config the best match alone counts, as gRPC has it: the method,
 * else its service, else the default. Of a policy file all three count, the better match the stronger.
 */
export function matchOverrides(documents: readonly LoadedDocument[], fullMethodName: string): readonly PolicyLayer[] {
  const read = documents.flatMap((document) => readOverride(document) ?? []);
  return [
    ...read.flatMap((override) =>
      override.kind === "serviceConfig" ? matchServiceConfig(override.file, fullMethodName) : [],
    ),
    ...read.flatMap((override) => (override.kind === "policy" ? matchPolicyFile(override.file, fullMethodName) : [])),
  ];
}

/**
 * Everything wrong with policy files and service configs themselves; once a run. With the full names of all methods,
 * names that match none are reported too. What their policies say is checked by `resolvePolicy`.
 */
export function checkOverrides(
  documents: readonly LoadedDocument[],
  methods?: readonly string[],
): readonly Diagnostic[] {
  return documents.flatMap((document) => {
    const override = readOverride(document);
    if (override === undefined) return [];
    const names = override.file.methods.flatMap((entry) => entry.names);
    return [
      ...override.file.diagnostics,
      ...findDuplicateNames(names),
      ...(methods === undefined ? [] : findUnmatchedNames(names, methods)),
    ];
  });
}

function readOverride(document: LoadedDocument): Override | undefined {
  if (document.kind !== "policy" && document.kind !== "serviceConfig") return undefined;
  const known = overrides.get(document);
  if (known !== undefined) return known;
  const whole: SourceRange = { file: document.file, start: 0, end: 0 };
  const root = isObject(document.root) ? document.root : {};
  const at = rangeOf(root) ?? whole;
  const override: Override =
    document.kind === "policy"
      ? { kind: "policy", file: readPolicyFile(root, at) }
      : { kind: "serviceConfig", file: readServiceConfig(root, at) };
  overrides.set(document, override);
  return override;
}

function readPolicyFile(root: JsonObject, at: SourceRange): PolicyFile {
  const diagnostics: Diagnostic[] = [];
  const version = root["trilogue"];
  if (version !== 1 && version !== "1") {
    diagnostics.push(
      createDiagnostic(
        configMessages.unknownPolicyFileVersion,
        { found: showValue(version) },
        { range: rangeOf(root, "trilogue") ?? at },
      ),
    );
  }
  checkKeys(root, { path: "policy file", known: ["trilogue", "methods"], at }, diagnostics);
  const list = root["methods"] ?? [];
  if (!isArray(list)) {
    reportOverride(diagnostics, {
      path: "methods",
      expected: "a list",
      found: list,
      range: rangeOf(root, "methods") ?? at,
    });
    return { methods: [], diagnostics };
  }
  const methods = list.flatMap((entry, index) => {
    const range = rangeOf(list, index) ?? at;
    const path = `methods[${index}]`;
    if (!isObject(entry)) {
      reportOverride(diagnostics, { path, expected: "{ name, policy }", found: entry, range });
      return [];
    }
    checkKeys(entry, { path, known: ["name", "policy"], at: range }, diagnostics);
    const names = readMethodNames(entry, range, diagnostics);
    const policy = entry["policy"];
    if (isObject(policy)) return [{ names, value: policy, range: rangeOf(entry, "policy") ?? range }];
    reportOverride(diagnostics, {
      path: `${path}.policy`,
      expected: "a policy",
      found: policy,
      range: rangeOf(entry, "policy") ?? range,
    });
    return [];
  });
  return { methods, diagnostics };
}

function matchPolicyFile(file: PolicyFile, method: string): readonly PolicyLayer[] {
  return file.methods
    .flatMap(({ names, value, range }) => {
      const rank = bestMatch(names, method);
      return rank === undefined ? [] : [{ rank, layer: { name: "override", value, range, isWide: rank < 2 } as const }];
    })
    .sort((a, b) => a.rank - b.rank)
    .map(({ layer }) => layer);
}

function matchServiceConfig({ methods, throttling }: ServiceConfig, method: string): readonly PolicyLayer[] {
  let best: { readonly rank: number; readonly layer: PolicyLayer } | undefined;
  for (const { names, value, range } of methods) {
    const rank = bestMatch(names, method);
    if (rank === undefined || (best !== undefined && rank <= best.rank)) continue;
    best = { rank, layer: { name: "override", value, range, isWide: rank < 2, isImported: true } };
  }
  const shared: readonly PolicyLayer[] =
    throttling === undefined
      ? []
      : [{ name: "override", value: throttling.value, range: throttling.range, isWide: true, isImported: true }];
  return [...shared, ...(best === undefined ? [] : [best.layer])];
}

function bestMatch(names: readonly MethodName[], method: string): 0 | 1 | 2 | undefined {
  let best: 0 | 1 | 2 | undefined;
  for (const name of names) {
    const rank = matchMethodName(name, method);
    if (rank !== undefined && (best === undefined || rank > best)) best = rank;
  }
  return best;
}

function checkKeys(
  object: JsonObject,
  place: { readonly path: string; readonly known: readonly string[]; readonly at: SourceRange },
  diagnostics: Diagnostic[],
): void {
  const { path, known, at } = place;
  for (const key of Object.keys(object)) {
    if (known.includes(key)) continue;
    diagnostics.push(
      createDiagnostic(
        configMessages.unknownOverrideKey,
        { path, key, suggestion: suggestName(key, known), known },
        { range: rangeOf(object, key, "key") ?? at },
      ),
    );
  }
}
