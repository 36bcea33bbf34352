import { policyMessages } from "../diagnostics/catalogue/policy.ts";
import { createDiagnostic, type Diagnostic, type Outcome } from "../diagnostics/diagnostic.ts";
import { suggestName } from "../diagnostics/suggest.ts";
import { isArray, isObject, rangeOf, type JsonObject, type JsonValue } from "../source/json.ts";
import type { SourceRange } from "../source/source-file.ts";
import type { NativeFacts, PolicyLayer } from "./layers.ts";
import { readFieldValue, showValue } from "./read-field.ts";
import { fieldsByPath, groupsByPath, listMembers, type PolicyField } from "./shape.ts";

/** One value of a layer, in canonical form. */
export interface WrittenValue {
  readonly field: PolicyField;
  readonly value: JsonValue;
  readonly range: SourceRange;
  readonly layer: PolicyLayer;
}

/** A layer, read: its values by path, and the paths it takes back from weaker layers. */
export interface LayerValues {
  readonly resets: ReadonlySet<string>;
  readonly values: ReadonlyMap<string, WrittenValue>;
}

/** What of the facts decides whether a field makes sense. */
export type Applicability = Pick<NativeFacts, "kind">;

/** Whether a layer was written for more operations than the one at hand. */
export function isWideLayer(layer: PolicyLayer): boolean {
  return layer.isWide ?? (layer.name !== "operation" && layer.name !== "override");
}

/** Reads one layer against the table: unknown keys, wrong types and fields that don't apply, all at once. */
export function parseLayer(layer: PolicyLayer, to: Applicability): Outcome<LayerValues> {
  const reader: Reader = { layer, to, values: new Map(), resets: new Set(), diagnostics: [] };
  readGroup(reader, layer.value, "");
  // Choosing among alternatives drops the inherited choice, even when the new one is reset later.
  for (const path of reader.values.keys()) {
    const top = path.split(".")[0] ?? "";
    const group = groupsByPath.get(top);
    if (group?.alternatives === true || path === `${top}.${group?.decidedBy}`) reader.resets.add(top);
  }
  return { value: { resets: reader.resets, values: reader.values }, diagnostics: reader.diagnostics };
}

const maxShownKey = 80;

interface Reader {
  readonly layer: PolicyLayer;
  readonly to: Applicability;
  readonly values: Map<string, WrittenValue>;
  readonly resets: Set<string>;
  readonly diagnostics: Diagnostic[];
}

function readGroup(reader: Reader, group: JsonObject, groupPath: string): void {
  const members: string[] = [];
  for (const [key, value] of Object.entries(group)) {
    const path = groupPath === "" ? key : `${groupPath}.${key}`;
    const range = rangeOf(group, key) ?? reader.layer.range;
    const field = key.includes(".") ? undefined : fieldsByPath.get(path);
    if (groupPath === "" && key === "reset") readResets(reader, value, range);
    // Readers of contracts hand on an extension that is no object at all under the empty key.
    else if (path === "") {
      const help = "write for example { timeout: 2s }";
      reportValue(reader, "x-trilogue", {
        expected: "an object",
        found: showValue(value),
        help,
        range: reader.layer.range,
      });
    } else if (field !== undefined) {
      members.push(key);
      readField(reader, field, { value, range });
    } else if (!key.includes(".") && groupsByPath.has(path)) {
      members.push(key);
      if (isObject(value)) readGroup(reader, value, path);
      else
        reportValue(reader, path, {
          expected: "an object",
          found: showValue(value),
          help: `write { ${listMembers(path).join(", ")} }`,
          range,
        });
    } else reportUnknown(reader, { key, group: groupPath }, rangeOf(group, key, "key") ?? reader.layer.range);
  }
  if (groupsByPath.get(groupPath)?.alternatives === true && members.length > 1) {
    reader.diagnostics.push(
      createDiagnostic(
        policyMessages.twoAlternatives,
        { group: groupPath, first: members[0] ?? "", second: members[1] ?? "" },
        {
          range: rangeOf(group, members[1]) ?? reader.layer.range,
          related: related(rangeOf(group, members[0]), `"${members[0]}" is here`),
        },
      ),
    );
  }
}

function readField(
  reader: Reader,
  field: PolicyField,
  { value, range }: { readonly value: JsonValue; readonly range: SourceRange },
): void {
  const reading = readFieldValue(field.type, value);
  if (!("value" in reading)) return reportValue(reader, field.path, { ...reading, range });
  if (field.runtime === undefined) {
    reader.diagnostics.push(createDiagnostic(policyMessages.notSupported, { path: field.path }, { range }));
    return;
  }
  const problem = findInapplicable(field, reader.to);
  if (problem !== undefined) {
    // A default for everything names what only some of them have.
    if (reader.layer.name !== "config") {
      const { to, only } = problem;
      reader.diagnostics.push(
        createDiagnostic(policyMessages.notApplicable, { path: field.path, to, only }, { range }),
      );
    }
    return;
  }
  reader.values.set(field.path, { field, value: reading.value, range, layer: reader.layer });
}

function findInapplicable(
  field: PolicyField,
  to: Applicability,
): { readonly to: string; readonly only: string } | undefined {
  const names = { http: "HTTP operations", rpc: "RPC methods", event: "messages" } as const;
  if (field.kinds.includes(to.kind)) return undefined;
  return { to: names[to.kind], only: field.kinds.map((kind) => names[kind]).join(" and ") };
}

function readResets(reader: Reader, value: JsonValue, range: SourceRange): void {
  if (!isArray(value)) {
    const help = "write for example reset: [retry, circuitBreaker]";
    return reportValue(reader, "reset", { expected: "a list of paths", found: showValue(value), help, range });
  }
  const known = [...groupsByPath.keys(), ...fieldsByPath.keys()];
  value.forEach((path, index) => {
    if (typeof path === "string" && (groupsByPath.has(path) || fieldsByPath.has(path))) reader.resets.add(path);
    else {
      const shown = typeof path === "string" ? path.slice(0, maxShownKey) : showValue(path);
      reader.diagnostics.push(
        createDiagnostic(
          policyMessages.unknownReset,
          { path: shown, suggestion: suggestName(shown, known), known: listMembers("") },
          { range: rangeOf(value, index) ?? range },
        ),
      );
    }
  });
}

function reportUnknown(
  reader: Reader,
  { key, group }: { readonly key: string; readonly group: string },
  range: SourceRange,
): void {
  const known = [...listMembers(group), ...(group === "" ? ["reset"] : [])];
  reader.diagnostics.push(
    createDiagnostic(
      policyMessages.unknownKey,
      { key: key.slice(0, maxShownKey), group, suggestion: suggestName(key, known), known },
      { range },
    ),
  );
}

function reportValue(
  reader: Reader,
  path: string,
  problem: { readonly expected: string; readonly found: string; readonly help: string; readonly range: SourceRange },
): void {
  const { expected, found, help, range } = problem;
  reader.diagnostics.push(createDiagnostic(policyMessages.invalidValue, { path, expected, found, help }, { range }));
}

function related(
  range: SourceRange | undefined,
  message: string,
): readonly { readonly range: SourceRange; readonly message: string }[] {
  return range === undefined ? [] : [{ range, message }];
}
