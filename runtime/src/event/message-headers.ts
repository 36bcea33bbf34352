import type { BrokerMessage } from "../broker/broker.ts";

/** Header names of ours that are the same on every protocol. */
export const messageHeaders = {
  /** How long after `time` the message is worth handling, whole milliseconds. */
  ttlMs: "x-message-ttl-ms",
  deadLetterSource: "x-dl-source",
  deadLetterChannel: "x-dl-channel",
  deadLetterPartition: "x-dl-partition",
  deadLetterOffset: "x-dl-offset",
  deadLetterGroup: "x-dl-group",
  deadLetterAttempts: "x-dl-attempts",
  firstFailure: "x-dl-first-failure",
  lastFailure: "x-dl-last-failure",
  errorCode: "x-dl-error-code",
  errorReason: "x-dl-error-reason",
  errorMessage: "x-dl-error-message",
  /** On a replayed message: the address of the dead letters it came from. */
  via: "x-dl-via",
  /** On a replayed message: how often it was. */
  replays: "x-dl-replays",
} as const;

/** CloudEvents 1.0 attributes of a message; those absent were not sent. */
export interface MessageAttributes {
  readonly id?: string;
  readonly source?: string;
  readonly type?: string;
  readonly time?: string;
}

/** A message's headers, sorted by whom they are for. */
export interface ReadHeaders {
  readonly attributes: MessageAttributes;
  /** The application's own, in their spelling. */
  readonly application: Readonly<Record<string, string>>;
}

/**
 * Prefix of CloudEvents attributes in binary mode: the Kafka, AMQP, MQTT 5 and NATS bindings of CloudEvents 1.0. MQTT
 * has none, its user properties are the attributes.
 */
export function attributePrefix(protocol: string): string {
  switch (protocol) {
    case "kafka":
    case "kafka-secure":
      return "ce_";
    case "amqp":
    case "amqps":
      return "cloudEvents:";
    case "mqtt":
    case "mqtts":
      return "";
    default:
      return "ce-";
  }
}

/** The attributes as headers of `protocol`, `specversion` included. */
export function writeAttributes(protocol: string, attributes: Required<MessageAttributes>): [string, string][] {
  const prefix = attributePrefix(protocol);
  const { id, source, type, time } = attributes;
  return Object.entries({ specversion: "1.0", id, source, type, time }).map(([name, value]) => [
    `${prefix}${name}`,
    value,
  ]);
}

/** Sorts the headers; attributes are read with the prefix of any protocol, because bridges don't always translate. */
export function readHeaders(protocol: string, message: BrokerMessage): ReadHeaders {
  const bare =
    attributePrefix(protocol) === "" && message.headers.some(([name]) => name.toLowerCase() === "specversion");
  const attributes: Record<string, string> = {};
  const application: [string, string][] = [];
  for (const [name, value] of message.headers) {
    const lower = name.toLowerCase();
    const prefix =
      knownPrefixes.find((known) => lower.startsWith(known)) ?? (bare && bareNames.has(lower) ? "" : undefined);
    if (prefix !== undefined) attributes[lower.slice(prefix.length)] = value;
    else if (!ownNames.has(lower) && !lower.startsWith("x-dl-")) application.push([name, value]);
  }
  const { id, source, type, time } = attributes;
  return {
    attributes: {
      ...(id === undefined || id === "" ? {} : { id }),
      ...(source === undefined ? {} : { source }),
      ...(type === undefined ? {} : { type }),
      ...(time === undefined ? {} : { time }),
    },
    // Defines properties, so that a header named __proto__ is nothing but a header.
    application: Object.fromEntries(application),
  };
}

/** The first header of that name, whatever its case; undefined when there is none. */
export function headerOf(message: BrokerMessage, name: string): string | undefined {
  return message.headers.find(([other]) => other.toLowerCase() === name)?.[1];
}

const knownPrefixes = ["ce_", "ce-", "cloudevents:", "cloudevents_"];
const bareNames = new Set(["specversion", "id", "source", "type", "time"]);
const ownNames = new Set<string>([messageHeaders.ttlMs, "traceparent", "tracestate", "baggage", "content-type"]);
