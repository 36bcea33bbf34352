import type { Broker, BrokerMessage, Delivery } from "../broker/broker.ts";
import { CancelScope } from "../environment/cancel.ts";
import type { Environment, Timer } from "../environment/environment.ts";
import { systemEnvironment } from "../environment/system.ts";
import { ServiceError } from "../error/service-error.ts";
import { headerOf, messageHeaders, readHeaders } from "./message-headers.ts";

/** A message with the dead letters. */
export interface DeadLetter {
  /** CloudEvents id, where it has one. */
  readonly messageId: string | undefined;
  readonly type: string | undefined;
  /** Address that it came from and goes back to; undefined when a broker and not a consumer put it here. */
  readonly source: string | undefined;
  readonly group: string | undefined;
  readonly attempts: number;
  readonly firstFailure: string | undefined;
  readonly lastFailure: string | undefined;
  readonly errorCode: string | undefined;
  readonly errorReason: string | undefined;
  readonly errorMessage: string | undefined;
  readonly message: BrokerMessage;
}

/** Where dead letters are, and how they are read. */
export interface DeadLettersOptions {
  readonly broker: Broker;
  readonly address: string;
  readonly environment?: Environment;
  /** Consumer group that reads them; `trilogue.dead-letters` when absent. */
  readonly group?: string;
  /** The list is complete when nothing more came for so long, milliseconds; 500 when absent. */
  readonly idleMs?: number;
}

/** Which dead letters. */
export interface DeadLetterSelection {
  readonly filter?: (letter: DeadLetter) => boolean;
  /** 1 000 when absent; also the most that are read. */
  readonly limit?: number;
}

/** The dead letters of one address. */
export interface DeadLetters {
  /** Reads without taking away. */
  list(selection?: DeadLetterSelection): Promise<readonly DeadLetter[]>;
  /**
   * Sends them back to where they came from, under the same id, so that a group that has handled one does not do it
   * again; each is taken away after the confirm. Resolves to those sent back.
   * @throws {ServiceError} failed_precondition, at a letter that doesn't say where it came from.
   */
  replay(selection?: DeadLetterSelection): Promise<readonly DeadLetter[]>;
}

/** Opens the dead letters at `address`. One reader at a time: two would share the letters. */
export function openDeadLetters(options: DeadLettersOptions): DeadLetters {
  return {
    list: async (selection = {}) => {
      const letters: DeadLetter[] = [];
      await visit(options, selection, async (letter) => {
        letters.push(letter);
      });
      return letters;
    },
    replay: async (selection = {}) => {
      const letters: DeadLetter[] = [];
      await visit(options, selection, async (letter, delivery) => {
        await options.broker.publish(
          replayMessage(letter, options.address),
          letter.messageId === undefined ? undefined : { messageId: letter.messageId },
        );
        await delivery.ack();
        letters.push(letter);
      });
      return letters;
    },
  };
}

/** The message as it goes back: as it was, with `x-dl-via` and how often it went. */
export function replayMessage({ message, source }: DeadLetter, via: string): BrokerMessage {
  if (source === undefined || source === via) {
    throw new ServiceError("failed_precondition", `replay from "${via}": a message doesn't say where it came from`, {
      reason: "DEAD_LETTER_SOURCE_MISSING",
      origin: "framework",
    });
  }
  const replays = Number(headerOf(message, messageHeaders.replays) ?? 0) || 0;
  return {
    ...message,
    address: source,
    headers: [
      ...message.headers.filter(([name]) => !name.toLowerCase().startsWith("x-dl-")),
      [messageHeaders.via, via],
      [messageHeaders.replays, String(replays + 1)],
    ],
  };
}

async function visit(
  options: DeadLettersOptions,
  { filter, limit = 1_000 }: DeadLetterSelection,
  work: (letter: DeadLetter, delivery: Delivery) => Promise<void>,
): Promise<void> {
  const { broker, group = "trilogue.dead-letters" } = options;
  await collect(options, { group, limit }, async (delivery) => {
    const letter = readDeadLetter(broker.protocol, delivery.message);
    if (filter === undefined || filter(letter)) await work(letter, delivery);
  });
}

/** Hands every delivery to `each`, one after another, until none comes; then leaves, which returns what isn't acked. */
async function collect(
  options: DeadLettersOptions,
  { group, limit }: { readonly group: string; readonly limit: number },
  each: (delivery: Delivery) => Promise<void>,
): Promise<void> {
  const { broker, address, environment = systemEnvironment, idleMs = 500 } = options;
  const finished = Promise.withResolvers<void>();
  let timer: Timer | undefined;
  let work = Promise.resolve();
  let taken = 0;
  const settleSoon = (): void => {
    timer?.cancel();
    timer = environment.setTimer(() => {
      work.then(finished.resolve, finished.reject);
    }, idleMs);
  };
  const subscription = await broker.subscribe({
    address,
    group,
    prefetch: limit,
    ordered: false,
    deliver: (delivery) => {
      if (taken >= limit) return;
      taken++;
      settleSoon();
      work = work.then(() => each(delivery));
      // A failure is reported through `finished`; this copy of the promise only keeps it from counting as unhandled.
      work.catch(finished.reject);
    },
    onError: finished.reject,
  });
  settleSoon();
  try {
    await finished.promise;
  } finally {
    timer?.cancel();
    const now = new CancelScope();
    now.abort(undefined);
    await subscription.close({ signal: now.signal });
  }
}

function readDeadLetter(protocol: string, message: BrokerMessage): DeadLetter {
  const { attributes } = readHeaders(protocol, message);
  return {
    messageId: attributes.id,
    type: attributes.type,
    source: headerOf(message, messageHeaders.deadLetterSource),
    group: headerOf(message, messageHeaders.deadLetterGroup),
    attempts: Number(headerOf(message, messageHeaders.deadLetterAttempts) ?? 0) || 0,
    firstFailure: headerOf(message, messageHeaders.firstFailure),
    lastFailure: headerOf(message, messageHeaders.lastFailure),
    errorCode: headerOf(message, messageHeaders.errorCode),
    errorReason: headerOf(message, messageHeaders.errorReason),
    errorMessage: headerOf(message, messageHeaders.errorMessage),
    message,
  };
}
