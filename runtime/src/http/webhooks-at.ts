import type { HttpOperation, HttpService, HttpWebhooks } from "../descriptor/http.ts";

/** A path for every webhook. */
export type WebhookPaths<Operations> = { readonly [Name in keyof Operations]: `/${string}` };

/**
 * The webhooks and callbacks of a contract as a service that a server takes:
 *
 * ```ts
 * createServer().add(webhooksAt(ShopWebhooks, { newPet: "/hooks/new-pet" }), { newPet(input, ctx) { ... } });
 * ```
 *
 * Whoever takes only some of them says so: `webhooksAt({ ...ShopWebhooks, operations: { newPet } }, ...)`.
 *
 * @throws {Error} when a webhook has no path, or one that is no path; paths hold no parameters and no query.
 */
export function webhooksAt<Operations extends object, Schemes extends object>(
  webhooks: HttpWebhooks<Operations, Schemes>,
  paths: WebhookPaths<NoInfer<Operations>>,
): HttpService<Operations, Schemes> {
  const { name, securitySchemes } = webhooks;
  const given: Readonly<Record<string, unknown>> = paths;
  const operations = Object.entries(webhooks.operations as Readonly<Record<string, HttpOperation>>);
  const unknown = Object.keys(given).find((key) => !Object.hasOwn(webhooks.operations, key));
  if (unknown !== undefined) throw new Error(`${name} has no webhook "${unknown}"`);
  // An operation may be called anything, also `__proto__`: entries become own properties.
  const addressed = operations.map(([key, operation]): [string, HttpOperation] => {
    const path = Object.hasOwn(given, key) ? given[key] : undefined;
    if (path === undefined) throw new Error(`webhook "${key}" of ${name} has no path`);
    if (typeof path !== "string" || !/^\/[^{}?#]*$/.test(path)) {
      throw new Error(`expected a path such as "/hooks/${key}" for webhook "${key}" of ${name}`);
    }
    return [key, { ...operation, path }];
  });
  return {
    kind: "http",
    name,
    operations: Object.fromEntries(addressed) as Operations,
    ...(securitySchemes === undefined ? {} : { securitySchemes }),
  };
}
