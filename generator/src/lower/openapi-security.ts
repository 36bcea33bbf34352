import {
  badSecurityScheme,
  openApiExpected,
  securityClash,
  unknownSecurityScheme,
} from "../diagnostics/catalogue/openapi.ts";
import type { HttpOperationModel, HttpSecuritySchemeModel } from "../model/http.ts";
import { isArray, isObject, rangeOf, type JsonArray, type JsonObject } from "../source/json.ts";
import { unescapeSegment } from "./names.ts";
import { objectAt, reportAt, resolveEntry, type Located, type OpenApiContext } from "./openapi-context.ts";
import { lowerScheme } from "./openapi-security-schemes.ts";
import { keyRangeOfRoot, lookUp } from "./schema-lookup.ts";

type Requirements = NonNullable<HttpOperationModel["security"]>;
type Alternative = Requirements[number];

/** Lowers `components.securitySchemes` into the context; one that can't be read is of the kind `unknown`. */
export function lowerSecuritySchemes(context: OpenApiContext, components: Located | undefined): void {
  const schemes = components === undefined ? undefined : objectAt(context, components, "securitySchemes");
  // A scheme may be called anything, also x-api-key: here such a name is no extension.
  for (const name of schemes === undefined ? [] : Object.keys(schemes.value)) {
    const scheme = schemes && resolveEntry(context, schemes, { key: name, what: `security scheme "${name}"` });
    if (scheme !== undefined) context.schemes.set(name, lowerScheme(context, scheme, name));
  }
}

/** The security requirements of an operation: its own, else the document's; undefined when neither says anything. */
export function lowerSecurity(context: OpenApiContext, operation: Located): Requirements | undefined {
  const isOwn = operation.value["security"] !== undefined;
  // The document's own requirements are complained about once, not with every operation.
  return lowerRequirements(context, isOwn ? operation.value : context.root, isOwn);
}

/** Reports what is wrong with the document's own requirements. */
export function checkRootSecurity(context: OpenApiContext): void {
  lowerRequirements(context, context.root, true);
}

/** Whether a caller must be authenticated: no alternative is empty, and there is one. */
export function asksForCaller(security: Requirements | undefined): boolean {
  return security !== undefined && security.length > 0 && security.every((alternative) => alternative.length > 0);
}

function lowerRequirements(context: OpenApiContext, holder: JsonObject, reports: boolean): Requirements | undefined {
  const written = holder["security"];
  if (written === undefined) return undefined;
  if (isArray(written)) return written.map((_, index) => lowerAlternative(context, { written, index, reports }));
  if (reports) {
    const range = rangeOf(holder, "security");
    reportAt(context, openApiExpected, { parameters: { what: `"security"`, expected: "a list" }, range });
  }
  return undefined;
}

function lowerAlternative(
  context: OpenApiContext,
  { written, index, reports }: { readonly written: JsonArray; readonly index: number; readonly reports: boolean },
): Alternative {
  const alternative = written[index];
  if (!isObject(alternative)) {
    if (reports) {
      const parameters = { what: "a security requirement", expected: "an object of scopes by scheme" };
      reportAt(context, openApiExpected, { parameters, range: rangeOf(written, index) });
    }
    // Not empty: that would let everybody in.
    const at = rangeOf(written, index) ?? keyRangeOfRoot(context.document);
    return [{ scheme: { at, name: JSON.stringify(alternative), kind: "unknown" }, scopes: [] }];
  }
  const members = Object.keys(alternative).map((name) => {
    const listed = alternative[name];
    if (reports) requireScheme(context, name, alternative);
    return {
      scheme: schemeNamed(context, name, alternative),
      scopes: isArray(listed) ? listed.filter((scope) => typeof scope === "string") : [],
    };
  });
  if (reports) reportClash(context, members, alternative);
  return members;
}

/** The scheme that a requirement names; since 3.2 that may be a URI, where no component has that name. */
function schemeNamed(context: OpenApiContext, name: string, holder: JsonObject): HttpSecuritySchemeModel {
  const known = context.schemes.get(name);
  if (known !== undefined) return known;
  const found = findByUri(context, name);
  const at = rangeOf(holder, name, "key") ?? keyRangeOfRoot(context.document);
  const scheme = found ?? ({ at, name, kind: "unknown" } satisfies HttpSecuritySchemeModel);
  context.schemes.set(name, scheme);
  return scheme;
}

function findByUri(context: OpenApiContext, name: string): HttpSecuritySchemeModel | undefined {
  if (!name.startsWith("#/")) return undefined;
  const target = lookUp(context.document, decodePointer(name.slice(1)));
  if (target === undefined || !isObject(target.value)) return undefined;
  const declared = /^\/components\/securitySchemes\/([^/]+)$/.exec(target.pointer)?.[1];
  const component = declared === undefined ? undefined : context.schemes.get(unescapeSegment(declared));
  if (component !== undefined) return component;
  return lowerScheme(context, { value: target.value, document: target.document, at: target.range }, name);
}

function decodePointer(pointer: string): string {
  try {
    return decodeURIComponent(pointer);
  } catch {
    // A stray "%" is an ordinary character of a name.
    return pointer;
  }
}

function requireScheme(context: OpenApiContext, name: string, alternative: JsonObject): void {
  const scheme = schemeNamed(context, name, alternative);
  // One that is declared and can't be read was reported where it stands.
  if (scheme.kind !== "unknown" || scheme.at.start !== rangeOf(alternative, name, "key")?.start) return;
  reportAt(context, unknownSecurityScheme, { parameters: { name }, range: rangeOf(alternative, name, "key") });
}

/** Two members that are written to the same place can't both be sent. */
function reportClash(context: OpenApiContext, members: Alternative, alternative: JsonObject): void {
  const places = new Map<string, string>();
  for (const { scheme } of members) {
    const place = placeOf(scheme);
    const other = place === undefined ? undefined : places.get(place);
    if (place !== undefined && other === undefined) places.set(place, scheme.name);
    if (place === undefined || other === undefined) continue;
    reportAt(context, securityClash, {
      parameters: { name: scheme.name, other, place },
      range: rangeOf(alternative, scheme.name, "key") ?? rangeOf(alternative),
    });
  }
}

function placeOf(scheme: HttpSecuritySchemeModel): string | undefined {
  switch (scheme.kind) {
    case "apiKey":
      return `${scheme.in ?? ""} "${scheme.in === "header" ? scheme.parameter?.toLowerCase() : scheme.parameter}"`;
    case "basic":
    case "bearer":
    case "http":
    case "oauth2":
    case "openIdConnect":
      return `header "authorization"`;
    case "mutualTLS":
    case "unknown":
      return undefined;
  }
}
