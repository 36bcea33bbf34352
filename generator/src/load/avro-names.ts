import { isArray, isObject } from "../source/json.ts";
import type { JsonValue } from "../source/json.ts";

/** A named type (record, enum or fixed) in an Avro schema. */
export interface AvroNamed {
  /** With its namespace: `shop.v1.Order`. */
  readonly fullName: string;
  readonly value: JsonValue;
}

/** The named types that an Avro schema defines (Avro 1.12, "Names"), outer ones first. */
export function listAvroNames(root: JsonValue): readonly AvroNamed[] {
  const found: AvroNamed[] = [];
  visit(root, "", { found, seen: new Set() });
  return found;
}

interface Finding {
  readonly found: AvroNamed[];
  /** Aliases of YAML can make a value hold itself. */
  readonly seen: Set<object>;
}

function visit(value: JsonValue, namespace: string, finding: Finding): void {
  if (typeof value !== "object" || value === null || finding.seen.has(value)) return;
  finding.seen.add(value);
  if (isArray(value)) {
    for (const member of value) visit(member, namespace, finding);
    return;
  }
  if (!isObject(value)) return;
  const { type, name } = value;
  let inner = namespace;
  if (typeof name === "string" && (type === "record" || type === "error" || type === "enum" || type === "fixed")) {
    const own = typeof value["namespace"] === "string" ? value["namespace"] : namespace;
    const fullName = name.includes(".") || own === "" ? name : `${own}.${name}`;
    inner = fullName.includes(".") ? fullName.slice(0, fullName.lastIndexOf(".")) : "";
    finding.found.push({ fullName, value });
  }
  for (const key of ["items", "values"]) visit(value[key] ?? null, inner, finding);
  if (typeof type === "object") visit(type, inner, finding);
  const { fields } = value;
  if (isArray(fields)) for (const field of fields) if (isObject(field)) visit(field["type"] ?? null, inner, finding);
}
