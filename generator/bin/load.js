import { registerHooks } from "node:module";

/**
 * Imports a module of this package: the built one when installed, the source in a checkout (Node strips the types there,
 * and the condition leads workspace packages to their source as well).
 */
export async function load(name) {
  if (import.meta.url.includes("/node_modules/")) return import(`../dist/${name}.js`);
  registerHooks({
    resolve: (specifier, context, next) =>
      next(specifier, { ...context, conditions: [...context.conditions, "trilogue-source"] }),
  });
  return import(`../src/${name}.ts`);
}
