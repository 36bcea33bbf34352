import type { NamedType, Schema, TypeId } from "../model/schema.ts";

/** The key of an edge in the set that `findCircularEdges` returns. */
export function edgeKey(from: TypeId, to: TypeId): string {
  return `${from} -> ${to}`;
}

/**
 * References that would make a type alias circular: cycles through nothing but `$ref`, `allOf`, `anyOf` and `oneOf`,
 * such as `A = A | B`. Cycles through properties and items are fine and not listed. One edge of each cycle is listed.
 */
export function findCircularEdges(types: ReadonlyMap<TypeId, NamedType>): ReadonlySet<string> {
  const edges = new Map([...types].map(([id, type]) => [id, directRefs(type.schema)]));
  const circular = new Set<string>();
  const state = new Map<TypeId, "open" | "done">();
  for (const start of [...types.keys()].sort()) {
    if (state.has(start)) continue;
    const path: { readonly id: TypeId; next: number }[] = [{ id: start, next: 0 }];
    state.set(start, "open");
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const target = edges.get(top.id)?.[top.next++];
      if (target === undefined) {
        state.set(top.id, "done");
        path.pop();
      } else if (state.get(target) === "open") {
        circular.add(edgeKey(top.id, target));
      } else if (!state.has(target) && edges.has(target)) {
        state.set(target, "open");
        path.push({ id: target, next: 0 });
      }
    }
  }
  return circular;
}

function directRefs(schema: Schema): readonly TypeId[] {
  const refs = new Set<TypeId>();
  const visit = (inner: Schema): void => {
    if (inner.ref !== undefined) refs.add(inner.ref);
    for (const member of [...(inner.allOf ?? []), ...(inner.anyOf ?? []), ...(inner.oneOf ?? [])]) visit(member);
  };
  visit(schema);
  return [...refs].sort();
}
