import type { JsonObject } from "../source/json.ts";
import type { SourceRange } from "../source/source-file.ts";
import type { ResolvedPolicy } from "./policy.ts";
import type { Schema } from "./schema.ts";

/** An AsyncAPI document, lowered from its 3.x form. */
export interface EventContract {
  readonly kind: "event";
  readonly path: string;
  readonly at: SourceRange;
  readonly name: string;
  readonly fullName: string;
  readonly description?: string;
  readonly channels: readonly EventChannelModel[];
  readonly operations: readonly EventOperationModel[];
}

export interface EventChannelModel {
  readonly at: SourceRange;
  readonly name: string;
  readonly address: string | null;
  readonly description?: string;
  readonly parameters: readonly string[];
  readonly protocols: readonly string[];
  readonly bindings?: JsonObject;
}

export interface EventOperationModel {
  readonly at: SourceRange;
  readonly name: string;
  readonly action: "send" | "receive";
  readonly summary?: string;
  readonly description?: string;
  readonly deprecated?: boolean;
  readonly channel: EventChannelModel;
  readonly messages: readonly EventMessageModel[];
  readonly reply?: { readonly channel?: EventChannelModel; readonly messages: readonly EventMessageModel[] };
  readonly bindings?: JsonObject;
  readonly policy: ResolvedPolicy;
}

/** How the payload is written: `json` by schema; `protobuf` and `protobufJson` by message; `avro`; `text`; `binary`. */
export type PayloadFormat = "json" | "protobuf" | "protobufJson" | "avro" | "text" | "binary";

export interface EventMessageModel {
  readonly at: SourceRange;
  /** Component key, else `name`, else `title`, else the channel's message key; unique in the operation. */
  readonly name: string;
  readonly summary?: string;
  readonly description?: string;
  readonly contentType: string;
  readonly format: PayloadFormat;
  readonly payload?: Schema;
  readonly headers?: Schema;
  /** Path of the field or header that identifies the message, `data.a.b` or `headers.x`; absent: CloudEvents id. */
  readonly id?: string;
  readonly correlationId?: string;
}
