import { group, ifBroken, indent, join, line } from "./build.ts";
import type { Code, CodeSymbol } from "./code.ts";
import { quote } from "./text.ts";

/** How relative imports end. */
export type ImportExtension = "ts" | "js";

/** Gathers the imports of a module while it is laid out. */
export interface ImportCollector {
  /** Notes that the module uses the symbol, and gives the name that it has unless that is taken. */
  readonly use: (symbol: CodeSymbol) => string;
  /** The imports of all symbols noted so far; `declares` are the module's own names. */
  readonly settle: (declares: Iterable<string>) => ModuleImports;
}

/** The imports a module needs, and the name each symbol has in it. */
export interface ModuleImports {
  readonly statements: readonly Code[];
  /** Undefined when each symbol has its own name. */
  readonly nameOf: ((symbol: CodeSymbol) => string) | undefined;
}

interface Import {
  readonly specifier: string;
  readonly name: string;
  /** What it is called where its name is taken. */
  readonly alias: string | undefined;
  isType: boolean;
}

/**
 * Collects what the module at `path` imports: one statement a specifier for types and one for values, packages first,
 * all sorted.
 *
 * A name that is taken in the module (declared, or imported from elsewhere) is imported under the symbol's alias, or
 * with a number where it has none: `Payment_2`.
 */
export function collectImports(path: string, extension: ImportExtension): ImportCollector {
  const imports = new Map<string, Import>();
  const seen = new Set<CodeSymbol>();
  const note = (symbol: CodeSymbol): void => {
    seen.add(symbol);
    if (isOwn(symbol, path)) return;
    const key = keyOf(symbol);
    const known = imports.get(key);
    if (known === undefined) {
      const specifier = specifierOf(symbol, path, extension);
      imports.set(key, { specifier, name: symbol.name, alias: symbol.alias, isType: symbol.isType });
    } else if (!symbol.isType) known.isType = false;
  };
  return {
    use: (symbol) => {
      if (!seen.has(symbol)) note(symbol);
      return symbol.name;
    },
    settle: (declares) => {
      const sorted = [...imports].sort(([, left], [, right]) => compareImports(left, right));
      const names = nameImports(sorted, declares);
      return {
        statements: importStatements(sorted.map(([key, entry]) => ({ ...entry, local: names.get(key) ?? entry.name }))),
        nameOf: names.size === 0 ? undefined : (symbol) => names.get(keyOf(symbol)) ?? symbol.name,
      };
    },
  };
}

function isOwn(symbol: CodeSymbol, path: string): boolean {
  return "module" in symbol.from && symbol.from.module === path;
}

function keyOf(symbol: CodeSymbol): string {
  return "module" in symbol.from
    ? `module ${symbol.from.module}#${symbol.name}`
    : `package ${symbol.from.package}#${symbol.name}`;
}

function compareImports(left: Import, right: Import): number {
  const isLeftRelative = left.specifier.startsWith(".");
  if (isLeftRelative !== right.specifier.startsWith(".")) return isLeftRelative ? 1 : -1;
  if (left.specifier !== right.specifier) return left.specifier < right.specifier ? -1 : 1;
  return left.name < right.name ? -1 : left.name > right.name ? 1 : 0;
}

function nameImports(
  imports: readonly (readonly [string, Import])[],
  declares: Iterable<string>,
): ReadonlyMap<string, string> {
  const taken = new Set(declares);
  const wanted = new Set(imports.map(([, entry]) => entry.name));
  const names = new Map<string, string>();
  const isFree = (candidate: string): boolean => !taken.has(candidate) && !wanted.has(candidate);
  for (const [key, { name, alias }] of imports) {
    let local = taken.has(name) ? (alias ?? `${name}_2`) : name;
    if (local !== name) for (let count = 2; !isFree(local); count++) local = `${alias ?? name}_${count}`;
    taken.add(local);
    if (local !== name) names.set(key, local);
  }
  return names;
}

function importStatements(imports: readonly (Import & { readonly local: string })[]): readonly Code[] {
  const statements: Code[] = [];
  for (const specifier of new Set(imports.map((entry) => entry.specifier))) {
    const ofModule = imports.filter((entry) => entry.specifier === specifier);
    for (const isType of [true, false]) {
      const names = ofModule
        .filter((entry) => entry.isType === isType)
        .map((entry) => (entry.local === entry.name ? entry.name : `${entry.name} as ${entry.local}`));
      if (names.length > 0) statements.push(importStatement(names, specifier, isType));
    }
  }
  return statements;
}

function importStatement(names: readonly string[], specifier: string, isType: boolean): Code {
  const start = isType ? "import type " : "import ";
  const end = ` from ${quote(specifier)};`;
  if (names.length === 1) return [start, `{ ${names.join()} }`, end];
  return [start, group(["{", indent([line, join([",", line], names)]), ifBroken(","), line, "}"]), end];
}

function specifierOf(symbol: CodeSymbol, path: string, extension: ImportExtension): string {
  if ("package" in symbol.from) return symbol.from.package;
  return relativeSpecifier(path, symbol.from.module, extension);
}

/** From `payments/v1/openapi_http` to `shop/v1/types_schema`: `../../shop/v1/types_schema.ts`. */
export function relativeSpecifier(from: string, to: string, extension: ImportExtension): string {
  const folders = from.split("/").slice(0, -1);
  const target = to.split("/");
  let shared = 0;
  while (shared < folders.length && shared < target.length - 1 && folders[shared] === target[shared]) shared++;
  const up = folders.length - shared;
  const path = [...new Array<string>(up).fill(".."), ...target.slice(shared)].join("/");
  return `${up === 0 ? "./" : ""}${path}.${extension}`;
}
