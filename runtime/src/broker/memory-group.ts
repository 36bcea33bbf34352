import type { Environment, Timer } from "../environment/environment.ts";
import { setLongTimer } from "../environment/sleep.ts";
import { ServiceError } from "../error/service-error.ts";
import type { Delivery, SubscribeOptions } from "./broker.ts";
import { endOf, entryAt, type LogEntry, type Partition, type Topic } from "./memory-topic.ts";

/** Entries read ahead of the oldest unsettled one of a partition; a blocked key can't use more memory than that. */
const lookahead = 10_000;

/** What may go wrong between the bus and a subscriber; asked at each step. */
export interface DeliveryFaults {
  /** Whether the next message is picked at random among the keys that have one. */
  reorder(): boolean;
  /** Milliseconds that this hand-out takes. */
  delayMs(): number;
  /** Whether the connection drops soon after this hand-out. */
  dropConnection(): boolean;
  /** Whether this acknowledgement gets lost, so that the message comes again. */
  loseAck(): boolean;
  /** A whole number from 0 to `count - 1`. */
  pick(count: number): number;
}

interface Item {
  readonly entry: LogEntry;
  deliveries: number;
}

/** Messages that go one after another: those of a key, or a single one in an unordered group. */
interface Lane {
  readonly key: string;
  readonly items: Item[];
  state: "ready" | "busy" | "waiting";
}

interface Cursor {
  readonly partition: Partition;
  /** Everything below is settled. */
  committed: number;
  readonly settled: Set<number>;
  /** Next offset to read into a lane. */
  position: number;
  buffered: number;
  readonly lanes: Map<string, Lane>;
  ready: Lane[];
  owner: Member | undefined;
}

interface Handout {
  readonly cursor: Cursor;
  readonly lane: Lane;
  readonly item: Item;
  /** `lost`: the subscriber's word on it does not count any more. */
  state: "open" | "settled" | "lost";
}

/** One subscription as its group sees it. */
export interface Member {
  readonly options: SubscribeOptions;
  readonly handouts: Set<Handout>;
  paused: boolean;
  connected: boolean;
  leaving: boolean;
  /** Called when the last hand-out of a leaving member is settled. */
  onEmpty: (() => void) | undefined;
}

/** What a group is made from. */
export interface GroupSource {
  readonly topic: Topic;
  readonly environment: Environment;
  readonly faults: DeliveryFaults;
  readonly start: "beginning" | "end";
  readonly reconnectMs: number;
}

/** The consumers that share one topic, and how far they are. It outlives its members. */
export class ConsumerGroup {
  readonly #source: GroupSource;
  readonly #cursors: readonly Cursor[];
  readonly #timers = new Set<Timer>();
  #members: Member[] = [];
  #ordered = true;
  #scheduled = false;
  #turn = 0;

