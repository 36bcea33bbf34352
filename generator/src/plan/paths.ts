/** Kinds of output modules, each with its suffix. */
export type ModuleKind = "http" | "events" | "schema" | "validate" | "pb" | "rpc";

/**
 * The output module made from a contract: `payments/v1/openapi.yaml` gives `payments/v1/openapi_http`.
 *
 * What could leave the output folder or break an import specifier is replaced by `_`.
 */
export function modulePath(contractPath: string, kind: ModuleKind): string {
  const base =
    kind === "pb" || kind === "rpc"
      ? contractPath.replace(/\.proto$/, "")
      : contractPath.replace(/\.(?:ya?ml|json|avsc)$/i, "").replace(/\.schema$/i, "");
  return `${base
    .split("/")
    .map(safeSegment)
    .filter((segment) => segment !== "")
    .join("/")}_${kind}`;
}

function safeSegment(segment: string): string {
  if (segment === ".") return "";
  if (/^\.+$/.test(segment)) return "_";
  return segment
    .toWellFormed()
    .replace(/[\u0000-\u001f\u007f-\u009f"#%&'*:;<>?\\^`{|}\u2028-\u202e\u2066-\u2069\ufeff]/g, "_");
}
