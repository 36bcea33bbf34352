import type { Broker, BrokerMessage, PublishOptions, Receipt } from "../broker/broker.ts";
import { abandonedError, withOperation } from "../call/call-error.ts";
import { createContext, type ContextScope } from "../call/create-context.ts";
import type { Context } from "../call/context.ts";
import { createHeaders, type HeaderMap } from "../call/headers.ts";
import { applyInterceptors, type CallNext, type Interceptor } from "../call/interceptor.ts";
import { writeTrace } from "../call/trace.ts";
import type { EventOperation, EventService } from "../descriptor/event.ts";
import { operationId, type OperationMap } from "../descriptor/operation.ts";
import { untilCanceled } from "../environment/cancel.ts";
import type { Environment } from "../environment/environment.ts";
import { sleep } from "../environment/sleep.ts";
import { systemEnvironment } from "../environment/system.ts";
import { ServiceError, toServiceError } from "../error/service-error.ts";
import { backoffMs } from "../policy/backoff.ts";
import { effectiveTimeoutMs } from "../policy/deadline.ts";
import type { Store } from "../store/store.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import { fillAddress } from "./address.ts";
import { bindingsFor } from "./bindings.ts";
import { encodeEvent } from "./encode.ts";
import { messageHeaders, writeAttributes } from "./message-headers.ts";
import { operationsOf, type Operations, type OperationsOf } from "./operations.ts";
import type { ProduceOptions, Producer } from "./types.ts";

/** How a producer is made. */
export interface ProducerOptions<Tx = unknown> {
  readonly interceptors?: readonly Interceptor[];
  readonly environment?: Environment;
  /** Needed for operations that go through the outbox. */
  readonly store?: Store<Tx>;
  /** CloudEvents source; the service's own when absent. */
  readonly source?: string;
  readonly telemetry?: Telemetry;
  /** Unconfirmed messages at most, further ones are refused; 10 000 when absent. */
  readonly maxUnconfirmed?: number;
}

/**
 * Makes the sender of a service's events, or of a subset `{ orderPlaced }`.
 *
 * A method resolves after the broker's confirm; an unconfirmed message is published again under the same id until the
 * deadline, so that consumers with an inbox do its effect once. With `{ tx }` it resolves when the message is in the
 * outbox, and `startRelay` publishes it after the commit.
 *
 * ```ts
 * const producer = createProducer(ShopEvents, broker, { store });
 * await producer.orderPlaced({ data: order }, { tx: ctx.idempotency.tx, ctx });
 * ```
 * @throws {ServiceError} invalid_argument, when the message doesn't fit the contract; unavailable or deadline_exceeded,
 * when there was no confirm: then it may or may not be there.
 */
export function createProducer<Methods extends object, Tx = unknown>(
  service: EventService<Methods>,
  broker: Broker,
  options?: ProducerOptions<Tx>,
): Producer<Methods, Tx>;
export function createProducer<Methods extends OperationsOf<Methods>, Tx = unknown>(
  operations: Methods,
  broker: Broker,
  options?: ProducerOptions<Tx>,
): Producer<Methods, Tx>;
export function createProducer(
  service: Operations,
  broker: Broker,
  options: ProducerOptions<any> = {},
): Producer<OperationMap<EventOperation>, any> {
  const { operations, source } = operationsOf(service);
  const sender: Sender = {
    broker,
    options,
    environment: options.environment ?? systemEnvironment,
    source: (operation) => options.source ?? source ?? `/${operation.service}`,
    unconfirmed: { count: 0 },
  };
  return Object.fromEntries(
    Object.entries(operations).map(([name, operation]) => [
      name,
      (input: unknown, produceOptions?: ProduceOptions<any>) =>
        produce(sender, operation, { input, ...produceOptions }),
    ]),
  );
}

interface Sender {
  readonly broker: Broker;
  readonly options: ProducerOptions<any>;
  readonly environment: Environment;
  readonly source: (operation: EventOperation) => string;
  readonly unconfirmed: { count: number };
}

interface Produce extends ProduceOptions<any> {
  readonly input: unknown;
}

async function produce(sender: Sender, operation: EventOperation, asked: Produce): Promise<Receipt> {
  const { environment, options } = sender;
  const timeoutMs = effectiveTimeoutMs(operation, asked.timeoutMs);
  const scope = createContext({ environment, parent: asked.ctx, signal: asked.signal, timeoutMs });
  const headers = createHeaders(asked.headers);
  writeTrace(scope.context.trace, headers);
  // One id, also for an interceptor that sends twice.
  const freshId = environment.newId();
  const last: CallNext = async (call) => {
    const ready = encode(sender, operation, { asked: { ...asked, input: call.input }, freshId, headers: call.headers });
    const output = isOutbox(operation, asked)
      ? await appendToOutbox(sender, operation, { ready, asked })
      : await publish(sender, operation, {
          message: ready.message,
          scope,
          publishOptions: publishOptions(sender, operation, { asked, messageId: ready.messageId, scope }),
        });
    return { output, headers: createHeaders() };
  };
  const started = environment.monotonic();
  try {
    if (scope.cancel.aborted) throw abandonedError(scope.cancel.reason);
    const call = {
      side: "producer",
      operation,
      input: asked.input,
      headers,
      context: scope.context as Context,
    } as const;
    return (await applyInterceptors(options.interceptors ?? [], last)(call)).output as Receipt;
  } finally {
    scope.dispose();
    options.telemetry?.record("messaging.client.operation.duration", (environment.monotonic() - started) / 1_000, {
      operation: operationId(operation),
    });
  }
}

