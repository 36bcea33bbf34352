import { createObjectBuilder, type ObjectBuilder } from "../source/build.ts";
import type { JsonObject, JsonValue } from "../source/json.ts";
import type { SourceRange } from "../source/source-file.ts";

/** A value for the policy at a dotted path, made from another syntax. */
export interface LayerEntry {
  readonly path: string;
  readonly value: JsonValue;
  readonly range: SourceRange;
}

/** Entries as one object in the shape of `x-trilogue`, each with its place; a later entry of one path wins. */
export function buildLayerValue(entries: readonly LayerEntry[], origin: SourceRange): JsonObject {
  return buildGroup(entries, origin);
}

function buildGroup(entries: readonly LayerEntry[], origin: SourceRange): JsonObject {
  const builder: ObjectBuilder = createObjectBuilder();
  const groups = new Map<string, LayerEntry[]>();
  for (const entry of entries) {
    const dot = entry.path.indexOf(".");
    if (dot < 0) builder.addAt(entry.path, entry.value, entry.range);
    else {
      const name = entry.path.slice(0, dot);
      groups.set(name, [...(groups.get(name) ?? []), { ...entry, path: entry.path.slice(dot + 1) }]);
    }
  }
  for (const [name, members] of groups) builder.addAt(name, buildGroup(members, origin), members[0]?.range ?? origin);
  return builder.build(origin);
}
