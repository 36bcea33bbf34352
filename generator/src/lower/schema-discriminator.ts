import {
  discriminatorAmbiguous,
  discriminatorConflict,
  discriminatorUndeclared,
  discriminatorUnusable,
  mappingNoMember,
} from "../diagnostics/catalogue/schema.ts";
import { createDiagnostic, type MessageDefinition } from "../diagnostics/diagnostic.ts";
import { suggestName } from "../diagnostics/suggest.ts";
import type { DiscriminatorTargets, RefTarget } from "../load/loaded.ts";
import type { Discriminator, TypeId } from "../model/schema.ts";
import { isArray, isObject, rangeOf, type JsonValue } from "../source/json.ts";
import { schemaName } from "./names.ts";
import { childrenOf, declaredNames, literalsOf } from "./schema-members.ts";
import { followRefs } from "./schema-lookup.ts";
import type { Draft, SchemaStep } from "./schema-state.ts";

/** One alternative of a union, or one descendant of a base. */
interface Member {
  readonly id: TypeId;
  readonly name: string;
  /** The schema itself, behind all references: what a mapping's target is compared with. */
  readonly value: JsonValue;
  /** Literals that the member's own schema allows; undefined when it says nothing. */
  readonly own: readonly string[] | undefined;
  readonly mapped: string[];
}

/** Reads `discriminator` of OpenAPI (an object) or AsyncAPI and Swagger 2.0 (the property's name) into the draft. */
export function readDiscriminator(draft: Draft, step: SchemaStep): void {
  const written = step.object["discriminator"];
  const property = isObject(written) ? written["propertyName"] : written;
  if (typeof property !== "string") return reportUnusable(step, `"propertyName" is missing`);
  const union = [...listOf(step.object["oneOf"]), ...listOf(step.object["anyOf"])];
  const targets = isObject(written) ? step.state.loaded.discriminators.get(written) : undefined;
  const members = union.length > 0 ? membersOfUnion(union, property, step) : membersOfBase(targets, property, step);
  if (members === undefined) return;
  if (union.length > 0 && reportUndeclared(members, property, step)) return;
  addMapping(members, targets, { step, isUnion: union.length > 0 });
  const literals = settleLiterals(members, property, step);
  if (literals.length === 0) return;
  const fallback = targets?.defaultMapping;
  const discriminator: Discriminator = {
    property,
    mapping: literals,
    ...(fallback === undefined
      ? {}
      : { defaultType: memberFor(fallback, members, step)?.id ?? step.state.register(fallback) }),
  };
  draft.discriminator = discriminator;
}

function membersOfUnion(union: readonly JsonValue[], property: string, step: SchemaStep): Member[] | undefined {
  const members: Member[] = [];
  for (const entry of union) {
    if (isNullSchema(entry)) continue;
    const target = isObject(entry) ? step.state.loaded.refs.get(entry) : undefined;
    if (target === undefined) {
      // A broken reference was reported already; an inline schema has no name to be known by.
      if (!isObject(entry) || entry["$ref"] === undefined) reportUnusable(step, "an alternative is not a reference");
      return undefined;
    }
    const member = createMember(target, property, step);
    if (!members.some((other) => other.id === member.id)) members.push(member);
  }
  return members;
}

/** A schema that others extend: its descendants name it in allOf (in its own document), or it maps to them. */
function membersOfBase(targets: DiscriminatorTargets | undefined, property: string, step: SchemaStep): Member[] {
  const children = childrenOf(step.state.loaded, step.frame.document, step.object);
  const members: Member[] = [];
  for (const target of [...children, ...(targets?.mapping.values() ?? [])]) {
    const member = createMember(target, property, step);
    if (!members.some((other) => other.value === member.value)) members.push(member);
  }
  return members;
}

function createMember(target: RefTarget, property: string, step: SchemaStep): Member {
  const { loaded } = step.state;
  return {
    id: step.state.register(target),
    name: schemaName(target.document.file.path, target.pointer),
    value: followRefs(loaded, target.value, target.document)?.value ?? target.value,
    own: literalsOf(loaded, target.value, property),
    mapped: [],
  };
}

function addMapping(
  members: readonly Member[],
  targets: DiscriminatorTargets | undefined,
  { step, isUnion }: { readonly step: SchemaStep; readonly isUnion: boolean },
): void {
  // A mapping that leads nowhere isn't among the targets: load reported it.
  for (const [value, target] of targets?.mapping ?? []) {
    const member = memberFor(target, members, step);
    if (member !== undefined) member.mapped.push(value);
    else if (isUnion) {
      const name = schemaName(target.document.file.path, target.pointer);
      reportAt(step, mappingNoMember, { value, target: name });
    }
  }
}

