import { badSecurityScheme } from "../diagnostics/catalogue/openapi.ts";
import type { HttpOAuthFlowModel, HttpSecuritySchemeModel } from "../model/http.ts";
import { isObject, type JsonObject } from "../source/json.ts";
import { entryKeys, objectAt, reportAt, textAt, type Located, type OpenApiContext } from "./openapi-context.ts";

type Facts = Omit<HttpSecuritySchemeModel, "at" | "name">;

const keyPlaces = ["query", "header", "cookie"] as const;

/** What a header's or cookie's name is made of: a token, RFC 9110 section 5.6.2. */
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Lowers one Security Scheme Object (OpenAPI 3.2). One that can't be read is reported and of the kind `unknown`. */
export function lowerScheme(context: OpenApiContext, scheme: Located, name: string): HttpSecuritySchemeModel {
  const read = readFacts(context, scheme);
  const { at, value } = scheme;
  const facts: Facts = typeof read === "string" ? { kind: "unknown" } : read;
  if (typeof read === "string") reportAt(context, badSecurityScheme, { parameters: { name, why: read }, range: at });
  const description = textAt(context, scheme, "description");
  return {
    at,
    name,
    ...facts,
    ...(description === undefined ? {} : { description }),
    ...(value["deprecated"] === true ? { deprecated: true } : {}),
  };
}

/** What the scheme's type needs, or what is wrong with it. */
function readFacts(context: OpenApiContext, scheme: Located): Facts | string {
  const { value } = scheme;
  switch (value["type"]) {
    case "apiKey":
      return readKey(value);
    case "http":
      return readHttp(value);
    case "oauth2":
      return {
        kind: "oauth2",
        ...textsOf(value, ["oauth2MetadataUrl"]),
        flows: readFlows(context, scheme),
      };
    case "openIdConnect": {
      const texts = textsOf(value, ["openIdConnectUrl"]);
      return texts.openIdConnectUrl === undefined
        ? `type openIdConnect needs "openIdConnectUrl"`
        : { kind: "openIdConnect", ...texts };
    }
    case "mutualTLS":
      return { kind: "mutualTLS" };
    default:
      return `unknown type ${JSON.stringify(value["type"] ?? null)}`;
  }
}

function readKey(value: JsonObject): Facts | string {
  const place = keyPlaces.find((known) => known === value["in"]);
  const parameter = value["name"];
  if (place === undefined || typeof parameter !== "string") return `an apiKey needs "in" and "name"`;
  if (parameter === "" || (place !== "query" && !token.test(parameter))) {
    return `no ${place} can have the name ${JSON.stringify(parameter)}`;
  }
  return { kind: "apiKey", in: place, parameter };
}

function readHttp(value: JsonObject): Facts | string {
  const scheme = value["scheme"];
  if (typeof scheme !== "string") return `type http needs "scheme"`;
  if (!token.test(scheme)) return `no authentication scheme can have the name ${JSON.stringify(scheme)}`;
  switch (scheme.toLowerCase()) {
    case "basic":
      return { kind: "basic" };
    case "bearer":
      return { kind: "bearer", ...textsOf(value, ["bearerFormat"]) };
    default:
      return { kind: "http", scheme };
  }
}

function readFlows(context: OpenApiContext, scheme: Located): Readonly<Record<string, HttpOAuthFlowModel>> {
  const flows = objectAt(context, scheme, "flows");
  const read: [string, HttpOAuthFlowModel][] = [];
  for (const name of flows === undefined ? [] : entryKeys(flows.value)) {
    const flow = flows && objectAt(context, flows, name);
    if (flow === undefined) continue;
    const scopes = flow.value["scopes"];
    read.push([
      name,
      {
        ...textsOf(flow.value, ["authorizationUrl", "deviceAuthorizationUrl", "tokenUrl", "refreshUrl"]),
        scopes: isObject(scopes) ? entryKeys(scopes) : [],
      },
    ]);
  }
  return Object.fromEntries(read);
}

function textsOf<Key extends string>(value: JsonObject, keys: readonly Key[]): { readonly [Name in Key]?: string } {
  const texts = keys.flatMap((key) => (typeof value[key] === "string" ? [[key, value[key]] as const] : []));
  return Object.fromEntries(texts) as { readonly [Name in Key]?: string };
}
