import type { JsonValue } from "../source/json.ts";
import type { SourceRange } from "../source/source-file.ts";
import type { ResolvedPolicy } from "./policy.ts";
import type { Schema } from "./schema.ts";

/** An OpenAPI document, lowered. */
export interface HttpContract {
  readonly kind: "http";
  /** Path of the document. */
  readonly path: string;
  readonly at: SourceRange;
  /** As the contract names it: `info.title`, else the path. */
  readonly name: string;
  /** Full name for policies and metrics: `<directory with dots>.<Name>`, for example `payments.v1.Payments`. */
  readonly fullName: string;
  readonly description?: string;
  readonly servers: readonly HttpServerModel[];
  /** The path prefixes of the servers; `""` alone when there are none. */
  readonly basePaths: readonly string[];
  readonly operations: readonly HttpOperationModel[];
  /** Webhooks and callbacks: operations whose address is the subscriber's. They make a second service. */
  readonly webhooks: readonly HttpOperationModel[];
  /** Full name of that service: `payments.v1.PaymentsWebhooks`. */
  readonly webhooksName: string;
  readonly securitySchemes: readonly HttpSecuritySchemeModel[];
}

export interface HttpOperationModel {
  readonly at: SourceRange;
  /** `operationId`, else derived from method and path; unique in the document. */
  readonly name: string;
  readonly method: string;
  /** Empty for webhooks and callbacks, which say so by `hook`. */
  readonly path: string;
  readonly hook?: HttpHookModel;
  readonly tags: readonly string[];
  readonly summary?: string;
  readonly description?: string;
  readonly deprecated?: boolean;
  readonly parameters: readonly HttpParameterModel[];
  readonly body?: {
    readonly required: boolean;
    readonly description?: string;
    readonly content: readonly HttpMediaTypeModel[];
  };
  readonly responses: readonly HttpResponseModel[];
  /** Servers of the operation, or its path item, in place of the document's. */
  readonly servers?: HttpOwnServersModel;
  /** Any of these alternatives will do, of each all members; an empty one asks for nothing. */
  readonly security?: readonly (readonly HttpSecurityRequirementModel[])[];
  readonly policy: ResolvedPolicy;
}

/** What a webhook or callback is called, and where a callback goes. */
export type HttpHookModel =
  | { readonly kind: "webhook"; readonly name: string }
  | {
      readonly kind: "callback";
      readonly name: string;
      /** The operation that asks for it, by its name in the contract. */
      readonly operation: string;
      /** The address as a template of runtime expressions; absent when it is malformed. */
      readonly expression?: string;
    };

export interface HttpParameterModel {
  readonly at: SourceRange;
  readonly in: "path" | "query" | "querystring" | "header" | "cookie";
  readonly name: string;
  readonly required: boolean;
  readonly deprecated?: boolean;
  readonly description?: string;
  readonly style: "simple" | "label" | "matrix" | "form" | "spaceDelimited" | "pipeDelimited" | "deepObject" | "cookie";
  readonly explode: boolean;
  readonly allowReserved: boolean;
  /** Declared by `content`. */
  readonly mediaType?: string;
  readonly schema: Schema;
}

export interface HttpMediaTypeModel {
  readonly at: SourceRange;
  readonly mediaType: string;
  /** Absent: any value of that media type. */
  readonly schema?: Schema;
  /** 3.2: one item of a streamed body. */
  readonly itemSchema?: Schema;
  readonly encoding?: readonly {
    readonly property: string;
    readonly contentType?: string;
    readonly style?: HttpParameterModel["style"];
    readonly explode?: boolean;
    readonly allowReserved?: boolean;
  }[];
  readonly example?: { readonly value: JsonValue };
}

export interface HttpResponseModel {
  readonly at: SourceRange;
  /** `200`, `4XX`, `default`. */
  readonly status: string;
  readonly description?: string;
  readonly headers: readonly HttpParameterModel[];
  readonly content: readonly HttpMediaTypeModel[];
  /** Absent: none. */
  readonly links?: readonly HttpLinkModel[];
}

/** A link from a response to another operation of the contract. */
export interface HttpLinkModel {
  readonly at: SourceRange;
  readonly name: string;
  /** The target's name in the contract. */
  readonly operation: string;
  /** Constants, or texts with runtime expressions. `in` is there once the target is known. */
  readonly parameters: readonly {
    readonly at: SourceRange;
    readonly in?: "path" | "query" | "header" | "cookie";
    readonly name: string;
    readonly value: JsonValue;
  }[];
  readonly body?: { readonly value: JsonValue };
}

/** A server, as written. */
export interface HttpServerModel {
  /** May be relative, and name variables in braces. */
  readonly url: string;
  readonly name?: string;
  readonly description?: string;
  readonly variables: Readonly<Record<string, HttpServerVariableModel>>;
}

/** A variable of a server's URL. */
export interface HttpServerVariableModel {
  readonly default?: string;
  readonly enum?: readonly string[];
}

/** Servers of one operation. */
export interface HttpOwnServersModel {
  readonly list: readonly HttpServerModel[];
  readonly basePaths: readonly string[];
  /** Those of the document. */
  readonly insteadOf: readonly string[];
}

/** One scheme that a call needs, with the scopes (or roles) asked for. */
export interface HttpSecurityRequirementModel {
  readonly scheme: HttpSecuritySchemeModel;
  readonly scopes: readonly string[];
}

/** A security scheme. The kind is the contract's `type`, and of `http` schemes those that everybody uses. */
export interface HttpSecuritySchemeModel {
  readonly at: SourceRange;
  /** As requirements name it: a key of `components.securitySchemes`, or since 3.2 a URI. */
  readonly name: string;
  /** `unknown`: named by a requirement, and nowhere declared in a way that can be read. */
  readonly kind: "apiKey" | "basic" | "bearer" | "http" | "oauth2" | "openIdConnect" | "mutualTLS" | "unknown";
  readonly description?: string;
  readonly deprecated?: boolean;
  /** Of an apiKey: where it stands, and as what. */
  readonly in?: "query" | "header" | "cookie";
  readonly parameter?: string;
  /** Of `http`: the name of the authentication scheme, as written. */
  readonly scheme?: string;
  readonly bearerFormat?: string;
  readonly openIdConnectUrl?: string;
  readonly oauth2MetadataUrl?: string;
  readonly flows?: Readonly<Record<string, HttpOAuthFlowModel>>;
}

/** One flow of an oauth2 scheme. */
export interface HttpOAuthFlowModel {
  readonly authorizationUrl?: string;
  readonly deviceAuthorizationUrl?: string;
  readonly tokenUrl?: string;
  readonly refreshUrl?: string;
  readonly scopes: readonly string[];
}
