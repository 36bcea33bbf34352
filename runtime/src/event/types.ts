import type { Receipt } from "../broker/broker.ts";
import type { CallIdempotency, Context } from "../call/context.ts";
import type { HeadersSource } from "../call/headers.ts";
import type { EventOperation, EventShape } from "../descriptor/event.ts";

/** The union of an operation's messages, as `{ type, data, headers }`. */
export type EventOf<Operation> = Operation extends EventOperation<infer Event> ? Event : never;

/** What a producer's method takes: `type` is needed only to tell several messages apart. */
export type ProducerInput<Event extends EventShape> =
  IsUnion<Event["type"]> extends true ? Event : Untyped<Event> & { readonly type?: Event["type"] };

/** What may be said of one message beside its content. */
export interface ProduceOptions<Tx = unknown> {
  /** Ordering and partition key; otherwise read from the payload where the contract says `delivery.key`. */
  readonly key?: string;
  /** CloudEvents id; consumers do an effect once an id. Otherwise the declared message id, or a new UUIDv7. */
  readonly id?: string;
  /** Further headers, beside the typed ones of the message. */
  readonly headers?: HeadersSource;
  /** The store's transaction: the message is sent if and only if it commits, by the relay. */
  readonly tx?: Tx;
  /** The context of the handler that sends: its deadline, cancellation and trace are inherited. */
  readonly ctx?: Context<any>;
  readonly signal?: AbortSignal;
  /** May only shorten what the contract says; 10 s when neither does. */
  readonly timeoutMs?: number;
  /** How long the message is worth handling, milliseconds from now; later it goes to the dead letters. */
  readonly ttlMs?: number;
  /** Handed out not before this long from now. Not together with `tx`. */
  readonly delayMs?: number;
  /** Values for the `{parameters}` of the channel's address. */
  readonly parameters?: Readonly<Record<string, string>>;
}

/** Sends one operation's messages. */
export type ProducerMethod<Operation, Tx = unknown> = (
  input: ProducerInput<EventOf<Operation>>,
  options?: ProduceOptions<Tx>,
) => Promise<Receipt>;

/** A method for each operation. */
export type Producer<Operations, Tx = unknown> = {
  readonly [Name in keyof Operations]: ProducerMethod<Operations[Name], Tx>;
};

/** What comes with every consumed message. */
export interface EventFacts {
  /** CloudEvents id, or what the contract declares as the message's id. */
  readonly id: string;
  /** CloudEvents source; empty when the sender gave none. */
  readonly source: string;
  /** When it happened (RFC 3339), as the sender says. */
  readonly time: string | undefined;
  /** Ordering key. */
  readonly key: string | null;
  /** Where it came from, and the values of the address's `{parameters}`. */
  readonly address: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** A message as a handler gets it. */
export type ConsumedEvent<Event extends EventShape> = Event extends EventShape ? Event & EventFacts : never;

/** The context of a handler of messages: there is always an id and an attempt; `tx` is of the consumer's store. */
export interface EventContext<Tx = unknown> extends Context<Tx> {
  readonly idempotency: CallIdempotency<Tx>;
}

/**
 * Handles one message. It is acknowledged after the promise resolved and the transaction committed; when it rejects,
 * the error's code decides between another try and the dead letters.
 */
export type EventHandler<Operation, Tx = unknown> = (
  event: ConsumedEvent<EventOf<Operation>>,
  ctx: EventContext<Tx>,
) => Promise<void> | void;

/**
 * A handler in two phases, for work that waits for others. `prepare` runs without a transaction, so that a slow call
 * holds up nobody who wants to write; it may run more than once a message, so the calls it makes need a key such as
 * `event.id`. `commit` runs in the inbox's transaction, once a message, with what `prepare` resolved to.
 *
 * ```ts
 * collectPayment: {
 *   prepare: (event, ctx) => payments.createCharge({ body: event.data }, { ctx, idempotencyKey: event.id }),
 *   commit: (charge: Charge, event, ctx) => savePayment(ctx.idempotency.tx, event.data.orderId, charge.id),
 * }
 * ```
 */
export interface PhasedHandler<Event, Tx = unknown> {
  prepare(event: Event, ctx: EventContext<undefined>): Promise<unknown>;
  /** A method, so that `prepared` may be declared as what `prepare` gives. */
  commit(prepared: unknown, event: Event, ctx: EventContext<Tx>): Promise<void> | void;
}

/** Handlers by operation; those that are absent are not subscribed to. */
export type EventHandlers<Operations, Tx = unknown> = {
  readonly [Name in keyof Operations]?:
    EventHandler<Operations[Name], Tx> | PhasedHandler<ConsumedEvent<EventOf<Operations[Name]>>, Tx>;
};

type Untyped<Event> = { readonly [Name in keyof Event as Name extends "type" ? never : Name]: Event[Name] };

type IsUnion<Value> = [Value] extends [Intersection<Value>] ? false : true;

type Intersection<Union> = (Union extends unknown ? (value: Union) => void : never) extends (value: infer Value) => void
  ? Value
  : never;
