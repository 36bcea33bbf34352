import { badSecurityScheme, openApiExpected, unknownSecurityScheme } from "../diagnostics/catalogue/openapi.ts";
import type { HttpOperationModel, HttpSecuritySchemeModel } from "../model/http.ts";
import { isArray, isObject, rangeOf } from "../source/json.ts";
import { entryKeys, objectAt, reportAt, resolveEntry, type Located, type OpenApiContext } from "./openapi-context.ts";

type Requirements = NonNullable<HttpOperationModel["security"]>;
type SchemeType = HttpSecuritySchemeModel["type"];

const schemeTypes: readonly SchemeType[] = ["apiKey", "http", "oauth2", "openIdConnect", "mutualTLS"];
const keyPlaces = ["query", "header", "cookie"] as const;

/** Lowers `components.securitySchemes`; a scheme that can't be read is left out. */
export function lowerSecuritySchemes(
  context: OpenApiContext,
  components: Located | undefined,
): readonly HttpSecuritySchemeModel[] {
  const schemes = components === undefined ? undefined : objectAt(context, components, "securitySchemes");
  if (schemes === undefined) return [];
  return entryKeys(schemes.value).flatMap((name) => {
    const scheme = resolveEntry(context, schemes, { key: name, what: `security scheme "${name}"` });
    return scheme === undefined ? [] : lowerScheme(context, scheme, name);
  });
}

function lowerScheme(
  context: OpenApiContext,
  { value, at }: Located,
  name: string,
): readonly HttpSecuritySchemeModel[] {
  const leaveOut = (why: string): readonly HttpSecuritySchemeModel[] => {
    reportAt(context, badSecurityScheme, { parameters: { name, why }, range: at });
    return [];
  };
  const type = schemeTypes.find((known) => known === value["type"]);
  if (type === undefined) return leaveOut(`unknown type ${JSON.stringify(value["type"] ?? null)}`);
  if (type === "apiKey") {
    const place = keyPlaces.find((known) => known === value["in"]);
    const parameterName = value["name"];
    if (place === undefined || typeof parameterName !== "string") return leaveOut(`an apiKey needs "in" and "name"`);
    return [{ name, type, in: place, parameterName }];
  }
  if (type !== "http") return [{ name, type }];
  const scheme = value["scheme"];
  return typeof scheme === "string"
    ? [{ name, type, scheme: scheme.toLowerCase() }]
    : leaveOut(`type http needs "scheme"`);
}

/** The security requirements of an operation: its own, else the document's; undefined when neither says anything. */
export function lowerSecurity(context: OpenApiContext, operation: Located): Requirements | undefined {
  const holder = operation.value["security"] === undefined ? context.root : operation.value;
  const written = holder["security"];
  if (written === undefined) return undefined;
  if (!isArray(written)) {
    const range = rangeOf(holder, "security");
    reportAt(context, openApiExpected, { parameters: { what: `"security"`, expected: "a list" }, range });
    return undefined;
  }
  // The document's own requirements are complained about once, not with every operation.
  const isOwn = holder === operation.value;
  return written.filter(isObject).map((alternative) => {
    const scopes: [string, readonly string[]][] = [];
    for (const name of Object.keys(alternative)) {
      const listed = alternative[name];
      scopes.push([name, isArray(listed) ? listed.filter((scope) => typeof scope === "string") : []]);
      if (isOwn) requireScheme(context, name, alternative);
    }
    return Object.fromEntries(scopes);
  });
}

/** Reports the schemes that the document's own requirements name but nothing declares. */
export function checkRootSecurity(context: OpenApiContext): void {
  const written = context.root["security"];
  for (const alternative of isArray(written) ? written.filter(isObject) : []) {
    for (const name of Object.keys(alternative)) requireScheme(context, name, alternative);
  }
}

/** Whether a caller must be authenticated: no alternative is empty, and there is one. */
export function asksForCaller(security: Requirements | undefined): boolean {
  return (
    security !== undefined &&
    security.length > 0 &&
    security.every((alternative) => Object.keys(alternative).length > 0)
  );
}

function requireScheme(context: OpenApiContext, name: string, alternative: object): void {
  // Since 3.2 a scheme may be named by a URI.
  if (context.schemeNames.has(name) || name.includes("/")) return;
  reportAt(context, unknownSecurityScheme, { parameters: { name }, range: rangeOf(alternative, name, "key") });
}
