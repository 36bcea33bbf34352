import { createDiagnostic } from "../diagnostics/diagnostic.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import * as messages from "../diagnostics/catalogue/load.ts";
import { getPlace, isArray, isObject, rangeOf, setPlace } from "../source/json.ts";
import type { EntryPlace, JsonArray, JsonObject, JsonValue } from "../source/json.ts";
import type { RawDocument } from "./documents.ts";
import { selectByPath } from "./json-path.ts";
import type { Selected } from "./json-path.ts";
import { folderOf, isRemote, joinPath } from "./paths.ts";
import { describeValue } from "./pointer.ts";

/** The path of the document that an overlay applies to: `extends`, else the only contract in its folder. */
export function findOverlayTarget(
  overlay: RawDocument,
  contracts: readonly RawDocument[],
  diagnostics: Diagnostic[],
): string | undefined {
  const { root, file } = overlay;
  const wanted = isObject(root) ? root["extends"] : undefined;
  const folder = folderOf(file.path);
  const range = isObject(root) ? rangeOf(root, "extends") : undefined;
  const refuse = (found: string): undefined => {
    diagnostics.push(createDiagnostic(messages.overlayWithoutTarget, { found }, { range }));
    return undefined;
  };
  if (wanted !== undefined) {
    if (typeof wanted !== "string") return refuse(describeValue(wanted));
    if (isRemote(wanted)) return refuse(`${JSON.stringify(wanted)}, which is on another machine`);
    return joinPath(folder, wanted.split("#")[0] ?? "");
  }
  const near = contracts.filter((contract) => folderOf(contract.file.path) === folder);
  if (near.length === 1) return near[0]?.file.path;
  return refuse(near.length === 0 ? "none in its folder" : `${near.length} in its folder`);
}

/**
 * Applies an Overlay 1.0 or 1.1 document: its actions in order, each to what the ones before left. The result is a
 * copy; what the overlay adds carries the overlay's places.
 */
export function applyOverlay(target: RawDocument, overlay: RawDocument, diagnostics: Diagnostic[]): RawDocument {
  const actions = isObject(overlay.root) ? overlay.root["actions"] : undefined;
  if (!isArray(actions)) {
    const problem = `expected "actions" to be an array, found ${describeValue(actions)}`;
    const range = isObject(overlay.root) ? rangeOf(overlay.root, "actions") : undefined;
    diagnostics.push(createDiagnostic(messages.overlayBadAction, { problem }, { range }));
    return target;
  }
  let root = copy(target.root);
  actions.forEach((action, index) => {
    const range = rangeOf(actions, index);
    if (isObject(action) && typeof action["target"] === "string")
      root = applyAction({ root, action, path: target.file.path, diagnostics });
    else
      diagnostics.push(
        createDiagnostic(
          messages.overlayBadAction,
          { problem: 'expected an action with a "target" that is a text' },
          { range },
        ),
      );
  });
  return { ...target, root };
}

interface ActionRun {
  readonly root: JsonValue;
  readonly action: JsonObject;
  readonly path: string;
  readonly diagnostics: Diagnostic[];
}

function applyAction(run: ActionRun): JsonValue {
  const { root, action, diagnostics } = run;
  const nodes = select(run, "target");
  if (nodes === undefined) return root;
  if (nodes.length === 0) {
    const range = rangeOf(action, "target");
    diagnostics.push(
      createDiagnostic(
        messages.overlayMatchesNothing,
        { path: String(action["target"]), document: run.path },
        { range },
      ),
    );
    return root;
  }
  if (action["remove"] === true) {
    removeNodes(nodes);
    return root;
  }
  if ("update" in action) return mergeInto(run, nodes, { holder: action, key: "update" });
  if (!("copy" in action))
    return report(run, "target", 'expected one of "update", "remove: true" and "copy", found none');
  const sources = select(run, "copy");
  const [source, ...more] = sources ?? [];
  if (sources === undefined) return root;
  if (source === undefined || more.length > 0 || source.parent === undefined) {
    return report(run, "copy", `expected "copy" to select one value below the root, found ${sources.length}`);
  }
  return mergeInto(run, nodes, { holder: source.parent, key: source.key });
}

function select(run: ActionRun, field: "target" | "copy"): readonly Selected[] | undefined {
  const path = run.action[field];
  const selection = typeof path === "string" ? selectByPath(run.root, path) : { problem: "it is not a text" };
  if ("nodes" in selection) return selection.nodes;
  const parameters = { path: typeof path === "string" ? path : describeValue(path), problem: selection.problem };
  run.diagnostics.push(createDiagnostic(messages.overlayBadPath, parameters, { range: rangeOf(run.action, field) }));
  return undefined;
}

