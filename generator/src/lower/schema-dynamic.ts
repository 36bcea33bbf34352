import { tooManyVariants } from "../diagnostics/catalogue/schema.ts";
import { createDiagnostic, type Diagnostic } from "../diagnostics/diagnostic.ts";
import type { Loaded, RefTarget } from "../load/loaded.ts";
import { isArray, isObject, type JsonObject, type JsonValue } from "../source/json.ts";
import { schemaName, unescapeSegment } from "./names.ts";

/**
 * What each dynamic anchor means on the way to a schema: the one of the outermost resource that was entered first
 * (JSON Schema 2020-12 core, sections 7.1 and 8.2.3.2).
 */
export type DynamicScope = ReadonlyMap<string, RefTarget>;

/** The scope of schemas that no `$dynamicRef` concerns. */
export const noScope: DynamicScope = new Map();

/**
 * Decides dynamic references without running anything: a schema is lowered once for each dynamic scope in which it can
 * be reached. Scopes only grow and anchors are few, so this ends.
 */
export interface DynamicScopes {
  /** The scope inside a schema that has been reached in `scope`. */
  enter(scope: DynamicScope, resource: JsonValue | undefined): DynamicScope;
  /** The scope inside the target of a reference. */
  enterTarget(scope: DynamicScope, target: RefTarget): DynamicScope;
  /** Where a `$dynamicRef` leads in a scope; `target` is where it would lead without. */
  resolve(holder: JsonObject, target: RefTarget, scope: DynamicScope): RefTarget;
  /** What tells the target in this scope from the target by itself, as an addition to its id and to its name. */
  variantOf(target: RefTarget, scope: DynamicScope): { readonly id: string; readonly name: string } | undefined;
}

/** Creates the dynamic scopes of a run. */
export function createDynamicScopes(loaded: Loaded): DynamicScopes {
  const { resources = new Map<object, DynamicScope>() } = loaded;
  const concerned = new Map<JsonValue, boolean>();
  const enter: DynamicScopes["enter"] = (scope, resource) => {
    const anchors = isObject(resource ?? null) ? resources.get(resource as JsonObject) : undefined;
    return anchors === undefined || anchors.size === 0 ? scope : new Map([...anchors, ...scope]);
  };
  const enterTarget: DynamicScopes["enterTarget"] = (scope, target) =>
    resources.size === 0 ? scope : enter(scope, resourceAround(target, resources));
  return {
    enter,
    enterTarget,
    resolve: (holder, target, scope) => {
      const text = typeof holder["$ref"] === "string" ? undefined : holder["$dynamicRef"];
      const name = typeof text === "string" ? text.slice(text.indexOf("#") + 1) : undefined;
      const isDynamic = name !== undefined && isObject(target.value) && target.value["$dynamicAnchor"] === name;
      return isDynamic ? (scope.get(name) ?? target) : target;
    },
    variantOf: (target, scope) => {
      if (resources.size === 0 || !isConcerned(target.value, loaded, concerned)) return undefined;
      const alone = enterTarget(noScope, target);
      const other = [...scope].filter(([name, meant]) => alone.get(name)?.value !== meant.value).sort();
      if (other.length === 0) return undefined;
      const homes = new Set(other.map(([, meant]) => nameOf(resourceTarget(meant, resources))));
      return {
        id: other.map(([name, { document, pointer }]) => `?${name}=${document.file.path}#${pointer}`).join(""),
        name: `In${[...homes].join("And")}`,
      };
    },
  };
}

/** One schema may mean so many things by its `$dynamicRef`: the ways through n schemas with anchors are 2^n. */
const maxVariants = 1000;

/** Counts the variants of each schema; false, and an error once, for those beyond the limit. */
export function createVariantLimit(report: (diagnostic: Diagnostic) => void): (target: RefTarget) => boolean {
  const counts = new Map<JsonValue, number>();
  return ({ value, document, pointer, range }) => {
    const count = (counts.get(value) ?? 0) + 1;
    counts.set(value, count);
    if (count === maxVariants + 1) {
      const parameters = { name: schemaName(document.file.path, pointer), limit: maxVariants };
      report(createDiagnostic(tooManyVariants, parameters, { range }));
    }
    return count <= maxVariants;
  };
}

/** Whether a `$dynamicRef` can be reached from a schema. */
function isConcerned(value: JsonValue, loaded: Loaded, known: Map<JsonValue, boolean>): boolean {
  const before = known.get(value);
  if (before !== undefined) return before;
  const seen = new Set<JsonValue>([value]);
  let found = false;
  // A set is visited in the order of insertion, with what is added on the way.
  for (const next of seen) {
    if (typeof next !== "object" || next === null) continue;
    if (isObject(next)) {
      found ||= typeof next["$dynamicRef"] === "string";
      const target = loaded.refs.get(next);
      if (target !== undefined) seen.add(target.value);
    }
    if (found) break;
    for (const child of isArray(next) ? next : Object.values(next)) seen.add(child);
  }
  known.set(value, found);
  return found;
}

function resourceAround(target: RefTarget, resources: ReadonlyMap<object, unknown>): JsonValue {
  return stepsTo(target)
    .filter(({ value }) => isObject(value) && resources.has(value))
    .at(-1)?.value as JsonValue;
}

function resourceTarget(target: RefTarget, resources: ReadonlyMap<object, unknown>): RefTarget {
  const around = stepsTo(target)
    .filter(({ value }) => isObject(value) && resources.has(value))
    .at(-1);
  return around === undefined ? target : { ...target, ...around };
}

function nameOf(target: RefTarget): string {
  return schemaName(target.document.file.path, target.pointer);
}

/** The values on the way to a target, from the document's root. */
export function stepsTo({
  document,
  pointer,
}: RefTarget): readonly { readonly value: JsonValue; readonly pointer: string }[] {
  let value: JsonValue | undefined = document.root;
  const steps = [{ value, pointer: "" }];
  for (const segment of pointer.split("/").slice(1)) {
    const token = unescapeSegment(segment);
    value = isArray(value) ? value[Number(token)] : isObject(value) ? value[token] : undefined;
    if (value === undefined) break;
    steps.push({ value, pointer: `${steps.at(-1)?.pointer ?? ""}/${segment}` });
  }
  return steps;
}
