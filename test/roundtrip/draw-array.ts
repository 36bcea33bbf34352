import type { Schema } from "../../generator/src/model/schema.ts";
import { draw, impossible, losesEmpty, type Drawing, type DrawStep, type Drawn } from "./draw.ts";
import { largest, smallest, type Facets } from "./facets.ts";
import { placeOfItems } from "./place.ts";

/** A list that the facets allow. */
export function drawArray({ all }: Facets, step: DrawStep, drawing: Drawing): Drawn {
  const { random } = drawing;
  const place = placeOfItems(step.place);
  if (place === undefined) return impossible;
  const contained = all.filter((schema) => schema.contains !== undefined && (schema.minContains ?? 1) > 0);
  const wanted = Math.max(0, ...contained.map((schema) => schema.minContains ?? 1));
  const low = Math.max(largest(all, "minItems") ?? 0, losesEmpty(step.place) ? 1 : 0, wanted);
  const high = smallest(all, "maxItems") ?? Infinity;
  const prefix = Math.max(0, ...all.map((schema) => schema.prefixItems?.length ?? 0));
  if (low > high) return impossible;
  const room = step.depth > 3 || step.round > 4 ? 0 : step.depth > 1 ? 1 : 3;
  const count = random.whole(low, Math.min(high, Math.max(low, prefix) + (prefix > 0 ? 1 : room)));
  const isUnique = all.some((schema) => schema.uniqueItems === true);
  const seen = new Set<string>();
  const items: unknown[] = [];
  for (let at = 0; at < count; at++) {
    const schemas = [
      ...itemSchemas(all, at),
      ...(at < wanted ? contained.map(({ contains }) => contains as Schema) : []),
    ];
    const item = drawItem(schemas, { isUnique, seen }, () => draw(schemas, place, step.depth + 1, drawing));
    if (item === impossible) return items.length >= low ? items : impossible;
    items.push(item);
  }
  return items;
}

function drawItem(
  schemas: readonly Schema[],
  { isUnique, seen }: { readonly isUnique: boolean; readonly seen: Set<string> },
  drawOne: () => Drawn,
): Drawn {
  if (schemas.some((schema) => schema.always === false)) return impossible;
  for (let round = 0; round < 20; round++) {
    const item = drawOne();
    if (item === impossible || !isUnique) return item;
    const key = JSON.stringify(item);
    if (seen.has(key)) continue;
    seen.add(key);
    return item;
  }
  return impossible;
}

/** What the item at an index must be. */
export function itemSchemas(all: readonly Schema[], at: number): readonly Schema[] {
  return all.flatMap((schema) => {
    const own = schema.prefixItems?.[at] ?? schema.items;
    if (own !== undefined) return [own];
    return schema.unevaluatedItems === undefined ? [] : [schema.unevaluatedItems];
  });
}
