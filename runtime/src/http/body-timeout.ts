import type { Environment, Timer } from "../environment/environment.ts";
import { ServiceError } from "../error/service-error.ts";
import { discardBody, type DiscardableBody } from "./bytes.ts";
import type { HttpBody } from "./message.ts";

/** A body of a request that must come in time. */
export interface TimedBody {
  readonly body: HttpBody | undefined;
  /** From now on each piece has the time that the whole had: somebody reads it at a pace of their own. */
  relax(): void;
  /** Nobody reads it any more. */
  stop(): void;
}

/**
 * Limits how long a body may take to come, from the first time that it is asked for. Bytes that are there already are
 * not timed.
 *
 * @throws {ServiceError} deadline_exceeded REQUEST_TIMEOUT (408), while the body is read.
 */
export function timeBody(body: HttpBody | undefined, environment: Environment, timeoutMs: number): TimedBody {
  if (body === undefined || body instanceof Uint8Array || timeoutMs === Infinity) {
    return { body, relax: () => undefined, stop: () => undefined };
  }
  const watch = new BodyWatch(environment, timeoutMs);
  const timed: DiscardableBody = {
    [Symbol.asyncIterator]: () => watchIterator(body[Symbol.asyncIterator](), watch),
    discard: () => {
      discardBody(body);
    },
  };
  return { body: timed, relax: () => watch.relax(), stop: () => watch.stop() };
}

/** The error of a body that did not come in time. */
export function lateBody(): ServiceError {
  return new ServiceError("deadline_exceeded", "the body did not come in time", {
    reason: "REQUEST_TIMEOUT",
    origin: "framework",
    sent: "no",
    retry: { class: "never" },
  });
}

class BodyWatch {
  readonly #environment: Environment;
  readonly #timeoutMs: number;
  #timer: Timer | undefined;
  #isRelaxed = false;
  #isLate = false;
  #refuse: ((error: ServiceError) => void) | undefined;

  constructor(environment: Environment, timeoutMs: number) {
    this.#environment = environment;
    this.#timeoutMs = timeoutMs;
  }

  relax(): void {
    this.#isRelaxed = true;
    this.stop();
    if (this.#refuse !== undefined) this.#start();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** One piece, or the error once it is late. */
  piece<T>(ask: () => Promise<T>, isLast: (result: T) => boolean): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#isLate) {
        reject(lateBody());
        return;
      }
      this.#refuse = reject;
      this.#start();
      ask().then(
        (result) => {
          this.#came(isLast(result));
          resolve(result);
        },
        (error: unknown) => {
          this.#came(true);
          reject(error as Error);
        },
      );
    });
  }

  #start(): void {
    this.#timer ??= this.#environment.setTimer(() => {
      this.#timer = undefined;
      this.#isLate = true;
      this.#refuse?.(lateBody());
    }, this.#timeoutMs);
  }

  #came(isLast: boolean): void {
    this.#refuse = undefined;
    if (isLast || this.#isRelaxed) this.stop();
  }
}

function watchIterator(source: AsyncIterator<Uint8Array>, watch: BodyWatch): AsyncIterator<Uint8Array> {
  return {
    next: () =>
      watch.piece(
        () => source.next(),
        ({ done }) => done === true,
      ),
    return: async () => {
      watch.stop();
      return (await source.return?.()) ?? { done: true, value: undefined };
    },
  };
}
