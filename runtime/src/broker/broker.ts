/** A message on its way: bytes and text headers, nothing of any contract. */
export interface BrokerMessage {
  readonly address: string;
  /** Ordering and partition key. */
  readonly key: string | null;
  readonly headers: readonly (readonly [string, string])[];
  readonly contentType: string;
  readonly payload: Uint8Array;
}

/** Where a broker has put a message. */
export interface Receipt {
  readonly messageId: string;
  readonly address: string;
  readonly partition?: number;
  /** Kafka offset, stream sequence, or delivery tag, as text. */
  readonly offset?: string;
}

/** A message handed to a consumer. Exactly one of `ack` and `nack` settles it; more calls do nothing. */
export interface Delivery {
  readonly message: BrokerMessage;
  readonly place: { readonly address: string; readonly partition?: number; readonly offset?: string };
  /** How often the broker has handed it out, this time included, where it counts; otherwise undefined. */
  readonly deliveries: number | undefined;
  /** Done: never again. Resolves when the broker knows. */
  ack(): Promise<void>;
  /** Again, not before `delayMs`. Where the broker can't delay, the adapter waits or keeps the message. */
  nack(options?: { readonly delayMs?: number }): Promise<void>;
}

/** What a consumer asks for. */
export interface SubscribeOptions {
  readonly address: string;
  /** Consumers of one group share the messages; every group gets all. */
  readonly group: string;
  /** Unsettled deliveries at most. */
  readonly prefetch: number;
  /** Messages of one key are handed out one after another, in order, also on redelivery. */
  readonly ordered: boolean;
  /** Bindings of channel and operation for this broker's protocol. */
  readonly bindings?: Readonly<Record<string, unknown>>;
  /** Called for each delivery; must not throw. */
  readonly deliver: (delivery: Delivery) => void;
  /** The subscription broke and could not be restored; otherwise adapters reconnect by themselves. */
  readonly onError?: (error: unknown) => void;
}

/** A running subscription. */
export interface Subscription {
  /** Stops new deliveries; those handed out can still be settled. */
  pause(): void;
  resume(): void;
  /** Stops for good; resolves once all that was handed out is settled or `signal` fires (the rest comes again). */
  close(options?: { readonly signal?: AbortSignal }): Promise<void>;
}

/**
 * Moves messages. Frozen interface; every adapter passes `testBroker` of `@trilogue/runtime/testing`.
 * At least once: a message whose `publish` resolved is handed to every group until it is acked.
 */
export interface Broker {
  /** `memory`, `kafka`, `amqp`, `mqtt`, `nats`, `redis`; picks the bindings of channels. */
  readonly protocol: string;
  /**
   * Resolves after the broker's confirm.
   * @throws {ServiceError} unavailable or deadline_exceeded; then the message may or may not be there.
   */
  publish(message: BrokerMessage, options?: PublishOptions): Promise<Receipt>;
  subscribe(options: SubscribeOptions): Promise<Subscription>;
  close(): Promise<void>;
}

/** What a publish may need beside the message. */
export interface PublishOptions {
  readonly messageId: string;
  readonly signal?: AbortSignal;
  /** Handed out not before this long from now; brokers without delays hold it in the adapter. */
  readonly delayMs?: number;
  readonly bindings?: Readonly<Record<string, unknown>>;
}