function report(run: ActionRun, field: string, problem: string): JsonValue {
  run.diagnostics.push(createDiagnostic(messages.overlayBadAction, { problem }, { range: rangeOf(run.action, field) }));
  return run.root;
}

/** Where the value to merge stands. */
interface Source {
  readonly holder: JsonValue;
  readonly key: string | number;
}

function mergeInto(run: ActionRun, nodes: readonly Selected[], source: Source): JsonValue {
  const value = entryOf(source);
  for (const node of nodes) {
    if (isArray(node.value)) {
      for (const item of isArray(value) ? value : [value]) append(node.value, copy(item), placeOf(source));
    } else if (isObject(node.value) && isObject(value)) mergeObject(run, node.value, value);
    else if (!isObject(node.value) && !isObject(value) && !isArray(value) && node.parent !== undefined) {
      setEntry(node.parent, node.key, { value, place: placeOf(source) });
    } else {
      report(
        run,
        "target",
        `expected the update to be like its target, ${describeValue(node.value)}, found ${describeValue(value)}`,
      );
    }
  }
  return run.root;
}

/** Objects merge, arrays are concatenated, everything else is replaced (Overlay 1.1, "Action Object"). */
function mergeObject(run: ActionRun, target: JsonObject, update: JsonObject): void {
  for (const [key, value] of Object.entries(update)) {
    const old = target[key];
    const place = placeOf({ holder: update, key });
    if (isObject(old) && isObject(value)) mergeObject(run, old, value);
    else if (isArray(old) && isArray(value)) {
      value.forEach((item, index) => append(old, copy(item), placeOf({ holder: value, key: index })));
    } else setEntry(target, key, { value: copy(value), place });
  }
}

function entryOf({ holder, key }: Source): JsonValue {
  if (isArray(holder)) return holder[Number(key)] ?? null;
  return isObject(holder) ? (holder[key] ?? null) : null;
}

function placeOf({ holder, key }: Source): EntryPlace | undefined {
  if (typeof holder !== "object" || holder === null) return undefined;
  const keyRange = rangeOf(holder, key, "key");
  const valueRange = rangeOf(holder, key);
  return keyRange === undefined || valueRange === undefined ? undefined : { key: keyRange, value: valueRange };
}

function append(array: JsonArray, value: JsonValue, place: EntryPlace | undefined): void {
  setEntry(array, array.length, { value, place });
}

/** Only copies are changed: `applyOverlay` made them, and nobody else has seen them yet. */
function setEntry(
  container: JsonValue,
  key: string | number,
  entry: { readonly value: JsonValue; readonly place: EntryPlace | undefined },
): void {
  if (isArray(container)) (container as JsonValue[])[Number(key)] = entry.value;
  else if (isObject(container)) (container as Record<string, JsonValue>)[key] = entry.value;
  if (typeof container !== "object" || container === null) return;
  const place = getPlace(container);
  if (place === undefined || entry.place === undefined) return;
  setPlace(container, { ...place, entries: new Map([...(place.entries ?? []), [String(key), entry.place]]) });
}

function removeNodes(nodes: readonly Selected[]): void {
  const indicesByArray = new Map<JsonArray, Set<number>>();
  for (const { parent, key } of nodes) {
    if (isArray(parent)) indicesByArray.set(parent, (indicesByArray.get(parent) ?? new Set()).add(Number(key)));
    else if (isObject(parent)) delete (parent as Record<string, JsonValue>)[key];
  }
  for (const [array, indices] of indicesByArray) removeItems(array as JsonValue[], indices);
}

function removeItems(array: JsonValue[], indices: ReadonlySet<number>): void {
  const place = getPlace(array);
  const kept = array.flatMap((item, index) =>
    indices.has(index) ? [] : [{ item, place: placeOf({ holder: array, key: index }) }],
  );
  array.splice(0, array.length, ...kept.map(({ item }) => item));
  if (place === undefined) return;
  const entries = kept.flatMap(({ place: entry }, index) =>
    entry === undefined ? [] : [[String(index), entry] as const],
  );
  setPlace(array, { ...place, entries: new Map(entries) });
}

function copy(value: JsonValue): JsonValue {
  if (typeof value !== "object" || value === null) return value;
  const place = getPlace(value);
  const copied: JsonArray | JsonObject = isArray(value) ? value.map(copy) : copyObject(value as JsonObject);
  if (place !== undefined) setPlace(copied, place);
  return copied;
}

function copyObject(value: JsonObject): JsonObject {
  const copied: Record<string, JsonValue> = Object.create(null);
  for (const key of Object.keys(value)) copied[key] = copy(value[key] ?? null);
  return copied;
}
