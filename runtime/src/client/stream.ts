import type { CancelScope } from "../environment/cancel.ts";
import type { Environment } from "../environment/environment.ts";
import { ServiceError } from "../error/service-error.ts";
import { abandonedError } from "../call/call-error.ts";
import type { ContextScope } from "../call/create-context.ts";
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

/**
 * An HTTP output whose stream, itself or the reply's body, goes on with the call: until it ends, its reader stops, or
 * the caller's signal fires. Undefined when all of the output is there.
 */
export function holdOutput(
  output: unknown,
  { scope, environment }: { readonly scope: ContextScope; readonly environment: Environment },
): unknown {
  if (isStream(output)) return heldStream(output, scope, environment);
  const body: unknown = typeof output === "object" && output !== null && "body" in output ? output.body : undefined;
  return isStream(body) ? { ...(output as object), body: heldStream(body, scope, environment) } : undefined;
}

function heldStream(
  source: AsyncIterable<unknown>,
  scope: ContextScope,
  environment: Environment,
): AsyncGenerator<unknown, void, undefined> {
  let hasBegun = false;
  const messages = read();
  const leave = messages.return.bind(messages);
  // A generator that never began would not run its `finally`: who leaves before the first message ends the call, too.
  return Object.assign(messages, {
    return: () => {
      if (!hasBegun) end(false);
      return leave();
    },
  });

  async function* read(): AsyncGenerator<unknown, void, undefined> {
    hasBegun = true;
    let isWhole = false;
    try {
      yield* boundStream(source, { environment, cancel: scope.cancel, idleMs: Infinity });
      isWhole = true;
    } finally {
      end(isWhole);
    }
  }

  function end(isWhole: boolean): void {
    if (!isWhole) scope.abort(abandonedError(new DOMException("the reader stopped", "AbortError")));
    scope.dispose();
  }
}

function isStream(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
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
