import { suggestName } from "../diagnostics/suggest.ts";
import type { Loaded } from "../load/loaded.ts";

/** A message by its full name, or the name that was nearest. */
export type FoundMessage =
  { readonly kind: "message"; readonly name: string } | { readonly kind: "none"; readonly nearest: string | undefined };

/** Looks a proto message up by its full name, with or without a leading dot. */
export function findProtoMessage(loaded: Loaded, fullName: string): FoundMessage {
  const name = fullName.replace(/^\./, "");
  const registry = loaded.protos?.registry;
  if (registry?.getMessage(name) !== undefined) return { kind: "message", name };
  const names = [...(registry ?? [])].flatMap((type) => (type.kind === "message" ? [type.typeName] : []));
  const last = lastPart(name).toLowerCase();
  // The package is what people leave out or get wrong.
  return {
    kind: "none",
    nearest: names.find((known) => lastPart(known).toLowerCase() === last) ?? suggestName(name, names),
  };
}

function lastPart(fullName: string): string {
  return fullName.slice(fullName.lastIndexOf(".") + 1);
}
