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
  readonly basePaths: readonly string[];
  readonly operations: readonly HttpOperationModel[];
  /** 3.1 webhooks and callbacks: typed here, wired by later work. */
  readonly webhooks: readonly HttpOperationModel[];
  readonly securitySchemes: readonly HttpSecuritySchemeModel[];
}

export interface HttpOperationModel {
  readonly at: SourceRange;
  /** `operationId`, else derived from method and path; unique in the document. */
  readonly name: string;
  readonly method: string;
  readonly path: string;
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
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
  readonly policy: ResolvedPolicy;
}

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
}

export interface HttpSecuritySchemeModel {
  readonly name: string;
  readonly type: "apiKey" | "http" | "oauth2" | "openIdConnect" | "mutualTLS";
  readonly in?: "query" | "header" | "cookie";
  readonly parameterName?: string;
  readonly scheme?: string;
}
