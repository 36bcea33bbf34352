import { parseTemplate } from "@trilogue/runtime/codegen/expression";
import { duplicateOperationId, methodCase, unknownMethod } from "../diagnostics/catalogue/openapi.ts";
import { badCallbackAddress, nestedCallbacks } from "../diagnostics/catalogue/openapi-hooks.ts";
import type { HttpHookModel, HttpOperationModel } from "../model/http.ts";
import { isArray, isObject, rangeOf } from "../source/json.ts";
import type { SourceRange } from "../source/source-file.ts";
import { deriveOperationName, toCamel, toPascal } from "./names.ts";
import { lowerBody, lowerResponses } from "./openapi-bodies.ts";
import {
  docsOf,
  entryKeys,
  objectAt,
  reportAt,
  resolveEntry,
  type Located,
  type OpenApiContext,
} from "./openapi-context.ts";
import { lowerParameters } from "./openapi-parameters.ts";
import { lowerPolicy } from "./openapi-policy.ts";
import { lowerSecurity } from "./openapi-security.ts";
import { lowerOwnServers } from "./openapi-servers.ts";

/** Fields of a path item that are operations, in the order of the specification. */
const methodFields = ["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"] as const;

/** Methods that HTTP servers read: those of Node 24, among them all of the IANA registry that are in use. */
const knownMethods: ReadonlySet<string> = new Set(
  (
    "ACL BIND CHECKOUT CONNECT COPY DELETE GET HEAD LINK LOCK M-SEARCH MERGE MKACTIVITY MKCALENDAR MKCOL MOVE NOTIFY " +
    "OPTIONS PATCH POST PROPFIND PROPPATCH PURGE PUT QUERY REBIND REPORT SEARCH SOURCE SUBSCRIBE TRACE UNBIND UNLINK " +
    "UNLOCK UNSUBSCRIBE"
  ).split(" "),
);

/** An operation as found in a path item, before it is read. */
export interface FoundOperation {
  readonly item: Located;
  readonly operation: Located;
  /** Upper-case for the fixed fields, as written for those of `additionalOperations`. */
  readonly method: string;
  readonly path: string;
  /** Where its method stands. */
  readonly at: SourceRange;
  /** Its name when it has no operationId, or one that is taken. */
  readonly derivedName: string;
  /** Set for webhooks and callbacks, whose path is no template. */
  readonly hook?: FoundHook;
}

/** What a webhook or callback was found under. */
export type FoundHook =
  | { readonly kind: "webhook"; readonly name: string }
  | {
      readonly kind: "callback";
      readonly name: string;
      readonly parent: FoundOperation;
      readonly expression: string | undefined;
    };

/** Where a path item stands: at a path, or under a webhook or callback, after whose `name` operations are called. */
export interface ItemPlace {
  readonly path: string;
  readonly name?: string;
  readonly hook?: FoundHook;
}

/** The operations of a path item, in the document's order. */
export function findOperations(context: OpenApiContext, item: Located, path: ItemPlace): readonly FoundOperation[] {
  const found: FoundOperation[] = [];
  const add = (holder: Located, key: string, method: string): void => {
    const operation = resolveEntry(context, holder, { key, what: `operation "${method} ${path.path}"` });
    if (operation === undefined) return;
    const at = rangeOf(holder.value, key, "key") ?? operation.at;
    // Webhooks and callbacks are posted: named alike whatever other methods there are, or will be.
    const derivedName =
      path.name === undefined
        ? deriveOperationName(method, path.path)
        : toCamel(`${path.name} ${method === "POST" ? "" : method.toLowerCase()}`);
    found.push({
      item,
      operation: { ...operation, at },
      method,
      path: path.path,
      at,
      derivedName,
      ...(path.hook === undefined ? {} : { hook: path.hook }),
    });
  };
  const fields: readonly string[] = methodFields;
  for (const key of Object.keys(item.value)) {
    if (fields.includes(key)) add(item, key, key.toUpperCase());
    if (key !== "additionalOperations") continue;
    const additional = objectAt(context, item, key);
    for (const method of additional === undefined ? [] : entryKeys(additional.value)) {
      if (additional !== undefined) add(additional, method, methodOf(context, additional, method));
    }
  }
  return found;
}

/** Methods tell case apart, but none that is known is written in small letters. */
function methodOf(context: OpenApiContext, { value }: Located, written: string): string {
  const method = written.toUpperCase();
  const range = rangeOf(value, written, "key");
  if (!knownMethods.has(method)) {
    reportAt(context, unknownMethod, { parameters: { method: written }, range });
    return written;
  }
  if (method !== written) reportAt(context, methodCase, { parameters: { written, method }, range });
  return method;
}

