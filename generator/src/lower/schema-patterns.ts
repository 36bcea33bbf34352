import { patternInvalid, patternLegacy } from "../diagnostics/catalogue/schema.ts";
import { createDiagnostic } from "../diagnostics/diagnostic.ts";
import { isObject, rangeOf } from "../source/json.ts";
import type { SchemaStep } from "./schema-state.ts";

/** Whether a pattern can be read; reports one that can't, and one that can only be read without the flag `u`. */
export function checkPattern(pattern: string, keyword: "pattern" | "patternProperties", step: SchemaStep): boolean {
  if (canRead(pattern, "u")) return true;
  const { object, state } = step;
  const holder = object[keyword];
  const range =
    keyword === "patternProperties" && isObject(holder ?? null)
      ? rangeOf(holder as object, pattern, "key")
      : rangeOf(object, keyword);
  const isLegacy = canRead(pattern, "");
  state.report(
    isLegacy
      ? createDiagnostic(patternLegacy, { pattern, repaired: repair(pattern) }, { range })
      : createDiagnostic(patternInvalid, { pattern }, { range }),
  );
  return isLegacy;
}

/** The same pattern for the flag `u`: no needless escapes, no range that begins or ends with a class; if that is it. */
function repair(pattern: string): string | undefined {
  const parts = pattern.match(/\[(?:[^\]\\]|\\.)*\]|\\.|[^[\\]+|[[\\]/gsu) ?? [];
  const repaired = parts
    .map((part) => {
      const isClass = part.startsWith("[") && part.length > 1;
      const plain = part.replace(/\\([^a-zA-Z0-9])/gsu, (whole, escaped: string) =>
        canRead(isClass ? `[${whole}]` : whole, "u") ? whole : escaped,
      );
      return isClass
        ? plain.replace(/(\\[dDsSwW])-(?!\])/g, "$1\\-").replace(/([^[\\^])-(?=\\[dDsSwW])/g, "$1\\-")
        : plain;
    })
    .join("");
  return canRead(repaired, "u") ? repaired : undefined;
}

function canRead(pattern: string, flags: string): boolean {
  try {
    return new RegExp(pattern, flags) !== undefined;
  } catch {
    // The only way to learn whether a text is a regular expression.
    return false;
  }
}
