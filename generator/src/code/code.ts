/**
 * Text with symbols: what emitters build and `print` lays out. Knows no contract.
 *
 * A `Code` is text, a symbol, a list (one after another) or a layout node. Layout follows prettier's rules, so that
 * printed modules are already formatted (print width 120, otherwise prettier's defaults).
 */
export type Code = string | CodeSymbol | LayoutNode | readonly Code[];

/** A name that another module exports; importing, merging and renaming on collision are `print`'s job. */
export interface CodeSymbol {
  readonly kind: "symbol";
  readonly name: string;
  /** A package specifier (`@trilogue/runtime/codegen/v1/http`), or an output module, `a/v1/b_http`. */
  readonly from: { readonly package: string } | { readonly module: string };
  readonly isType: boolean;
  /** The name to import it by where its own is taken. Default: its own with a number, `Payment_2`. */
  readonly alias?: string;
}

export type LayoutNode =
  /** On one line when it fits, else every `line` in it (not in inner groups) breaks. `break: true` always breaks. */
  | { readonly kind: "group"; readonly code: Code; readonly break?: boolean; readonly id?: GroupId }
  | { readonly kind: "indent"; readonly code: Code }
  /** `soft`: nothing or a break; `space`: a space or a break; `hard`: always a break; `blank`: an empty line. */
  | { readonly kind: "line"; readonly mode: "soft" | "space" | "hard" | "blank" }
  /** Looks at the group named by `group` (laid out before), else at the one it stands in. */
  | { readonly kind: "ifBroken"; readonly broken: Code; readonly flat: Code; readonly group?: GroupId }
  /** Indented when the group named (laid out before) is broken. */
  | { readonly kind: "indentIfBroken"; readonly code: Code; readonly group: GroupId }
  /** As many as fit on each line (prettier's fill; arrays of numbers); separators are spaces. */
  | { readonly kind: "fill"; readonly items: readonly Code[] };

/** Names a group, so that a later node can ask whether it broke. Made by `createGroupId`. */
export interface GroupId {
  readonly kind: "groupId";
}

/** One output module before printing. */
export interface CodeModule {
  /** Without extension, with `/`: `payments/v1/openapi_http`. */
  readonly path: string;
  /** Contract path for the header. */
  readonly source: string;
  /** Extra lines under the header, for example `// @ts-nocheck`. */
  readonly pragmas?: readonly string[];
  /** Names the module declares itself, so that imports never shadow them. */
  readonly declares: readonly string[];
  /** Top-level statements; `print` puts a blank line between them. */
  readonly statements: readonly Code[];
}

/** A printed file. */
export interface OutputFile {
  /** With extension: `payments/v1/openapi_http.ts`. */
  readonly path: string;
  readonly text: string;
}
