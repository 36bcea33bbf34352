import type { BrokerMessage } from "./broker.ts";

/** A message at its place in a partition. */
export interface LogEntry {
  readonly offset: number;
  readonly message: BrokerMessage;
  readonly messageId: string;
}

/** One partition: messages in order of arrival, the oldest dropped once every group has settled them. */
export interface Partition {
  readonly index: number;
  readonly entries: LogEntry[];
  /** Offset of `entries[0]`. */
  base: number;
}

/** A log of partitions under one address, or under an address template that collects from all that match. */
export interface Topic {
  readonly address: string;
  readonly partitions: readonly Partition[];
  /** Matches concrete addresses; undefined when `address` is one itself. */
  readonly pattern: RegExp | undefined;
  turn: number;
}

/** An empty topic. `address` may hold `{parameters}`; each stands for one segment without a slash. */
export function createTopic(address: string, partitions: number): Topic {
  return {
    address,
    partitions: Array.from({ length: partitions }, (_, index) => ({ index, entries: [], base: 0 })),
    pattern: /\{[^{}]*\}/.test(address) ? addressPattern(address) : undefined,
    turn: 0,
  };
}

/** Puts a message at the end of its key's partition; messages without a key take turns. */
export function appendMessage(
  topic: Topic,
  message: BrokerMessage,
  messageId: string,
): LogEntry & { partition: number } {
  const count = topic.partitions.length;
  const index = message.key === null ? topic.turn++ % count : hashKey(message.key) % count;
  const partition = topic.partitions[index] as Partition;
  const entry: LogEntry = { offset: endOf(partition), message, messageId };
  partition.entries.push(entry);
  return { ...entry, partition: index };
}

/** The offset that the next message will get. */
export function endOf(partition: Partition): number {
  return partition.base + partition.entries.length;
}

/** The entry at `offset`, or undefined when it is dropped or not there yet. */
export function entryAt(partition: Partition, offset: number): LogEntry | undefined {
  return partition.entries[offset - partition.base];
}

/**
 * Drops the oldest entries beyond `retention`, but none at or above `settledBelow`. It works in strides, so that
 * appending stays cheap.
 */
export function trimPartition(partition: Partition, retention: number, settledBelow: number): void {
  const excess = Math.min(partition.entries.length - retention, settledBelow - partition.base);
  if (excess <= 0 || (excess < retention / 4 && partition.entries.length < 2 * retention)) return;
  partition.entries.splice(0, excess);
  partition.base += excess;
}

/** FNV-1a, 32 bits: the same key is in the same partition in every run. */
export function hashKey(key: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index++) {
    hash ^= key.charCodeAt(index);
    hash = Math.imul(hash, 0x01000193);
  }
  return hash >>> 0;
}

function addressPattern(address: string): RegExp {
  const source = address
    .split(/\{[^{}]*\}/)
    .map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"))
    .join("[^/]+");
  return new RegExp(`^${source}$`);
}
