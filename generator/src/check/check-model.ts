import { circularSchema, duplicateService } from "../diagnostics/catalogue/check.ts";
import { createDiagnostic } from "../diagnostics/diagnostic.ts";
import type { NamedType, Schema, TypeId } from "../model/schema.ts";
import type { CheckRule } from "./rule.ts";

/** Services have names of their own. */
export const checkServiceNames: CheckRule = ({ services }, report) => {
  const seen = new Map<string, (typeof services)[number]>();
  for (const service of services) {
    const first = seen.get(service.name);
    if (first === undefined) {
      seen.set(service.name, service);
      continue;
    }
    const parameters = { name: service.name, path: service.contract.path, other: first.contract.path };
    const related = first.at === undefined ? [] : [{ range: first.at, message: "the first one" }];
    report(createDiagnostic(duplicateService, parameters, { range: service.at, related }));
  }
};

/** No schema contains itself without a step into a value: it could be neither written as a type nor validated. */
export const checkCircularSchemas: CheckRule = ({ model }, report) => {
  const done = new Set<TypeId>();
  for (const start of model.types.values()) {
    // A view is what its type is; the type is the one to report.
    if (start.view !== undefined) continue;
    const circle = findCircle(start, model.types, done);
    if (circle === undefined) continue;
    const through = [...circle, circle[0]].map((type) => type?.name ?? "");
    report(
      createDiagnostic(
        circularSchema,
        { name: circle[0]?.name ?? start.name, through },
        { range: circle[0]?.at ?? start.at },
      ),
    );
  }
};

/** Searches without recursion, because chains of references have no limit. `done` types lead to no circle. */
function findCircle(
  start: NamedType,
  types: ReadonlyMap<TypeId, NamedType>,
  done: Set<TypeId>,
): readonly NamedType[] | undefined {
  if (done.has(start.id)) return undefined;
  const trail: { readonly type: NamedType; readonly next: Iterator<TypeId> }[] = [];
  const enter = (type: NamedType): void => {
    trail.push({ type, next: refsInPlace(type.schema)[Symbol.iterator]() });
  };
  let circle: readonly NamedType[] | undefined;
  enter(start);
  for (let top = trail.at(-1); top !== undefined; top = trail.at(-1)) {
    const { value: id, done: isOver } = top.next.next();
    const type = isOver === true ? undefined : types.get(id);
    if (isOver === true) {
      done.add(top.type.id);
      trail.pop();
    } else if (type !== undefined && !done.has(type.id)) {
      const from = trail.findIndex((step) => step.type.id === type.id);
      if (from === -1) enter(type);
      else circle ??= trail.slice(from).map((step) => step.type);
    }
  }
  return circle;
}

/** References of a schema that apply to the same value as the schema itself. */
function refsInPlace(schema: Schema): readonly TypeId[] {
  const found: TypeId[] = [];
  const pending: (Schema | undefined)[] = [schema];
  while (pending.length > 0) {
    const part = pending.pop();
    if (part === undefined) continue;
    if (part.ref !== undefined) found.push(part.ref);
    pending.push(
      ...(part.allOf ?? []),
      ...(part.anyOf ?? []),
      ...(part.oneOf ?? []),
      part.not,
      part.if,
      part.then,
      part.else,
    );
  }
  return found;
}
