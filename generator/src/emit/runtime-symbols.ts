import { codegenNames, codegenSpecifier } from "@trilogue/runtime/codegen/symbols";
import type { CodegenModule, CodegenTypeName, CodegenValueName } from "@trilogue/runtime/codegen/symbols";
import type { CodeSymbol } from "../code/code.ts";

/** A type or function of the runtime. A module that declares such a name itself imports it with a prefix. */
export function runtimeSymbol(name: CodegenTypeName | CodegenValueName): CodeSymbol {
  const found = symbols.get(name);
  if (found === undefined) throw new Error(`internal: the runtime's list has no "${name}"`);
  return found;
}

/** Where the well-known protobuf types come from. */
export const wellKnownTypes: CodeSymbol["from"] = { package: codegenSpecifier("wkt") };

const symbols: ReadonlyMap<string, CodeSymbol> = listSymbols();

function listSymbols(): ReadonlyMap<string, CodeSymbol> {
  const found = new Map<string, CodeSymbol>();
  for (const module of Object.keys(codegenNames) as readonly CodegenModule[]) {
    const from = { package: codegenSpecifier(module) };
    const { types, values } = codegenNames[module];
    for (const name of types) found.set(name, { kind: "symbol", name, from, isType: true, alias: `Runtime${name}` });
    for (const name of values) {
      const alias = `runtime${name.charAt(0).toUpperCase()}${name.slice(1)}`;
      found.set(name, { kind: "symbol", name, from, isType: false, alias });
    }
  }
  return found;
}
