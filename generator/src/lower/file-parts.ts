import type { HttpContract, HttpMediaTypeModel } from "../model/http.ts";
import type { Model } from "../model/model.ts";
import type { NamedType, Schema, TypeId } from "../model/schema.ts";
import { eventSchemasOf, mapOperation } from "./model-schemas.ts";
import type { Types } from "./schema-in-place.ts";
import { mapList, mapParts, visitParts, type PartRelation } from "./schema-parts.ts";

/**
 * What a schema stands for: `form` the whole of a multipart body, `part` one of its parts or an item of a part's list,
 * `json` anything else.
 */
type Role = "form" | "part" | "json";

/**
 * Marks what is a file. JSON has no bytes: `format: binary` and media types without an encoding are text there, and in
 * parameters. Parts of multipart bodies are files (OpenAPI 3.2 section 4.14.5), and what is in a part's JSON is text
 * again. A type that serves as both gets a view of its own for forms: `<Name>Form`, and `<Name>File` for a part.
 */
export function markFileParts(model: Model): Model {
  const contracts = model.contracts.filter((contract) => contract.kind === "http");
  const forms = usesOf(contracts).filter(({ role }) => role === "form");
  if (forms.length === 0) return model;
  const roles = findRoles(model, contracts);
  const differing = findDiffering(model.types, roles);
  const needsView = (id: TypeId, role: Role): boolean =>
    differing.has(keyOf(id, role)) && (roles.get(id)?.size ?? 0) > 1;
  const idOf = (id: TypeId, role: Role): TypeId => (needsView(id, role) ? keyOf(id, role) : id);
  const mark = createMarker(idOf);
  const types = [...model.types.values()].flatMap((type): readonly NamedType[] => {
    const [only, ...more] = roles.get(type.id) ?? [];
    if (only !== undefined && more.length === 0) return [{ ...type, schema: mark(type.schema, only) }];
    const views = (["form", "part"] as const).filter(
      (role) => roles.get(type.id)?.has(role) && needsView(type.id, role),
    );
    return [
      type,
      ...views.map((role): NamedType => {
        const kind = role === "form" ? "form" : "file";
        const name = `${type.name}${role === "form" ? "Form" : "File"}`;
        return {
          ...type,
          id: keyOf(type.id, role),
          name,
          schema: mark(type.schema, role),
          view: { of: type.id, kind },
        };
      }),
    ];
  });
  return {
    types: new Map(types.map((type) => [type.id, type])),
    contracts: model.contracts.map((contract) => {
      if (contract.kind !== "http") return contract;
      const mapAll = (operations: HttpContract["operations"]): HttpContract["operations"] =>
        mapList(operations, (operation) =>
          mapOperation(operation, (schema, { media }) => (isMultipart(media) ? mark(schema, "form") : schema)),
        );
      return { ...contract, operations: mapAll(contract.operations), webhooks: mapAll(contract.webhooks) };
    }),
  };
}

function keyOf(id: TypeId, role: Role): TypeId {
  return `${id}?${role}`;
}

function isMultipart(media: HttpMediaTypeModel | undefined): boolean {
  return media !== undefined && /^\s*multipart\//i.test(media.mediaType);
}

interface Use {
  readonly schema: Schema;
  readonly role: Role;
}

function usesOf(contracts: readonly HttpContract[]): readonly Use[] {
  const uses: Use[] = [];
  for (const { operations, webhooks } of contracts) {
    for (const operation of [...operations, ...webhooks]) {
      mapOperation(operation, (schema, { media }) => {
        uses.push({ schema, role: isMultipart(media) ? "form" : "json" });
        return schema;
      });
    }
  }
  return uses;
}

/** The role of what stands within a schema. */
function roleWithin(role: Role, relation: PartRelation, keyword: string): Role {
  if (relation === "test") return "json";
  if (relation !== "inner") return role;
  if (role === "form" && ["properties", "additionalProperties", "patternProperties"].includes(keyword)) return "part";
  return role === "part" && keyword === "items" ? "part" : "json";
}

/** The types that a schema names, with the role of each. */
function refsIn(schema: Schema, role: Role): readonly { readonly id: TypeId; readonly role: Role }[] {
  const { ref, discriminator } = schema;
  const tagged = [...(discriminator?.mapping ?? []).map(({ type }) => type), discriminator?.defaultType];
  const own = [ref, ...tagged].flatMap((id) => (id === undefined ? [] : [{ id, role }]));
  const inner: { readonly id: TypeId; readonly role: Role }[] = [];
  visitParts(schema, (part, ...place) => inner.push(...refsIn(part, roleWithin(role, ...place))));
  return [...own, ...inner];
}