/** Lowers one operation under the name it was given. */
export function lowerOperation(
  context: OpenApiContext,
  found: FoundOperation,
  names: ReadonlyMap<FoundOperation, string>,
): HttpOperationModel {
  const { item, operation, method, path, at, hook } = found;
  const name = names.get(found) ?? found.derivedName;
  const servers =
    hook === undefined
      ? lowerOwnServers(context, { item, operation }, { operation: name, line: `${method} ${path}` })
      : undefined;
  const body = lowerBody(context, operation, { name, method });
  // What the document asks of its callers says nothing of those that it calls, and would hand them its credentials.
  const isForeign = hook !== undefined && operation.value["security"] === undefined;
  const security = isForeign ? undefined : lowerSecurity(context, operation);
  const tags = operation.value["tags"];
  const unresolved = {
    at,
    name,
    method,
    ...(hook === undefined ? { path } : { path: "", hook: lowerHook(hook, names) }),
    tags: isArray(tags) ? tags.filter((tag) => typeof tag === "string") : [],
    ...docsOf(context, item),
    ...docsOf(context, operation),
    ...(operation.value["deprecated"] === true ? { deprecated: true } : {}),
    parameters: lowerParameters(context, { item, operation }, hook === undefined ? path : undefined),
    ...(body === undefined ? {} : { body }),
    responses: lowerResponses(context, operation, name),
    ...(servers === undefined ? {} : { servers }),
    ...(security === undefined ? {} : { security }),
  };
  return { ...unresolved, policy: lowerPolicy(context, unresolved, { item, operation }) };
}

function lowerHook(hook: FoundHook, names: ReadonlyMap<FoundOperation, string>): HttpHookModel {
  if (hook.kind === "webhook") return hook;
  const { kind, name, parent, expression } = hook;
  const operation = names.get(parent) ?? parent.derivedName;
  return { kind, name, operation, ...(expression === undefined ? {} : { expression }) };
}

/** The operations that `callbacks` of an operation describe, each under the expression for its address. */
export function findCallbacks(context: OpenApiContext, parent: FoundOperation): readonly FoundOperation[] {
  const callbacks = objectAt(context, parent.operation, "callbacks");
  if (callbacks === undefined) return [];
  return entryKeys(callbacks.value).flatMap((key) => {
    const callback = resolveEntry(context, callbacks, { key, what: `callback "${key}"` });
    if (callback === undefined) return [];
    return entryKeys(callback.value).flatMap((expression) => {
      const item = resolveEntry(context, callback, { key: expression, what: `path item "${expression}"` });
      const name = `${operationIdOf(parent) ?? parent.derivedName} ${toPascal(key)}`;
      if (item === undefined) return [];
      const template = parseTemplate(expression);
      if ("malformed" in template) {
        reportAt(context, badCallbackAddress, {
          parameters: { expression: template.malformed, callback: key },
          range: rangeOf(callback.value, expression, "key"),
        });
      }
      const address = "malformed" in template ? undefined : expression;
      const hook: FoundHook = { kind: "callback", name: key, parent, expression: address };
      const found = findOperations(context, item, { path: expression, name, hook });
      for (const { operation } of found) reportNested(context, operation, key);
      return found;
    });
  });
}

/** Who is called back by whoever was called back is nothing that one document can tell. */
function reportNested(context: OpenApiContext, operation: Located, callback: string): void {
  const { callbacks } = operation.value;
  if (callbacks === undefined || (isObject(callbacks) && Object.keys(callbacks).length === 0)) return;
  reportAt(context, nestedCallbacks, { parameters: { callback }, range: rangeOf(operation.value, "callbacks", "key") });
}

/** Names all operations of a document: operationIds first, so that no derived name takes one. */
export function nameOperations(
  context: OpenApiContext,
  operations: readonly FoundOperation[],
): ReadonlyMap<FoundOperation, string> {
  const names = new Map<FoundOperation, string>();
  const taken = new Map<string, SourceRange>();
  for (const found of operations) {
    const id = operationIdOf(found);
    if (id === undefined || taken.has(id)) continue;
    names.set(found, id);
    taken.set(id, rangeOf(found.operation.value, "operationId") ?? found.at);
  }
  for (const found of operations.filter((candidate) => !names.has(candidate))) {
    const id = operationIdOf(found);
    const name = freeName(found.derivedName, taken);
    names.set(found, name);
    const first = id === undefined ? undefined : taken.get(id);
    taken.set(name, found.at);
    if (id === undefined || first === undefined) continue;
    reportAt(context, duplicateOperationId, {
      parameters: { id, name },
      range: rangeOf(found.operation.value, "operationId") ?? found.at,
      related: [{ range: first, message: "the first one" }],
    });
  }
  return names;
}

function operationIdOf({ operation }: FoundOperation): string | undefined {
  const id = operation.value["operationId"];
  return typeof id === "string" && id.trim() !== "" ? id.trim() : undefined;
}

/** Two paths may read alike (`/a-b`, `/a/b`); the later one gets a number, since nothing else differs. */
function freeName(name: string, taken: ReadonlyMap<string, SourceRange>): string {
  if (!taken.has(name)) return name;
  let number = 2;
  while (taken.has(`${name}${number}`)) number++;
  return `${name}${number}`;
}
