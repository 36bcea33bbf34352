import { hash } from "node:crypto";
import type { Delivery } from "../broker/broker.ts";
import { operationId } from "../descriptor/operation.ts";
import type { InboxEntry } from "../store/store.ts";
import type { Candidate, DecodedEvent } from "./decode.ts";
import { headerOf, messageHeaders } from "./message-headers.ts";
import { readPath, scalarText } from "./path.ts";

/** Inbox rows live 7 days unless the contract says otherwise: longer than messages can come again. */
export const defaultInboxTtlMs = 604_800_000;

/** Who a message is. */
export interface Identity {
  /** Unique over all senders, as inbox and attempts know it. */
  readonly inboxId: string;
  /** What the handler sees: the id alone. */
  readonly id: string;
}

/**
 * The identity of a message: what the contract declares, else CloudEvents source and id, else its place in the log.
 * Undefined when it has none of the three.
 */
export function identify(candidate: Candidate, event: DecodedEvent, delivery: Delivery): Identity | undefined {
  const declared = declaredId(candidate, event);
  // A type keeps ids of different messages apart; a CloudEvents source is a URI reference and holds no space.
  if (declared !== undefined) return { inboxId: `${event.type} ${declared}`, id: declared };
  if (event.id !== "") return { inboxId: `${event.source} ${event.id}`, id: event.id };
  const { address, partition, offset } = delivery.place;
  if (partition === undefined || offset === undefined) return undefined;
  const place = `${address}/${partition}/${offset}`;
  return { inboxId: place, id: place };
}

/** The message as the inbox knows it. */
export function inboxEntry(
  candidate: Candidate,
  identity: Identity,
  {
    delivery,
    group,
  }: {
    readonly delivery: Delivery;
    readonly group: string;
  },
): InboxEntry {
  return {
    consumer: `${group}/${operationId(candidate.operation)}`,
    messageId: identity.inboxId,
    fingerprint: hash("sha256", delivery.message.payload, "hex"),
    ttlMs: candidate.operation.policy.idempotency.ttlMs ?? defaultInboxTtlMs,
  };
}

/** Tries are counted apart for each replay: a replayed message begins anew, although its id is the same. */
export function attemptEntry(entry: InboxEntry, delivery: Delivery): InboxEntry {
  const replays = headerOf(delivery.message, messageHeaders.replays);
  return replays === undefined ? entry : { ...entry, messageId: `${entry.messageId} replay ${replays}` };
}

function declaredId({ operation, message }: Candidate, event: DecodedEvent): string | undefined {
  const key = operation.policy.idempotency.key;
  if (key?.from === "header") return scalarText(readPath(event, `headers.${key.name}`)) ?? headerId(event, key.name);
  if (key !== undefined && !(key.from === "message" && key.name === "id")) {
    return scalarText(readPath(event.data, key.name)) ?? scalarText(readPath(event, key.name));
  }
  return message.id === undefined ? undefined : scalarText(readPath(event, message.id));
}

/** Header names may hold dots and any case, so a path can't find them all. */
function headerId(event: DecodedEvent, name: string): string | undefined {
  const headers = Object.entries((event.headers ?? {}) as Readonly<Record<string, unknown>>);
  return scalarText(headers.find(([other]) => other.toLowerCase() === name.toLowerCase())?.[1]);
}