  constructor(source: GroupSource) {
    this.#source = source;
    this.#cursors = source.topic.partitions.map((partition) => {
      const offset = source.start === "end" ? endOf(partition) : partition.base;
      return {
        partition,
        committed: offset,
        position: offset,
        settled: new Set(),
        buffered: 0,
        lanes: new Map(),
        ready: [],
        owner: undefined,
      };
    });
  }

  /** Messages not settled yet, those handed out included. */
  backlog(): number {
    return this.#cursors.reduce(
      (sum, cursor) => sum + endOf(cursor.partition) - cursor.committed - cursor.settled.size,
      0,
    );
  }

  /** Everything of partition `index` below this offset is settled. */
  committed(index: number): number {
    return (this.#cursors[index] as Cursor).committed;
  }

  join(options: SubscribeOptions): Member {
    if (this.#members.length > 0 && options.ordered !== this.#ordered) {
      throw new ServiceError(
        "failed_precondition",
        `subscribe to "${options.address}": group "${options.group}" is ${this.#ordered ? "ordered" : "unordered"}`,
      );
    }
    if (options.ordered !== this.#ordered) this.#reread(options.ordered);
    const member: Member = {
      options,
      handouts: new Set(),
      paused: false,
      connected: true,
      leaving: false,
      onEmpty: undefined,
    };
    this.#members.push(member);
    this.#assign();
    this.wake();
    return member;
  }

  /** Takes no more; what it holds is still its own until `drop`. */
  leave(member: Member): void {
    member.leaving = true;
    this.#assign();
    this.wake();
  }

  /** Hands out again what `member` holds and forgets it. */
  drop(member: Member): void {
    this.#lose(member);
    member.leaving = true;
    this.#members = this.#members.filter((other) => other !== member);
    this.#assign();
    this.wake();
  }

  /** The connection breaks: what `member` holds is handed out again, and it comes back by itself. */
  disconnect(member: Member): void {
    if (!member.connected || member.leaving) return;
    this.#lose(member);
    member.connected = false;
    this.#later(this.#source.reconnectMs, () => {
      member.connected = true;
      this.wake();
    });
    this.wake();
  }

  /** Hands out soon what can be. */
  wake(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#source.environment.schedule(() => {
      this.#scheduled = false;
      this.#dispatch();
    });
  }

  /** Stops all timers. */
  close(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
    for (const member of [...this.#members]) this.drop(member);
  }

  #dispatch(): void {
    for (const cursor of this.#cursors) this.#fill(cursor);
    let again = true;
    while (again) {
      again = false;
      for (const member of this.#members) {
        if (!hasRoom(member)) continue;
        const taken = this.#takeLane(member);
        if (taken === undefined) continue;
        again = true;
        this.#handOut(member, taken.cursor, taken.lane);
      }
    }
  }

  #fill(cursor: Cursor): void {
    const end = endOf(cursor.partition);
    while (cursor.buffered < lookahead && cursor.position < end) {
      const entry = entryAt(cursor.partition, cursor.position++);
      if (entry === undefined || cursor.settled.has(entry.offset)) continue;
      const { key } = entry.message;
      const laneKey = !this.#ordered ? `#${entry.offset}` : key === null ? "" : `=${key}`;
      cursor.buffered++;
      const lane = cursor.lanes.get(laneKey);
      if (lane !== undefined) {
        lane.items.push({ entry, deliveries: 0 });
        continue;
      }
      const created: Lane = { key: laneKey, items: [{ entry, deliveries: 0 }], state: "ready" };
      cursor.lanes.set(laneKey, created);
      cursor.ready.push(created);
    }
  }

  #takeLane(member: Member): { readonly cursor: Cursor; readonly lane: Lane } | undefined {
    const mine = this.#cursors.filter(
      (cursor) => cursor.ready.length > 0 && (!this.#ordered || cursor.owner === member),
    );
    if (mine.length === 0) return undefined;
    const { faults } = this.#source;
    if (!faults.reorder()) {
      const cursor = mine[this.#turn++ % mine.length] as Cursor;
      return { cursor, lane: cursor.ready.shift() as Lane };
    }
    const cursor = mine[faults.pick(mine.length)] as Cursor;
    return { cursor, lane: cursor.ready.splice(faults.pick(cursor.ready.length), 1)[0] as Lane };
  }

  #handOut(member: Member, cursor: Cursor, lane: Lane): void {
    const item = lane.items[0] as Item;
    lane.state = "busy";
    item.deliveries++;
    const handout: Handout = { cursor, lane, item, state: "open" };
    member.handouts.add(handout);
    const { faults } = this.#source;
    const delivery = this.#delivery(member, handout);
    const delayMs = faults.delayMs();
    if (delayMs === 0) member.options.deliver(delivery);
    else
      this.#later(delayMs, () => {
        if (handout.state === "open") member.options.deliver(delivery);
      });
    if (faults.dropConnection()) this.#later(faults.pick(20), () => this.disconnect(member));
  }

  #delivery(member: Member, handout: Handout): Delivery {
    const { entry } = handout.item;
    return {
      message: entry.message,
      place: {
        address: entry.message.address,
        partition: handout.cursor.partition.index,
        offset: String(entry.offset),
      },
      deliveries: handout.item.deliveries,
      ack: async () => {
        if (handout.state === "settled") return;
        if (handout.state === "lost" || this.#source.faults.loseAck()) {
          this.#settle(member, handout, "lost");
          throw new ServiceError("unavailable", `acknowledge on "${entry.message.address}": the connection was lost`, {
            origin: "transport",
            sent: "maybe",
          });
        }
        this.#settle(member, handout, "settled");
      },
      nack: async ({ delayMs = 0 } = {}) => {
        if (handout.state === "open") this.#settle(member, handout, "lost", delayMs);
      },
    };
  }

  /** `againAfterMs` is what a refusing handler asked for; without it a lost message is the next one again. */
  #settle(member: Member, handout: Handout, state: "settled" | "lost", againAfterMs?: number): void {
    if (handout.state !== "open") return;
    handout.state = state;
    member.handouts.delete(handout);
    if (state === "settled") finishItem(handout);
    else if (againAfterMs !== undefined && againAfterMs > 0) this.#park(handout, againAfterMs);
    else makeReady(handout.cursor, handout.lane, againAfterMs === undefined ? "first" : "last");
    if (member.handouts.size === 0) member.onEmpty?.();
    this.wake();
  }

  #park({ cursor, lane }: Handout, delayMs: number): void {
    lane.state = "waiting";
    this.#later(delayMs, () => {
      if (cursor.lanes.get(lane.key) !== lane || lane.state !== "waiting") return;
      makeReady(cursor, lane, "last");
      this.wake();
    });
  }

  #lose(member: Member): void {
    for (const handout of [...member.handouts].reverse()) this.#settle(member, handout, "lost");
  }

  /** Spreads partitions over members, moving as few as possible. Lanes that are busy stay with who has them. */
  #assign(): void {
    const members = this.#members.filter((member) => !member.leaving);
    if (members.length === 0) {
      for (const cursor of this.#cursors) cursor.owner = undefined;
      return;
    }
    const most = Math.ceil(this.#cursors.length / members.length);
    const counts = new Map(members.map((member) => [member, 0]));
    for (const cursor of this.#cursors) {
      const count = cursor.owner === undefined ? undefined : counts.get(cursor.owner);
      if (count === undefined || count >= most) cursor.owner = undefined;
      else counts.set(cursor.owner as Member, count + 1);
    }
    for (const cursor of this.#cursors) {
      if (cursor.owner !== undefined) continue;
      const [least] = [...counts].reduce((a, b) => (b[1] < a[1] ? b : a));
      cursor.owner = least;
      counts.set(least, (counts.get(least) as number) + 1);
    }
  }

  #reread(ordered: boolean): void {
    this.#ordered = ordered;
    for (const cursor of this.#cursors) {
      cursor.lanes.clear();
      cursor.ready = [];
      cursor.buffered = 0;
      cursor.position = cursor.committed;
    }
  }

  #later(delayMs: number, callback: () => void): void {
    const timer = setLongTimer(
      this.#source.environment,
      () => {
        this.#timers.delete(timer);
        callback();
      },
      delayMs,
    );
    this.#timers.add(timer);
  }
}

function hasRoom(member: Member): boolean {
  return member.connected && !member.leaving && !member.paused && member.handouts.size < member.options.prefetch;
}

function makeReady(cursor: Cursor, lane: Lane, place: "first" | "last"): void {
  lane.state = "ready";
  if (place === "first") cursor.ready.unshift(lane);
  else cursor.ready.push(lane);
}

function finishItem({ cursor, lane, item }: Handout): void {
  lane.items.shift();
  cursor.buffered--;
  cursor.settled.add(item.entry.offset);
  while (cursor.settled.delete(cursor.committed)) cursor.committed++;
  if (lane.items.length > 0) makeReady(cursor, lane, "last");
  else cursor.lanes.delete(lane.key);
}
