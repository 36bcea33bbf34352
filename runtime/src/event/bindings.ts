import type { EventOperation } from "../descriptor/event.ts";

/** The bindings of channel and operation for a broker's protocol, the operation's on top; undefined without any. */
export function bindingsFor(
  operation: EventOperation,
  protocol: string,
): Readonly<Record<string, unknown>> | undefined {
  const channel = operation.channel.bindings?.[protocol];
  const own = operation.bindings?.[protocol];
  return channel === undefined && own === undefined ? undefined : { ...channel, ...own };
}