/** Literal order: the member's const or enum, the mapping, the name. The mapping settles what two members claim. */
function settleLiterals(members: readonly Member[], property: string, step: SchemaStep): Discriminator["mapping"] {
  const isShared = (literal: string, member: Member): boolean =>
    members.some((other) => other !== member && (other.own?.includes(literal) ?? false));
  const claims = members.map((member) => {
    const own = member.own?.filter((literal) => !isShared(literal, member));
    if (own !== undefined && own.length > 0) {
      reportConflict(member, property, step);
      return own;
    }
    // The member's schema allows what others allow too, as an enum inherited from a common base does.
    const narrowed =
      member.own === undefined ? member.mapped : member.mapped.filter((value) => member.own?.includes(value));
    if (narrowed.length > 0) return narrowed;
    if (member.mapped.length > 0) {
      reportConflict(member, property, step);
      return member.own === undefined ? member.mapped : [];
    }
    return member.own === undefined || member.own.includes(member.name) ? [member.name] : [];
  });
  const mapping: { readonly value: string; readonly type: TypeId }[] = [];
  const owners = new Map<string, readonly Member[]>();
  claims.forEach((literals, index) =>
    literals.forEach((literal) => {
      const member = members[index];
      if (member !== undefined) owners.set(literal, [...(owners.get(literal) ?? []), member]);
    }),
  );
  for (const [value, [first, ...others]] of owners) {
    if (first !== undefined && others.length === 0) mapping.push({ value, type: first.id });
    else if (first !== undefined)
      reportAt(step, discriminatorAmbiguous, { value, members: [first, ...others].map(({ name }) => name) });
  }
  // A union that isn't told apart completely is tried member by member instead.
  const isComplete = members.every(({ id }) => mapping.some(({ type }) => type === id));
  if (!isComplete && mapping.length === owners.size && isUnionStep(step)) {
    const unknown = members.filter(({ id }) => !mapping.some(({ type }) => type === id)).map(({ name }) => `"${name}"`);
    reportUnusable(step, `no value of "${property}" stands for ${unknown.join(", ")} alone`);
  }
  return isComplete || !isUnionStep(step) ? mapping : [];
}

function isUnionStep(step: SchemaStep): boolean {
  return step.object["oneOf"] !== undefined || step.object["anyOf"] !== undefined;
}

function reportConflict(member: Member, property: string, step: SchemaStep): void {
  const { own, mapped, name } = member;
  if (own === undefined || mapped.length === 0 || mapped.some((value) => own.includes(value))) return;
  reportAt(step, discriminatorConflict, { property, mapped, member: name, allowed: own.slice(0, 5) });
}

/** Whether members list their properties without the discriminator's: values of theirs have no tag to switch by. */
function reportUndeclared(members: readonly Member[], property: string, step: SchemaStep): boolean {
  const lacking: string[] = [];
  const candidates = new Set<string>();
  for (const member of members) {
    const names = declaredNames(step.state.loaded, member.value);
    if (names.size === 0 || names.has(property)) continue;
    lacking.push(member.name);
    for (const name of names) candidates.add(name);
  }
  if (lacking.length === 0) return false;
  const written = step.object["discriminator"];
  const range = isObject(written) ? rangeOf(written, "propertyName") : rangeOf(step.object, "discriminator");
  const parameters = { property, members: lacking, nearest: suggestName(property, candidates) };
  step.state.report(createDiagnostic(discriminatorUndeclared, parameters, { range }));
  return true;
}

function memberFor(target: RefTarget, members: readonly Member[], step: SchemaStep): Member | undefined {
  const value = followRefs(step.state.loaded, target.value, target.document)?.value ?? target.value;
  return members.find((member) => member.value === value);
}

function isNullSchema(value: JsonValue): boolean {
  return (
    isObject(value) &&
    (value["type"] === "null" || (isArray(value["enum"]) && value["enum"].every((entry) => entry === null)))
  );
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return isArray(value) ? value : [];
}

function reportUnusable(step: SchemaStep, why: string): void {
  reportAt(step, discriminatorUnusable, { why });
}

function reportAt<Parameters>(step: SchemaStep, message: MessageDefinition<Parameters>, parameters: Parameters): void {
  step.state.report(createDiagnostic(message, parameters, { range: rangeOf(step.object, "discriminator") }));
}
