import { codegenSymbols } from "@trilogue/runtime/codegen/symbols";
import type { CodegenSymbol } from "@trilogue/runtime/codegen/symbols";
import { symbol, typeSymbol } from "../code/build.ts";
import type { CodeSymbol } from "../code/code.ts";

/** What HTTP and event modules import from the runtime. */
export const runtimeTypes: typeof codegenSymbols = codegenSymbols;

/** A symbol of the runtime's list, for use in code. */
export function runtimeSymbol({ module, name, isType }: CodegenSymbol): CodeSymbol {
  return isType ? typeSymbol(name, { package: module }) : symbol(name, { package: module });
}
