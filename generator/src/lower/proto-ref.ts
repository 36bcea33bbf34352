import type { Loaded } from "../load/loaded.ts";

/** A message by its full name, or the name that was nearest. */
export type FoundMessage =
  | { readonly kind: "message"; readonly name: string }
  | { readonly kind: "none"; readonly nearest: string | undefined };

/** Looks a proto message up by its full name, with or without a leading dot. */
export function findProtoMessage(loaded: Loaded, fullName: string): FoundMessage {
  const name = fullName.replace(/^\./, "");
  const registry = loaded.protos?.registry;
  if (registry?.getMessage(name) !== undefined) return { kind: "message", name };
  const last = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
  let nearest: string | undefined;
  for (const type of registry ?? []) {
    if (type.kind === "message" && type.name.toLowerCase() === last) nearest ??= type.typeName;
  }
  return { kind: "none", nearest };
}
