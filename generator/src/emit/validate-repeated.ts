import type { Schema } from "../model/schema.ts";
import { annotations } from "../plan/schema-facts.ts";

/** Tells equal schemas of a module, wherever they stand, so that each is compiled once. */
export interface RepeatedSchemas {
  /** The same number for schemas that allow the same values in the same words. */
  readonly keyOf: (schema: Schema) => number;
  /** Whether a schema that is worth a function of its own stands in several places. */
  readonly isRepeated: (schema: Schema) => boolean;
}

/** Counts the schemas below the given ones; what stands in a repeated schema counts once. */
export function findRepeated(schemas: readonly Schema[]): RepeatedSchemas {
  const keys = new Map<object, number>();
  const known = new Map<string, number>();
  const counts = new Map<number, number>();

  /** Schemas and properties are numbered, so that a text has the length of one schema, not of all below. */
  const keyOf = (node: object): number => {
    const existing = keys.get(node);
    if (existing !== undefined) return existing;
    let text = "";
    for (const [keyword, value] of Object.entries(node)) {
      if (value === undefined || !isTelling(keyword)) continue;
      text += `,${keyword}:${isData(keyword) ? JSON.stringify(value) : encode(value)}`;
    }
    const key = known.get(text) ?? known.size;
    known.set(text, key);
    keys.set(node, key);
    return key;
  };
  const encode = (value: unknown): string => {
    if (typeof value !== "object" || value === null) return JSON.stringify(value);
    if (Array.isArray(value)) {
      let text = "[";
      for (const item of value as readonly unknown[]) text += `${encode(item)},`;
      return `${text}]`;
    }
    return `#${keyOf(value)}`;
  };
  const count = (node: object): void => {
    const key = keyOf(node);
    counts.set(key, (counts.get(key) ?? 0) + 1);
    if (counts.get(key) !== 1) return;
    for (const [keyword, value] of Object.entries(node)) {
      if (!isTelling(keyword) || isData(keyword)) continue;
      for (const child of Array.isArray(value) ? (value as readonly unknown[]) : [value]) {
        if (typeof child === "object" && child !== null) count(child);
      }
    }
  };
  schemas.forEach(count);
  return { keyOf, isRepeated: (schema) => isLarge(schema) && (counts.get(keyOf(schema)) ?? 0) > 1 };
}

/** The discriminator decides which faults are shown. */
function isTelling(keyword: string): boolean {
  return keyword === "discriminator" || !annotations.has(keyword);
}

/** Keywords whose values are data of the contract, which may look like anything. */
function isData(keyword: string): boolean {
  return keyword === "enum" || keyword === "constant";
}

function isLarge({ properties, oneOf, anyOf, allOf }: Schema): boolean {
  const parts = [properties, oneOf, anyOf, allOf].map((list) => list?.length ?? 0);
  return parts.reduce((sum, length) => sum + length, 0) > 1;
}
