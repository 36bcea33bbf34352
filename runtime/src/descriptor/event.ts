import type { JsonForm } from "./json-form.ts";
import type { OperationBase, ServiceBase } from "./operation.ts";
import type { Validator } from "./validate.ts";

/** A value that a producer sends and a handler receives: one member of an operation's message union. */
export interface EventShape {
  readonly type: string;
  readonly data: unknown;
  readonly headers?: unknown;
}

/** How a payload becomes bytes. `codec` objects are made by `codegen/v1/events`. */
export interface PayloadCodec<Data = any> {
  /** The media type put on the wire, for example `application/json` or `application/protobuf`. */
  readonly contentType: string;
  encode(data: Data): Uint8Array;
  /** @throws {Error} when the bytes are not what the contract says; the consumer dead-letters them. */
  decode(bytes: Uint8Array): Data;
}

/** One message of an operation. */
export interface EventMessage {
  /** The message's name in the contract, also the `type` of the union and on the wire (CloudEvents `type`). */
  readonly type: string;
  readonly codec: PayloadCodec;
  readonly validate?: Validator;
  readonly validateHeaders?: Validator;
  /** How headers that are more than text are read; absent: as JSON in the platform's way. */
  readonly jsonHeaders?: JsonForm;
  /**
   * Path of the payload field (`data.order.id`) or header (`headers.x-id`) that identifies the message; absent:
   * CloudEvents id.
   */
  readonly id?: string;
  /** Path of the correlation id, likewise. */
  readonly correlationId?: string;
}

/** A channel: an address, perhaps with parameters, and its bindings. */
export interface EventChannel {
  readonly name: string;
  /** The address template (`orders/{region}`), or null when it is made at run time. */
  readonly address: string | null;
  readonly parameters?: readonly string[];
  /** Binding objects of the contract by protocol (`kafka`, `amqp`, `mqtt`, ...), as read, for adapters. */
  readonly bindings?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly protocols?: readonly string[];
}

/**
 * One AsyncAPI operation. `Event` is the union of its messages as `{ type, data, headers }`; `action` tells who owns
 * it: the application described by the document sends or receives. Both verbs (producer, consumer) accept every
 * operation.
 */
export interface EventOperation<Event extends EventShape = any> extends OperationBase {
  readonly kind: "event";
  readonly action: "send" | "receive";
  readonly channel: EventChannel;
  readonly messages: readonly EventMessage[];
  readonly bindings?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** The channel and messages of a reply, for request-reply operations. */
  readonly reply?: { readonly channel?: EventChannel; readonly messages: readonly EventMessage[] };
  readonly "~types"?: { readonly event: Event };
}

/** An AsyncAPI document as a service. */
export interface EventService<Operations extends object = object> extends ServiceBase {
  readonly kind: "event";
  readonly operations: Operations;
  /** CloudEvents `source` of messages that this application sends; defaults to `/<service name>`. */
  readonly source?: string;
}
