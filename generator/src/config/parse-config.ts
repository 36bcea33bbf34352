import { dedupeDiagnostics } from "../diagnostics/dedupe.ts";
import { configMessages } from "../diagnostics/catalogue/config.ts";
import { createDiagnostic, type Diagnostic, type Outcome } from "../diagnostics/diagnostic.ts";
import { suggestName } from "../diagnostics/suggest.ts";
import type { PolicyLayer } from "../policy/layers.ts";
import { parseLayer } from "../policy/parse-layer.ts";
import { showValue } from "../policy/read-field.ts";
import { createObjectBuilder } from "../source/build.ts";
import { isArray, isObject, rangeOf, type JsonObject, type JsonValue } from "../source/json.ts";
import { readSource } from "../source/read-source.ts";
import type { SourceFile, SourceRange } from "../source/source-file.ts";
import { defaultConfig, type Config, type PolicyDefaults } from "./config.ts";
import { configFields, defaultKinds, type ConfigField } from "./config-shape.ts";

const maxShownKey = 80;

/** Reads `trilogue.yaml`: everything wrong with it at once, located. An empty file is the default configuration. */
export function parseConfig(file: SourceFile): Outcome<Config> {
  const { value: root, problems } = readSource(file);
  const errors = problems.filter(({ kind }) => kind !== "lenient");
  const diagnostics: Diagnostic[] = errors.map(({ message, range }) =>
    createDiagnostic(configMessages.unreadableConfig, { problem: message }, { range }),
  );
  if (root === undefined || root === null) return { value: defaultConfig, diagnostics };
  const whole: SourceRange = { file, start: 0, end: file.text.length };
  if (!isObject(root)) {
    const parameters = { what: "the configuration", found: showValue(root) };
    diagnostics.push(createDiagnostic(configMessages.notAnObject, parameters, { range: whole }));
    return { value: defaultConfig, diagnostics };
  }
  const reader: Reader = { diagnostics, values: new Map(), whole };
  readSettings(reader, root, "");
  const defaults = readDefaults(reader, root);
  return { value: toConfig(reader.values, defaults), diagnostics: dedupeDiagnostics(diagnostics) };
}

interface Reader {
  readonly diagnostics: Diagnostic[];
  readonly values: Map<string, JsonValue>;
  readonly whole: SourceRange;
}

function readSettings(reader: Reader, object: JsonObject, prefix: string): void {
  const members = configFields
    .filter(({ path }) => path.startsWith(prefix))
    .map(({ path }) => path.slice(prefix.length).split(".")[0] ?? "");
  const known = prefix === "" ? [...new Set(members), "defaults", "$schema"] : members;
  for (const [key, value] of Object.entries(object)) {
    const path = `${prefix}${key}`;
    const field = configFields.find((candidate) => candidate.path === path);
    if (field !== undefined) readSetting(reader, field, { value, range: rangeOf(object, key) ?? reader.whole });
    else if (!known.includes(key)) {
      reader.diagnostics.push(
        createDiagnostic(
          configMessages.unknownConfigKey,
          { key: path.slice(0, maxShownKey), suggestion: suggestName(key, known), known },
          { range: rangeOf(object, key, "key") ?? reader.whole },
        ),
      );
    } else if (prefix === "" && members.includes(key)) {
      if (isObject(value)) readSettings(reader, value, `${key}.`);
      else refuse(reader, { path, expected: "an object", found: value, range: rangeOf(object, key) ?? reader.whole });
    }
  }
}

function readSetting(
  reader: Reader,
  field: ConfigField,
  { value, range }: { readonly value: JsonValue; readonly range: SourceRange },
): void {
  const isFolder = (entry: JsonValue): entry is string => typeof entry === "string" && entry !== "";
  switch (field.kind) {
    case "folder":
      if (isFolder(value)) reader.values.set(field.path, value);
      else refuse(reader, { path: field.path, expected: "a folder", found: value, range });
      return;
    case "folders": {
      const list = isArray(value) ? value : [value];
      if (list.length > 0 && list.every(isFolder)) reader.values.set(field.path, list);
      else refuse(reader, { path: field.path, expected: "a folder or a list of folders", found: value, range });
      return;
    }
    case "choice":
      if (typeof value === "string" && field.values.includes(value)) reader.values.set(field.path, value);
      else
        refuse(reader, {
          path: field.path,
          expected: field.values.map((name) => `"${name}"`).join(" or "),
          found: value,
          range,
        });
  }
}

function readDefaults(reader: Reader, root: JsonObject): PolicyDefaults {
  const value = root["defaults"];
  const range = rangeOf(root, "defaults") ?? reader.whole;
  if (value === undefined) return defaultConfig.defaults;
  if (!isObject(value)) {
    refuse(reader, { path: "defaults", expected: "a policy", found: value, range });
    return defaultConfig.defaults;
  }
  const builder = createObjectBuilder();
  builder.addAll(value, new Set(defaultKinds));
  const all: PolicyLayer = { name: "config", value: builder.build(value), range };
  for (const kind of defaultKinds) reader.diagnostics.push(...parseLayer(all, { kind }).diagnostics);
  const [http, rpc, event] = defaultKinds.map((kind): PolicyLayer | undefined => {
    const own = value[kind];
    const ownRange = rangeOf(value, kind) ?? range;
    if (own === undefined) return undefined;
    if (!isObject(own)) {
      refuse(reader, { path: `defaults.${kind}`, expected: "a policy", found: own, range: ownRange });
      return undefined;
    }
    const layer: PolicyLayer = { name: "config", value: own, range: ownRange };
    // Here a field of another kind is a mistake, not a default for others; so it is read as a contract's root.
    reader.diagnostics.push(...parseLayer({ ...layer, name: "root" }, { kind }).diagnostics);
    return layer;
  });
  return { all, http, rpc, event };
}

function toConfig(values: ReadonlyMap<string, JsonValue>, defaults: PolicyDefaults): Config {
  const choose = <Value>(path: string, otherwise: Value): Value => (values.get(path) as Value | undefined) ?? otherwise;
  return {
    contracts: choose("contracts", defaultConfig.contracts),
    out: choose("out", defaultConfig.out),
    importExtension: choose("importExtension", defaultConfig.importExtension),
    int64: choose("types.int64", defaultConfig.int64),
    format: choose("format", defaultConfig.format),
    formats: choose("validation.formats", defaultConfig.formats),
    messages: choose("messages", defaultConfig.messages),
    defaults,
  };
}

function refuse(
  reader: Reader,
  problem: { readonly path: string; readonly expected: string; readonly found: JsonValue; readonly range: SourceRange },
): void {
  const { path, expected, found, range } = problem;
  reader.diagnostics.push(
    createDiagnostic(configMessages.invalidConfigValue, { path, expected, found: showValue(found) }, { range }),
  );
}
