import type { NamedType, Schema, TypeId } from "../model/schema.ts";

/** Types by id, in an order that stays. */
export type Types = ReadonlyMap<TypeId, NamedType>;

/**
 * A reference that applies to the same value as the schema it stands in. `whole`: it holds whatever the value is;
 * `member`: it is one of several alternatives; `condition`: it stands in `not`, `if`, `then`, `else` or
 * `dependentSchemas`.
 */
export interface InPlaceRef {
  readonly to: TypeId;
  readonly kind: "whole" | "member" | "condition";
}

/** All in-place references of a schema; without recursion, because schemas may be deep. */
export function refsInPlace(schema: Schema): readonly InPlaceRef[] {
  const found: InPlaceRef[] = [];
  const pending: { readonly part: Schema; readonly kind: InPlaceRef["kind"] }[] = [{ part: schema, kind: "whole" }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { part, kind } = next;
    if (part.ref !== undefined) found.push({ to: part.ref, kind });
    for (const inner of part.allOf ?? []) pending.push({ part: inner, kind });
    for (const inner of [...(part.oneOf ?? []), ...(part.anyOf ?? [])]) {
      pending.push({ part: inner, kind: kind === "whole" ? "member" : kind });
    }
    for (const inner of conditionsOf(part)) pending.push({ part: inner, kind: "condition" });
  }
  return found;
}

/** The schemas of a schema that decide by conditions about the same value. */
export function conditionsOf(schema: Schema): readonly Schema[] {
  const { not, if: test, then, else: otherwise, dependentSchemas = [] } = schema;
  return [not, test, then, otherwise, ...dependentSchemas.map((entry) => entry.schema)].filter(
    (part) => part !== undefined,
  );
}

/**
 * Types that contain each other in place: the strongly connected components of the references, those of one type
 * without a reference to itself left out (Tarjan's algorithm, without recursion). Each keeps the order of the types.
 */
export function findCircles(types: Types): readonly ReadonlySet<TypeId>[] {
  const edges = new Map([...types].map(([id, { schema }]) => [id, refsInPlace(schema).map(({ to }) => to)]));
  const order = new Map<TypeId, number>();
  const low = new Map<TypeId, number>();
  const open: TypeId[] = [];
  const isOpen = new Set<TypeId>();
  const circles: ReadonlySet<TypeId>[] = [];
  const places = new Map([...types.keys()].map((id, index) => [id, index]));
  const placeOf = (id: TypeId): number => places.get(id) ?? 0;
  const lower = (id: TypeId, value: number): void => void low.set(id, Math.min(low.get(id) ?? value, value));
  for (const start of types.keys()) {
    if (order.has(start)) continue;
    const trail: { readonly id: TypeId; next: number }[] = [];
    const enter = (id: TypeId): void => {
      order.set(id, order.size);
      low.set(id, order.get(id) ?? 0);
      open.push(id);
      isOpen.add(id);
      trail.push({ id, next: 0 });
    };
    enter(start);
    for (let top = trail.at(-1); top !== undefined; top = trail.at(-1)) {
      const target = edges.get(top.id)?.[top.next++];
      if (target !== undefined) {
        if (!order.has(target) && edges.has(target)) enter(target);
        else if (isOpen.has(target)) lower(top.id, order.get(target) ?? 0);
        continue;
      }
      trail.pop();
      const parent = trail.at(-1);
      if (parent !== undefined) lower(parent.id, low.get(top.id) ?? 0);
      if (low.get(top.id) !== order.get(top.id)) continue;
      const circle = new Set(open.splice(open.indexOf(top.id)).sort((a, b) => placeOf(a) - placeOf(b)));
      for (const id of circle) isOpen.delete(id);
      if (circle.size > 1 || edges.get(top.id)?.includes(top.id) === true) circles.push(circle);
    }
  }
  return circles;
}
