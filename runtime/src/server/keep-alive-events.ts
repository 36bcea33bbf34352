import type { Environment } from "../environment/environment.ts";
import { systemEnvironment } from "../environment/system.ts";
import { silence } from "../http/streams.ts";

/** How often a silent event stream shows that it is alive. */
export interface KeepAliveOptions {
  /** Milliseconds of silence; default 15,000, as WHATWG HTML suggests. */
  readonly everyMs?: number;
  readonly environment?: Environment;
}

/**
 * The same events, with a comment on the wire wherever none came for a while, so that proxies keep the connection and a
 * peer that left is noticed. Readers never see the comments.
 *
 * ```ts
 * watchPrices: (input, ctx) => keepAlive(prices(input, ctx.signal)),
 * ```
 */
export async function* keepAlive<Event>(
  events: AsyncIterable<Event>,
  { everyMs = 15_000, environment = systemEnvironment }: KeepAliveOptions = {},
): AsyncGenerator<Event, void, undefined> {
  const iterator = events[Symbol.asyncIterator]();
  let ended = false;
  try {
    let next = iterator.next();
    for (;;) {
      const result = await within(next, everyMs, environment);
      if (result === undefined) {
        // The writer of event streams knows it; the contract's types do not.
        yield silence as Event;
        continue;
      }
      ended = result.done === true;
      if (result.done === true) return;
      yield result.value;
      next = iterator.next();
    }
  } finally {
    if (!ended) await iterator.return?.();
  }
}

async function within<Result>(
  result: Promise<Result>,
  timeoutMs: number,
  environment: Environment,
): Promise<Result | undefined> {
  const silent = Promise.withResolvers<undefined>();
  const timer = environment.setTimer(() => silent.resolve(undefined), timeoutMs);
  try {
    return await Promise.race([result, silent.promise]);
  } finally {
    timer.cancel();
  }
}
