import type { Environment, Timer } from "../environment/environment.ts";
import type { Claim, IdempotencyStore } from "../store/store.ts";

/** What keeps a lease alive. */
export interface HeartbeatOptions {
  readonly environment: Environment;
  readonly store: IdempotencyStore;
  readonly claim: Claim;
  readonly leaseMs: number;
  /** Called once, when somebody else owns the key, or the store was away for a whole lease. */
  readonly onLost: () => void;
}

/** Extends the lease every third of it; returns how to stop. At most one extension is under way. */
export function startHeartbeat(options: HeartbeatOptions): () => void {
  const { environment, store, claim, leaseMs, onLost } = options;
  let stopped = false;
  let timer: Timer | undefined;
  let heldSince = environment.monotonic();
  const beat = async (): Promise<void> => {
    const startedAt = environment.monotonic();
    let held: boolean;
    try {
      held = await store.extend(claim, leaseMs);
      if (held) heldSince = startedAt;
    } catch {
      // The store is away: the lease is still ours until it is over.
      held = environment.monotonic() - heldSince < leaseMs;
    }
    if (stopped) return;
    if (held) arm();
    else {
      stopped = true;
      onLost();
    }
  };
  const arm = (): void => {
    timer = environment.setTimer(() => {
      void beat();
    }, leaseMs / 3);
  };
  arm();
  return () => {
    stopped = true;
    timer?.cancel();
  };
}
