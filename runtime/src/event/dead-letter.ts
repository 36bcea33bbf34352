import type { BrokerMessage, Delivery } from "../broker/broker.ts";
import type { EventOperation } from "../descriptor/event.ts";
import type { ServiceError } from "../error/service-error.ts";
import { messageHeaders } from "./message-headers.ts";

/** What is known of a message that can't be handled. */
export interface Failure {
  readonly delivery: Delivery;
  readonly operation: EventOperation | undefined;
  readonly group: string;
  readonly attempts: number;
  readonly error: ServiceError;
  /** Wall clock, milliseconds. */
  readonly firstFailureAt: number;
  readonly lastFailureAt: number;
}

/** Where an operation's dead letters go: the contract's `deadLetter.channel`, else the address with `.dead` behind. */
export function deadLetterAddress(operation: EventOperation | undefined, address: string): string {
  return operation?.policy.deadLetter?.channel ?? `${address}.dead`;
}

/**
 * The message as it is put to the dead letters: bytes, key and headers untouched, with `x-dl-*` headers that say where
 * it comes from and why it is here. Never a stack.
 */
export function deadLetterMessage(failure: Failure, address: string): BrokerMessage {
  const {
    delivery: { message, place },
    operation,
    error,
  } = failure;
  const told: readonly (readonly [string, string | undefined])[] = [
    [messageHeaders.deadLetterSource, place.address],
    [messageHeaders.deadLetterChannel, operation?.channel.name],
    [messageHeaders.deadLetterPartition, place.partition?.toString()],
    [messageHeaders.deadLetterOffset, place.offset],
    [messageHeaders.deadLetterGroup, failure.group],
    [messageHeaders.deadLetterAttempts, String(failure.attempts)],
    [messageHeaders.firstFailure, new Date(failure.firstFailureAt).toISOString()],
    [messageHeaders.lastFailure, new Date(failure.lastFailureAt).toISOString()],
    [messageHeaders.errorCode, error.code],
    [messageHeaders.errorReason, error.reason === undefined ? undefined : shorten(error.reason)],
    [messageHeaders.errorMessage, shorten(explain(error))],
  ];
  const headers = told.filter((entry): entry is readonly [string, string] => entry[1] !== undefined);
  return { ...message, address, headers: [...message.headers, ...headers] };
}

/** An error that no code was given to says nothing by itself; people need the message of what was thrown. */
function explain(error: ServiceError): string {
  return error.code === "unknown" && error.cause instanceof Error
    ? `${error.rawMessage}: ${error.cause.message}`
    : error.rawMessage;
}

/** At most 1 KB of UTF-8, without control characters. */
function shorten(text: string): string {
  const clean = text.replace(/[\u0000-\u001f\u007f]+/g, " ");
  const bytes = new TextEncoder().encode(clean);
  // A character cut in two would come out as a replacement character of three bytes: it is left out.
  return bytes.byteLength <= 1_024 ? clean : new TextDecoder().decode(bytes.subarray(0, 1_024)).replace(/\ufffd$/, "");
}
