import type { JsonForm } from "./json-form.ts";
import type { OperationBase, ServiceBase } from "./operation.ts";
import type { OperationPolicy, PaginationPolicy } from "./policy.ts";
import type { Validator } from "./validate.ts";

/** How the text of a parameter, header or form field becomes a typed value. */
export type ValueShape =
  /** `binary`: a part of multipart is a file whatever it says of itself; a text anywhere else. */
  | { readonly type: "binary" }
  | { readonly type: "string" | "number" | "integer" | "boolean" | "null" | "any" }
  /** A whole number that generated code reads; undefined for text that is none. */
  | { readonly type: "whole"; readonly read: (text: string) => { readonly value: unknown } | undefined }
  | { readonly type: "array"; readonly items: ValueShape }
  | {
      readonly type: "object";
      readonly properties: Readonly<Record<string, ValueShape>>;
      readonly additional?: ValueShape;
    }
  /** Tried in order; the first that reads the text wins. */
  | { readonly type: "union"; readonly members: readonly ValueShape[] };

/** Serialisation styles of OpenAPI 3.2 section "Style Values". */
export type ParameterStyle =
  "simple" | "label" | "matrix" | "form" | "spaceDelimited" | "pipeDelimited" | "deepObject" | "cookie";

/** A path, query, header or cookie parameter. */
export interface HttpParameter {
  readonly in: "path" | "query" | "querystring" | "header" | "cookie";
  readonly name: string;
  /** Absent: no. */
  readonly required?: boolean;
  /** Absent: `simple` in paths and headers, `form` elsewhere. */
  readonly style?: ParameterStyle;
  /** Absent: as the style has it, which is yes for `form` and `cookie` alone. */
  readonly explode?: boolean;
  readonly allowReserved?: boolean;
  /** Set when the parameter is declared by `content`: its text is that media type. */
  readonly mediaType?: string;
  /** Absent: a string. */
  readonly shape?: ValueShape;
  /** How JSON in it is read and written; absent: in the platform's way. */
  readonly json?: JsonForm;
  readonly validate?: Validator;
}

/**
 * How a body becomes a value: `json` any JSON value; `text` a string; `form` application/x-www-form-urlencoded;
 * `multipart` multipart/form-data; `binary` bytes; `eventStream` SSE and `jsonLines` JSON Lines as async iterables.
 */
export type BodyCodec = "json" | "text" | "form" | "multipart" | "binary" | "eventStream" | "jsonLines";

/** One media type of a request or response body. */
export interface HttpMediaType {
  /** As the contract writes it, lower-case: `application/json`, `application/vnd.acme.v1+json`, `image/*`. */
  readonly mediaType: string;
  readonly codec: BodyCodec;
  /** Needed by `form` and `multipart`; absent elsewhere. */
  readonly shape?: ValueShape;
  /** How the JSON of it, or in it, is read and written; absent: in the platform's way. */
  readonly json?: JsonForm;
  /** `encoding` objects by property name, for `form` and `multipart`. */
  readonly encoding?: Readonly<Record<string, HttpEncoding>>;
  readonly validate?: Validator;
}

/** How one property of a form is written. */
export interface HttpEncoding {
  readonly contentType?: string;
  readonly style?: ParameterStyle;
  readonly explode?: boolean;
  readonly allowReserved?: boolean;
}

/**
 * Every status of a class (RFC 9110 section 15), or of several: `StatusRange<4>` is `400 | 401 | ... | 499`. `Except`
 * are those that the contract declares apart, so that `reply.status === 404` tells all responses of it apart.
 */
export type StatusRange<Class extends 1 | 2 | 3 | 4 | 5, Except extends number = never> = ToNumber<
  Exclude<`${Class}${Digit}${Digit}`, `${Except}`>
>;

type Digit = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;
type ToNumber<Text extends string> = Text extends `${infer Value extends number}` ? Value : never;

/**
 * The members of a union of responses that may have a status: the one with that very status, or the range that holds
 * it. Nothing here goes through the statuses of a range one by one: with 400 of them a checker would run out of memory.
 */
export type ResponseOf<Response, Status> = Response extends { readonly status: infer Own }
  ? [Own & Status] extends [never]
    ? never
    : Response
  : never;

/** One declared response. */
export interface HttpResponseDescriptor {
  /** A status code, a range such as `4XX`, or `default`. */
  readonly status: number | `${1 | 2 | 3 | 4 | 5}XX` | "default";
  readonly headers?: readonly HttpParameter[];
  /** Empty: no body. */
  readonly content: readonly HttpMediaType[];
  /** Links to other operations, by their names; see `linkInput`. */
  readonly links?: Readonly<Record<string, HttpLink>>;
}

/** How a response leads to the input of another operation: constants, and texts with runtime expressions. */
export interface HttpLink {
  /** The target's name in clients. */
  readonly operation: string;
  readonly parameters?: readonly {
    readonly in: "path" | "query" | "header" | "cookie";
    readonly name: string;
    readonly value: unknown;
  }[];
  readonly body?: { readonly value: unknown };
}

/** The request body. */
export interface HttpRequestBody {
  /** Absent: no. */
  readonly required?: boolean;
  readonly content: readonly HttpMediaType[];
}

/**
 * One HTTP operation. `Input` is `{ path, query, header, cookie, body }` with absent parts omitted; `Result` the 2xx
 * body that a call resolves to; `Response` the union of all declared responses as `{ status, contentType, headers,
 * body }`; `Plain` what a handler may return without `ctx.reply` (`never` when several successes or headers exist).
 */
