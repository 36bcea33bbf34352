import type { CancelScope } from "../environment/cancel.ts";
import type { Environment } from "../environment/environment.ts";
import { ServiceError } from "../error/service-error.ts";
import { leaveStream, nextMessage } from "../call/streams.ts";

/** What bounds the reading of a stream. */
export interface StreamBounds {
  readonly environment: Environment;
  readonly cancel: CancelScope;
  /** How long the next message may take, milliseconds. */
  readonly idleMs: number;
}

/**
 * Reads `source` so that every wait ends with the call: on cancellation, on the deadline, and when nothing came for
 * `idleMs`, also when the source ignores its signal. The source is told to stop in each case.
 */
export async function* boundStream<Message>(
  source: AsyncIterable<Message>,
  bounds: StreamBounds,
): AsyncGenerator<Message, void, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  let ended = false;
  try {
    for (;;) {
      const result = await nextOf(iterator, bounds);
      if (result.done === true) {
        ended = true;
        return;
      }
      yield result.value;
    }
  } finally {
    if (!ended) void leaveStream(iterator);
  }
}

async function nextOf<Message>(
  iterator: AsyncIterator<Message>,
  { cancel, environment, idleMs }: StreamBounds,
): Promise<IteratorResult<Message>> {
  if (idleMs === Infinity) return nextMessage(iterator, cancel);
  const silent = Promise.withResolvers<never>();
  const timer = environment.setTimer(() => silent.reject(idleError(idleMs)), idleMs);
  try {
    return await Promise.race([nextMessage(iterator, cancel), silent.promise]);
  } finally {
    timer.cancel();
  }
}

function idleError(idleMs: number): ServiceError {
  return new ServiceError("deadline_exceeded", `no message came for ${idleMs} ms`, {
    origin: "framework",
    sent: "yes",
    reason: "STREAM_IDLE",
    retry: { class: "never" },
  });
}
