import { existsSync } from "node:fs";
import { enableCompileCache, registerHooks } from "node:module";

/**
 * Imports a module of this package: the source in a checkout (Node strips the types there, and the condition leads
 * workspace packages to their source as well), else the built one, since the published package has no source.
 */
export async function load(name) {
  enableCompileCache();
  const source = new URL(`../src/${name}.ts`, import.meta.url);
  if (!existsSync(source)) return import(`../dist/${name}.js`);
  registerHooks({
    resolve: (specifier, context, next) =>
      next(specifier, { ...context, conditions: [...context.conditions, "trilogue-source"] }),
  });
  return import(source.href);
}
