import { parsePointer, parseTemplate } from "@trilogue/runtime/codegen/expression";
import { badLinkExpression, unknownLinkParameter, unknownLinkTarget } from "../diagnostics/catalogue/openapi-hooks.ts";
import type { HttpLinkModel, HttpOperationModel, HttpResponseModel } from "../model/http.ts";
import { isObject, rangeOf, type JsonValue } from "../source/json.ts";
import { entryKeys, objectAt, reportAt, resolveEntry, type Located, type OpenApiContext } from "./openapi-context.ts";

/** Lowers `links` of a response; their targets are found by `settleLinks`, once all operations have names. */
export function lowerLinks(context: OpenApiContext, response: Located): readonly HttpLinkModel[] {
  const links = objectAt(context, response, "links");
  if (links === undefined) return [];
  return entryKeys(links.value).flatMap((name): readonly HttpLinkModel[] => {
    const link = resolveEntry(context, links, { key: name, what: `link "${name}"` });
    const operation = link && targetOf(link);
    if (link === undefined) return [];
    if (operation === undefined) {
      const written = link.value["operationRef"] ?? link.value["operationId"] ?? "";
      const target = typeof written === "string" ? written : JSON.stringify(written);
      reportAt(context, unknownLinkTarget, { parameters: { link: name, target }, range: link.at });
      return [];
    }
    const given = objectAt(context, link, "parameters");
    const keys = given === undefined ? [] : Object.keys(given.value);
    const values = [...keys.map((key) => given?.value[key]), link.value["requestBody"]];
    const malformed = values.map(faultOf).find((fault) => fault !== undefined);
    if (malformed !== undefined) {
      reportAt(context, badLinkExpression, { parameters: { link: name, expression: malformed }, range: link.at });
      return [];
    }
    const parameters = keys.map((key) => {
      const [, place, rest] = /^(path|query|header|cookie)\.(.+)$/s.exec(key) ?? [];
      const at = rangeOf(given?.value ?? link.value, key, "key") ?? link.at;
      return {
        at,
        ...(place === undefined ? {} : { in: place as "path" }),
        name: rest ?? key,
        value: given?.value[key] ?? null,
      };
    });
    const body = link.value["requestBody"];
    return [{ at: link.at, name, operation, parameters, ...(body === undefined ? {} : { body: { value: body } }) }];
  });
}

/** Gives links their targets' names, and parameters their places; what does not exist is reported and left out. */
export function settleLinks(
  context: OpenApiContext,
  operations: readonly HttpOperationModel[],
  targets: readonly HttpOperationModel[],
): readonly HttpOperationModel[] {
  // An id is an id, even one that reads like a method and a path.
  const byName = new Map([
    ...targets.map((target) => [`${target.method.toLowerCase()} ${target.path}`, target] as const),
    ...targets.map((target) => [target.name, target] as const),
  ]);
  const settle = (link: HttpLinkModel): readonly HttpLinkModel[] => {
    const target = byName.get(link.operation);
    if (target === undefined) {
      reportAt(context, unknownLinkTarget, { parameters: { link: link.name, target: link.operation }, range: link.at });
      return [];
    }
    const parameters = link.parameters.flatMap((parameter) => {
      const { in: place, name, at } = parameter;
      const found = target.parameters.find((own) => own.name === name && (place === undefined || own.in === place));
      if (found !== undefined && found.in !== "querystring") return [{ ...parameter, in: found.in }];
      reportAt(context, unknownLinkParameter, {
        parameters: { link: link.name, name, target: target.name },
        range: at,
      });
      return [];
    });
    return [{ ...link, operation: target.name, parameters }];
  };
  const settleResponse = (response: HttpResponseModel): HttpResponseModel =>
    response.links === undefined ? response : { ...response, links: response.links.flatMap(settle) };
  return operations.map((operation) =>
    operation.responses.some(({ links }) => links !== undefined)
      ? { ...operation, responses: operation.responses.map(settleResponse) }
      : operation,
  );
}

/** By its id, or, of a reference into this document's paths, by method and path. */
function targetOf({ value }: Located): string | undefined {
  const { operationId, operationRef } = value;
  if (typeof operationId === "string") return operationId;
  if (typeof operationRef !== "string" || !operationRef.startsWith("#/paths/")) return undefined;
  const [, path, method, ...rest] = parsePointer(decode(operationRef.slice(1))) ?? [];
  return path === undefined || method === undefined || rest.length > 0 ? undefined : `${method} ${path}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // No percent-encoding: then it is what it says.
    return text;
  }
}

function faultOf(value: JsonValue | undefined): string | undefined {
  if (typeof value !== "string") return undefined;
  const template = parseTemplate(value);
  return "malformed" in template ? template.malformed : undefined;
}
