import { leaveStream, nextMessage } from "../call/streams.ts";
import type { CancelScope } from "../environment/cancel.ts";
import { isReply } from "../http/reply.ts";
import type { ServiceError } from "../error/service-error.ts";

/** The stream in a result: the result itself, or the body of an HTTP reply; undefined when all is there at once. */
export function streamOf(output: unknown): AsyncIterable<unknown> | undefined {
  const value = isReply(output) ? output.body : output;
  return isStream(value) ? value : undefined;
}

function isStream(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}

/** What is done around a stream. */
export interface StreamHold {
  readonly cancel: CancelScope;
  /** Called once, when the stream has ended, failed, was left, or its call was given up. */
  readonly end: () => void;
  readonly toFailure: (error: unknown) => ServiceError;
}

/** The stream, with its request held in flight until it ends. Cancellation ends it also while it waits. */
export function holdStream(source: AsyncIterable<unknown>, hold: StreamHold): AsyncIterable<unknown> {
  let ended = false;
  const end = (): void => {
    if (ended) return;
    ended = true;
    hold.cancel.offAbort(end);
    hold.end();
  };
  hold.cancel.onAbort(end);
  return { [Symbol.asyncIterator]: () => iterate(source[Symbol.asyncIterator](), hold, end) };
}

async function* iterate(
  iterator: AsyncIterator<unknown>,
  hold: StreamHold,
  end: () => void,
): AsyncGenerator<unknown, void, undefined> {
  let done = false;
  try {
    for (;;) {
      const result = await nextMessage(iterator, hold.cancel);
      if (result.done === true) {
        done = true;
        return;
      }
      yield result.value;
    }
  } catch (error) {
    throw hold.toFailure(error);
  } finally {
    if (!done) void leaveStream(iterator);
    end();
  }
}
