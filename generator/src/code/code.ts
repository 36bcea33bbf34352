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

/** Made by the functions of `build`. `breaks`: holds a break that is always made, so that what is around breaks too. */
export type LayoutNode =
  /** On one line when it fits and doesn't break by itself, else every `line` in it (not in inner groups) breaks. */
  | { readonly kind: "group"; readonly code: Code; readonly breaks: boolean; readonly group: GroupId | undefined }
  /** Two spaces further right; with `group` only when the group named (laid out before) is broken. */
  | { readonly kind: "indent"; readonly code: Code; readonly breaks: boolean; readonly group: GroupId | undefined }
  /** `soft`: nothing or a break; `space`: a space or a break; `hard`: always a break; `blank`: an empty line. */
  | { readonly kind: "line"; readonly mode: "soft" | "space" | "hard" | "blank"; readonly breaks: boolean }
  | IfBroken
  | Fill;

/** Looks at the group named by `group` (laid out before), else at the one it stands in. */
export interface IfBroken {
  readonly kind: "ifBroken";
  readonly broken: Code;
  readonly flat: Code;
  readonly breaks: boolean;
  readonly group: GroupId | undefined;
}

/** As many as fit on each line (prettier's fill; arrays of numbers); separators are spaces. */
export interface Fill {
  readonly kind: "fill";
  readonly items: readonly Code[];
  /** The first item that is not yet laid out. */
  readonly from: number;
  readonly breaks: boolean;
}

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
  /**
   * Top-level statements; `print` puts a blank line between them. They may be made while they are asked for, so that
   * those of a large module are never in memory together; asked again, they are the same.
   */
  readonly statements: Iterable<Code>;
  /** Names the module declares itself, so that imports never shadow them; known once the statements are made. */
  readonly declares: Iterable<string>;
}

/** A printed file. */
export interface OutputFile {
  /** With extension: `payments/v1/openapi_http.ts`. */
  readonly path: string;
  readonly text: string;
}