interface Ready {
  readonly message: BrokerMessage;
  readonly messageId: string;
  readonly rowId: string;
}

function encode(
  sender: Sender,
  operation: EventOperation,
  { asked, freshId, headers }: { readonly asked: Produce; readonly freshId: string; readonly headers: HeaderMap },
): Ready {
  const encoded = encodeEvent(operation, asked.input, asked.key);
  const chosenId = asked.id ?? encoded.declaredId;
  const messageId = chosenId ?? freshId;
  const attributes = {
    id: messageId,
    source: sender.source(operation),
    type: encoded.message.type,
    time: new Date(sender.environment.now()).toISOString(),
  };
  const ttl = asked.ttlMs === undefined ? [] : [[messageHeaders.ttlMs, String(Math.ceil(asked.ttlMs))] as const];
  return {
    messageId,
    // Ids that people choose are unique per type of message at best, and two rows of one id would be one row.
    rowId: chosenId === undefined ? freshId : `${operationId(operation)} ${encoded.message.type} ${chosenId}`,
    message: {
      address: fillAddress(operation, asked.parameters),
      key: encoded.key,
      headers: [...writeAttributes(sender.broker.protocol, attributes), ...ttl, ...encoded.headers, ...headers],
      contentType: encoded.message.codec.contentType,
      payload: encoded.payload,
    },
  };
}

function isOutbox(operation: EventOperation, { tx }: Produce): boolean {
  return tx !== undefined || operation.policy.delivery?.outbox === true;
}

async function appendToOutbox(
  sender: Sender,
  operation: EventOperation,
  { ready, asked }: { readonly ready: Ready; readonly asked: Produce },
): Promise<Receipt> {
  const { store } = sender.options;
  const name = operationId(operation);
  const refuse = (why: string): ServiceError =>
    new ServiceError("failed_precondition", `send ${name}: ${why}`, {
      origin: "framework",
      sent: "no",
      operation: name,
      reason: "OUTBOX_REQUIRED",
      retry: { class: "never" },
    });
  if (store === undefined) throw refuse("it goes through the outbox; make the producer with { store }");
  if (asked.tx === undefined) {
    throw refuse("the contract sends it through the outbox; pass { tx }, from ctx.idempotency.tx or store.transaction");
  }
  if (asked.delayMs !== undefined) throw refuse("the outbox knows no delays; leave out { delayMs } or { tx }");
  await store.outbox.append({ id: ready.rowId, operation: name, ...ready.message }, asked.tx);
  return { messageId: ready.messageId, address: ready.message.address };
}

const unconfirmedReason = "TOO_MANY_UNCONFIRMED";

interface Publication {
  readonly message: BrokerMessage;
  readonly scope: ContextScope;
  readonly publishOptions: PublishOptions;
}

function publishOptions(
  sender: Sender,
  operation: EventOperation,
  { asked, messageId, scope }: { readonly asked: Produce; readonly messageId: string; readonly scope: ContextScope },
): PublishOptions {
  const bindings = bindingsFor(operation, sender.broker.protocol);
  return {
    messageId,
    signal: scope.context.signal,
    ...(asked.delayMs === undefined ? {} : { delayMs: asked.delayMs }),
    ...(bindings === undefined ? {} : { bindings }),
  };
}

async function publish(sender: Sender, operation: EventOperation, publication: Publication): Promise<Receipt> {
  const { environment } = sender;
  const { scope } = publication;
  const { retry } = operation.policy;
  for (let attempt = 1; ; attempt++) {
    try {
      // Also when the broker ignores its signal: no send stays unsettled past its deadline.
      return await untilCanceled(publishOnce(sender, operation, publication), scope.cancel);
    } catch (error) {
      if (scope.cancel.aborted) throw abandonedError(scope.cancel.reason);
      const failure = toServiceError(error, { origin: "transport", sent: "maybe", operation: operationId(operation) });
      const throttled = failure.code === "resource_exhausted" || failure.retry.class === "throttled";
      const mayPass =
        failure.retry.class !== "never" &&
        failure.reason !== unconfirmedReason &&
        (throttled || failure.code === "unavailable" || failure.code === "deadline_exceeded");
      const backoff = backoffMs(retry?.backoff, attempt, { random: () => environment.random(), throttled });
      const waitMs = Math.max(backoff, failure.retry.afterMs ?? 0);
      if (!mayPass || attempt >= (retry?.maxAttempts ?? Infinity) || waitMs >= scope.context.remainingMs())
        throw withOperation(failure, operationId(operation));
      await waitOrAbandon(environment, waitMs, scope);
    }
  }
}

/** What the broker holds is counted until the broker lets go of it, however long ago its caller was answered. */
async function publishOnce(
  { broker, options, unconfirmed }: Sender,
  operation: EventOperation,
  { message, publishOptions: how }: Publication,
): Promise<Receipt> {
  const { maxUnconfirmed = 10_000 } = options;
  if (unconfirmed.count >= maxUnconfirmed) {
    throw new ServiceError(
      "resource_exhausted",
      `send ${operationId(operation)}: ${maxUnconfirmed} messages are unconfirmed`,
      { origin: "framework", sent: "no", reason: unconfirmedReason, retry: { class: "throttled" } },
    );
  }
  unconfirmed.count++;
  try {
    return await broker.publish(message, how);
  } finally {
    unconfirmed.count--;
  }
}

async function waitOrAbandon(environment: Environment, waitMs: number, scope: ContextScope): Promise<void> {
  try {
    await sleep(environment, waitMs, scope.context.signal);
  } catch (error) {
    throw abandonedError(error);
  }
}
