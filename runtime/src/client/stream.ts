import type { CancelScope } from "../environment/cancel.ts";
import type { Environment, Timer } from "../environment/environment.ts";
import { ServiceError } from "../error/service-error.ts";
import { abandonedError } from "../call/call-error.ts";

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
  source: AsyncIterable<Message>, bounds: StreamBounds,
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
    // A source that hangs must not hold its reader: nobody waits for the return, and its failure is nobody's news.
    if (!ended) iterator.return?.().catch(() => undefined);
  }
}

function nextOf<Message>(iterator: AsyncIterator<Message>, bounds: StreamBounds): Promise<IteratorResult<Message>> {
  const { cancel, environment, idleMs } = bounds;
  if (cancel.aborted) return Promise.reject(abandonedError(cancel.reason));
  return new Promise((resolve, reject) => {
    let timer: Timer | undefined;
    const settle = (): void => {
      timer?.cancel();
      cancel.offAbort(onAbort);
    };
    const onAbort = (reason: unknown): void => {
      settle();
      reject(abandonedError(reason));
    };
    if (idleMs !== Infinity) {
      timer = environment.setTimer(() => {
        settle();
        reject(new ServiceError("deadline_exceeded", `no message came for ${idleMs} ms`, {
          origin: "framework", sent: "yes", reason: "STREAM_IDLE", retry: { class: "never" },
        }));
      }, idleMs);
    }
    cancel.onAbort(onAbort);
    iterator.next().then(
      (result) => {
        settle();
        resolve(result);
      },
      (error: unknown) => {
        settle();
        reject(error);
      },
    );
  });
}
