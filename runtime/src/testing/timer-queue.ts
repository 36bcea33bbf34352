/** A callback at a point of virtual time. */
export interface QueuedTimer {
  readonly at: number;
  readonly sequence: number;
  readonly callback: () => void;
  cancelled: boolean;
}

/** Timers by time, and by order of making within one. */
export interface TimerQueue {
  /** Not cancelled ones. */
  readonly size: number;
  add(at: number, callback: () => void): QueuedTimer;
  cancel(timer: QueuedTimer): void;
  /** Takes the earliest. */
  take(): QueuedTimer | undefined;
}

/** A binary heap; cancelled timers stay in it until they are on top. */
export function createTimerQueue(): TimerQueue {
  const heap: QueuedTimer[] = [];
  let sequence = 0;
  let live = 0;
  return {
    get size() {
      return live;
    },
    add: (at, callback) => {
      const timer: QueuedTimer = { at, sequence: sequence++, callback, cancelled: false };
      heap.push(timer);
      rise(heap);
      live += 1;
      return timer;
    },
    cancel: (timer) => {
      if (timer.cancelled) return;
      timer.cancelled = true;
      live -= 1;
    },
    take: () => {
      for (;;) {
        const top = heap[0];
        if (top === undefined) return undefined;
        const last = heap.pop() as QueuedTimer;
        if (heap.length > 0) {
          heap[0] = last;
          sink(heap);
        }
        if (top.cancelled) continue;
        top.cancelled = true;
        live -= 1;
        return top;
      }
    },
  };
}

function isBefore(left: QueuedTimer, right: QueuedTimer): boolean {
  return left.at < right.at || (left.at === right.at && left.sequence < right.sequence);
}

function rise(heap: QueuedTimer[]): void {
  let at = heap.length - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!swapIfBefore(heap, at, parent)) return;
    at = parent;
  }
}

function sink(heap: QueuedTimer[]): void {
  let at = 0;
  for (;;) {
    const left = 2 * at + 1;
    const right = left + 1;
    const child = right < heap.length && isBefore(heap[right] as QueuedTimer, heap[left] as QueuedTimer) ? right : left;
    if (child >= heap.length || !swapIfBefore(heap, child, at)) return;
    at = child;
  }
}

function swapIfBefore(heap: QueuedTimer[], child: number, parent: number): boolean {
  const [lower, upper] = [heap[child] as QueuedTimer, heap[parent] as QueuedTimer];
  if (!isBefore(lower, upper)) return false;
  heap[child] = upper;
  heap[parent] = lower;
  return true;
}