/** What each type stands for, wherever contracts use it. A whole body of bytes is no use: its schema says nothing. */
function findRoles(model: Model, contracts: readonly HttpContract[]): ReadonlyMap<TypeId, ReadonlySet<Role>> {
  const roles = new Map<TypeId, Set<Role>>();
  const events = model.contracts.flatMap(eventSchemasOf).map((schema): Use => ({ schema, role: "json" }));
  const uses = [...usesOf(contracts), ...events].filter(
    ({ schema, role }) => role === "form" || !isFile(resolve(schema, model.types)),
  );
  const pending = uses.flatMap(({ schema, role }) => [...refsIn(schema, role)]);
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const known = roles.get(next.id) ?? new Set();
    roles.set(next.id, known);
    if (known.has(next.role)) continue;
    known.add(next.role);
    const type = model.types.get(next.id);
    if (type !== undefined) pending.push(...refsIn(type.schema, next.role));
  }
  return roles;
}

function resolve(schema: Schema, types: Types): Schema {
  let found = schema;
  for (let steps = 0; found.ref !== undefined && steps < 50; steps += 1)
    found = types.get(found.ref)?.schema ?? { at: found.at };
  return found;
}

/** Types and roles, as `keyOf` has them, that are different from their JSON: with a file, or by way of others. */
function findDiffering(types: Types, roles: ReadonlyMap<TypeId, ReadonlySet<Role>>): ReadonlySet<string> {
  const users = new Map<string, string[]>();
  const pending: string[] = [];
  for (const [id, own] of roles) {
    const schema = types.get(id)?.schema;
    for (const role of schema === undefined ? [] : own) {
      if (schema === undefined || role === "json") continue;
      const key = keyOf(id, role);
      if (hasFile(schema, role)) pending.push(key);
      for (const used of refsIn(schema, role)) {
        const usedKey = keyOf(used.id, used.role);
        const known = users.get(usedKey);
        if (known === undefined) users.set(usedKey, [key]);
        else known.push(key);
      }
    }
  }
  const found = new Set<string>();
  for (let key = pending.pop(); key !== undefined; key = pending.pop()) {
    if (found.has(key)) continue;
    found.add(key);
    pending.push(...(users.get(key) ?? []));
  }
  return found;
}

function hasFile(schema: Schema, role: Role): boolean {
  if (role === "json") return false;
  if (role === "part" && isFile(schema)) return true;
  let isFound = false;
  visitParts(schema, (part, ...place) => {
    isFound ||= hasFile(part, roleWithin(role, ...place));
  });
  return isFound;
}

function isFile(schema: Schema): boolean {
  if (schema.types !== undefined && !schema.types.includes("string")) return false;
  if (schema.ref !== undefined || schema.properties !== undefined || schema.avro !== undefined) return false;
  if (schema.format === "binary") return true;
  const { contentMediaType, contentEncoding } = schema;
  return (
    contentMediaType !== undefined &&
    contentEncoding === undefined &&
    !/^text\/|json|xml|yaml|jwt/i.test(contentMediaType)
  );
}

/** Schemas that several places share stay shared: validators go by identity. */
function createMarker(idOf: (id: TypeId, role: Role) => TypeId): (schema: Schema, role: Role) => Schema {
  const known = { form: new Map<Schema, Schema>(), part: new Map<Schema, Schema>() };
  const mark = (schema: Schema, role: Role): Schema => {
    if (role === "json") return schema;
    const before = known[role].get(schema);
    if (before !== undefined) return before;
    const mapped = withIds(
      mapParts(schema, (part, ...place) => mark(part, roleWithin(role, ...place))),
      (id) => idOf(id, role),
    );
    const marked = role === "part" && isFile(schema) ? { ...mapped, file: true } : mapped;
    known[role].set(schema, marked);
    return marked;
  };
  return mark;
}

function withIds(schema: Schema, idOf: (id: TypeId) => TypeId): Schema {
  const { ref, discriminator } = schema;
  const mapping = mapList(discriminator?.mapping, (entry) => {
    const type = idOf(entry.type);
    return type === entry.type ? entry : { ...entry, type };
  });
  const other = discriminator?.defaultType;
  const isSame =
    (ref === undefined || idOf(ref) === ref) &&
    mapping === discriminator?.mapping &&
    (other === undefined || idOf(other) === other);
  if (isSame) return schema;
  return {
    ...schema,
    ...(ref === undefined ? {} : { ref: idOf(ref) }),
    ...(discriminator === undefined || mapping === undefined
      ? {}
      : { discriminator: { ...discriminator, mapping, ...(other === undefined ? {} : { defaultType: idOf(other) }) } }),
  };
}