export interface HttpOperation<Input = any, Result = any, Response = any, Plain = any> extends OperationBase {
  readonly kind: "http";
  /** Upper-case, for example `POST`, also `QUERY` and the other methods of `additionalOperations`. */
  readonly method: string;
  /**
   * The path template as in the contract, server prefix excluded: `/payments/{paymentId}`; empty where there is
   * `webhook` or `callback`, until `webhooksAt` gives one.
   */
  readonly path: string;
  /** The name of the webhook that this is: it goes to the address of a subscriber. */
  readonly webhook?: string;
  /** The callback that this is: it goes to the address that was given with a call of another operation. */
  readonly callback?: HttpCallback;
  readonly parameters?: readonly HttpParameter[];
  readonly body?: HttpRequestBody;
  readonly responses: readonly HttpResponseDescriptor[];
  /** Set where the contract gives the operation servers of its own. */
  readonly servers?: HttpOwnServers;
  /** Alternatives, of each all members; an empty one lets unknown callers in. Absent or empty: no security. */
  readonly security?: readonly (readonly HttpSecurityRequirement[])[];
  readonly "~types"?: {
    readonly input: Input;
    readonly result: Result;
    readonly response: Response;
    readonly plain: Plain;
  };
}

/**
 * An operation whose answers are pages of a list. `Items` is the JSON Pointer of the list in `Result`; `pages` and
 * `items` of `./http` read it page by page.
 */
export interface PagedOperation<
  Input = any,
  Result = any,
  Response = any,
  Plain = any,
  Items extends string = string,
> extends HttpOperation<Input, Result, Response, Plain> {
  readonly policy: OperationPolicy & { readonly pagination: PaginationPolicy & { readonly items: Items } };
}

/** Where a callback belongs to. */
export interface HttpCallback {
  /** The operation that asks for it, as clients call it. */
  readonly operation: string;
  readonly name: string;
  /** The address as the contract writes it, for example `{$request.body#/callbackUrl}`; see `callbackUrl`. */
  readonly expression?: string;
}

/**
 * The kinds of security schemes (OpenAPI 3.2 section "Security Scheme Object"); `basic` and `bearer` are of the type
 * `http`, which stands for all other schemes of RFC 9110 section 11. `unknown`: the contract does not say.
 */
export type SecurityKind =
  "apiKey" | "basic" | "bearer" | "http" | "oauth2" | "openIdConnect" | "mutualTLS" | "unknown";

/** A security scheme, as a declared fact. */
export interface HttpSecurityScheme<Kind extends SecurityKind = SecurityKind> {
  /** As the contract's requirements name it. */
  readonly name: string;
  readonly kind: Kind;
  /** Of an `apiKey`: where it stands, and under which name. */
  readonly in?: "query" | "header" | "cookie";
  readonly parameter?: string;
  /** Of `http`: the authentication scheme, for example `DPoP`. */
  readonly scheme?: string;
  readonly bearerFormat?: string;
  readonly openIdConnectUrl?: string;
  /** RFC 8414. */
  readonly oauth2MetadataUrl?: string;
  /** By the contract's names, for example `authorizationCode`, `clientCredentials`, `deviceAuthorization`. */
  readonly flows?: Readonly<Record<string, HttpOAuthFlow>>;
  readonly deprecated?: boolean;
}

/** One flow of an oauth2 scheme. */
export interface HttpOAuthFlow {
  readonly authorizationUrl?: string;
  readonly deviceAuthorizationUrl?: string;
  readonly tokenUrl?: string;
  readonly refreshUrl?: string;
  readonly scopes: readonly string[];
}

/** A server of a contract, as a declared fact; `serverUrl` makes its URL. */
export interface HttpServer<Variables extends object = {}> {
  /** May be relative, and name variables in braces. */
  readonly url: string;
  readonly name?: string;
  readonly description?: string;
  readonly variables?: Readonly<Record<string, { readonly default?: string; readonly enum?: readonly string[] }>>;
  readonly "~variables"?: Variables;
}

/** Servers of one operation, in place of its document's. */
export interface HttpOwnServers {
  readonly list: readonly HttpServer[];
  readonly basePaths: readonly string[];
  /** The base paths of the document: a transport that points to one of these means the operation's. */
  readonly insteadOf: readonly string[];
}

/** A scheme that a call needs. */
export interface HttpSecurityRequirement {
  readonly scheme: HttpSecurityScheme;
  /** Scopes, or roles, that the caller must have; absent: none. */
  readonly scopes?: readonly string[];
}

/** An OpenAPI document as a service. */
export interface HttpService<Operations extends object = object, Schemes extends object = object> extends ServiceBase {
  readonly kind: "http";
  readonly operations: Operations;
  /** Path prefixes that the contract's `servers` put before every path, `""` first when there is none. */
  readonly basePaths?: readonly string[];
  /** By their names. */
  readonly securitySchemes?: Schemes;
}

/** The webhooks and callbacks of an OpenAPI document as a service: its operations have no path of their own. */
export interface HttpWebhooks<Operations extends object = object, Schemes extends object = object> extends HttpService<
  Operations,
  Schemes
> {
  /** Servers take it when `webhooksAt` has given paths. */
  readonly isUnaddressed: true;
}

/** One server-sent event (WHATWG HTML, section "Server-sent events") with its data as `Data`. */
export interface ServerSentEvent<Data = string> {
  /** Text, or the parsed JSON when the contract says that it is more than text. */
  readonly data: Data;
  readonly event?: string;
  readonly id?: string;
  /** Milliseconds that the client waits before it comes back. */
  readonly retry?: number;
}
