import type { Logger } from "../call/context.ts";
import type { Environment } from "../environment/environment.ts";
import type { Store } from "../store/store.ts";

/** Between two purges, milliseconds. */
const purgeEveryMs = 60_000;
/** Rows deleted at once: few enough that other writers hardly wait. */
const purgeLimit = 1_000;

/** What purges are made with. */
export interface PurgingParts {
  readonly environment: Environment;
  readonly store: Store<any>;
  readonly logger: Logger | undefined;
}

/**
 * Deletes what is expired now and then, so that a store grows with its traffic and not with its age. The function it
 * returns is called whenever the store was used, and purges at most once a minute, behind what is at hand; while
 * there is more than one purge deletes, the next use goes on. No timer runs, so an idle process purges nothing.
 */
export function createPurging({ environment, store, logger }: PurgingParts): () => void {
  let nextAt = environment.monotonic() + purgeEveryMs;
  const purge = async (): Promise<void> => {
    try {
      if ((await store.purge(purgeLimit)) >= purgeLimit) nextAt = environment.monotonic();
    } catch (error) {
      logger?.log("warn", "a store could not be purged", {
        store: store.name,
        error: error instanceof Error ? error.message : String(error),
      });
    }
  };
  return () => {
    const now = environment.monotonic();
    if (now < nextAt) return;
    nextAt = now + purgeEveryMs;
    environment.schedule(() => {
      void purge();
    });
  };
}
