import type { Attempt, Transport, TransportReply } from "@trilogue/runtime";

/** A transport whose every attempt passes through `around`; the target itself knows nothing of it. */
export function aroundAttempts<Kind extends "rpc" | "http">(
  transport: Transport<Kind>,
  around: (attempt: Attempt, send: () => Promise<TransportReply>) => Promise<TransportReply>,
): Transport<Kind> {
  return {
    ...transport,
    prepare: (operation, input, options) => {
      const prepared = transport.prepare(operation, input, options);
      return {
        repeatable: prepared.repeatable,
        send: (attempt) => around(attempt, () => prepared.send(attempt)),
      };
    },
  };
}
