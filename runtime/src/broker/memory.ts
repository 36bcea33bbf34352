import type { Environment, Timer } from "../environment/environment.ts";
import { setLongTimer } from "../environment/sleep.ts";
import { systemEnvironment } from "../environment/system.ts";
import { ServiceError } from "../error/service-error.ts";
import type { Broker, BrokerMessage, PublishOptions, Receipt, SubscribeOptions, Subscription } from "./broker.ts";
import { ConsumerGroup, type DeliveryFaults, type Member } from "./memory-group.ts";
import { appendMessage, createTopic, trimPartition, type Partition, type Topic } from "./memory-topic.ts";

/**
 * What the bus does wrong on purpose, drawn from the environment's random numbers. Shares are from 0 to 1 and 0 when
 * absent; with one seed the same faults happen in every run.
 */
export interface MemoryFaults {
  /** Share of published messages that are stored `copies` more times, under the same id. `copies` is 1 when absent. */
  readonly duplicate?: { readonly share: number; readonly copies?: number };
  /** Share of hand-outs that pick another key than the one whose turn it is. */
  readonly reorder?: number;
  /** Share of publishes that are stored, but whose confirm never comes: they fail after `confirmTimeoutMs`. */
  readonly loseConfirm?: number;
  /** Share of publishes that are refused and not stored, or the addresses where all are. */
  readonly refusePublish?: number | readonly string[];
  /** Share of acknowledgements that get lost: they fail, and the message comes again. */
  readonly loseAck?: number;
  /** Share of hand-outs after which the subscriber's connection drops. */
  readonly dropConnection?: number;
  /** Share of hand-outs that take up to `maxMs` milliseconds. */
  readonly delay?: { readonly share: number; readonly maxMs: number };
}

/** How the embedded bus is made. */
export interface MemoryBrokerOptions {
  /** Time, timers and randomness; the machine's by default. */
  readonly environment?: Environment;
  /** Partitions of a topic; 8 when absent. */
  readonly partitions?: number | ((address: string) => number);
  /** Where a group starts that was not there before; `beginning` when absent, so that nothing is missed. */
  readonly start?: "beginning" | "end";
  /** Settled messages kept a partition for groups to come; 10 000 when absent. */
  readonly retention?: number;
  /** Unsettled messages a partition beyond which publishes are refused; 100 000 when absent. */
  readonly maxBacklog?: number;
  /** Time to a publish's confirm, milliseconds; 0 (the next turn) when absent. */
  readonly confirmMs?: number;
  /** When a lost confirm becomes an error, milliseconds; 1 000 when absent. */
  readonly confirmTimeoutMs?: number;
  /** How long a dropped connection stays away, milliseconds; 50 when absent. */
  readonly reconnectMs?: number;
  readonly faults?: MemoryFaults;
}

/** The embedded bus, with what tests and demos may do to it beside. */
export interface MemoryBroker extends Broker {
  readonly protocol: "memory";
  /** From now on these faults and no others. */
  setFaults(faults: MemoryFaults): void;
  /** The subscriber's process dies: it gets nothing more, its word counts no more, others take over. */
  crash(subscription: Subscription): void;
  /** The subscriber's connection drops and comes back by itself; what it held is handed out again. */
  disconnect(subscription: Subscription): void;
  /** Running subscriptions, oldest first. */
  subscriptions(): readonly (Subscription & { readonly address: string; readonly group: string })[];
  /** The messages that `address` still holds, by partition and offset. */
  messages(address: string): readonly BrokerMessage[];
  /** Messages that `group` has not settled, those handed out included; 0 for a group that never was. */
  backlog(address: string, group: string): number;
  /** Messages that some group has not settled, and delayed ones: 0 when all is quiet. */
  pending(): number;
}

interface MemorySubscription extends Subscription {
  readonly address: string;
  readonly group: string;
}

/**
 * Makes the embedded bus: topics of partitions, consumer groups, redelivery, delays and order per key as a real broker
 * has them, in memory and in the environment's time. At least once; messages live as long as the object.
 */
export function createMemoryBroker(options: MemoryBrokerOptions = {}): MemoryBroker {
  return new MemoryBus(options);
}

class MemoryBus implements MemoryBroker {
  readonly protocol = "memory";
  readonly #options: MemoryBrokerOptions;
  readonly #environment: Environment;
  readonly #topics = new Map<string, Topic>();
  readonly #patterns: Topic[] = [];
  readonly #groups = new Map<string, { readonly topic: Topic; readonly group: ConsumerGroup }>();
  readonly #running = new Map<Subscription, { readonly group: ConsumerGroup; readonly member: Member }>();
  readonly #delayed = new Set<Timer>();
  #faults: MemoryFaults;
  #closed = false;

  constructor(options: MemoryBrokerOptions) {
    this.#options = options;
    this.#environment = options.environment ?? systemEnvironment;
    this.#faults = options.faults ?? {};
  }

  async publish(message: BrokerMessage, options?: PublishOptions): Promise<Receipt> {
    const { messageId = this.#environment.newId(), signal, delayMs = 0 } = options ?? {};
    const { confirmMs = 0, confirmTimeoutMs = 1_000 } = this.#options;
    if (this.#closed) throw publishError(message, "the bus is closed", "no");
    if (signal?.aborted === true) throw publishError(message, "it was given up", "no", signal.reason);
    if (this.#refuses(message)) {
      await this.#confirm(message, confirmMs, signal);
      throw publishError(message, "the bus refused it", "no");
    }
    this.#checkBacklog(message);
    const receipt = delayMs > 0 ? this.#delay(message, messageId, delayMs) : this.#append(message, messageId);
    if (this.#happens(this.#faults.loseConfirm)) {
      await this.#confirm(message, confirmTimeoutMs, signal);
      throw publishError(message, "the confirm did not come", "maybe");
    }
    await this.#confirm(message, confirmMs, signal);
    return receipt;
  }

  async subscribe(options: SubscribeOptions): Promise<Subscription> {
    if (this.#closed) {
      throw new ServiceError("unavailable", `subscribe to "${options.address}": the bus is closed`, {
        origin: "transport",
        sent: "no",
      });
    }
    const group = this.#groupOf(options);
    const member = group.join(options);
    const subscription: MemorySubscription = {
      address: options.address,
      group: options.group,
      pause: () => {
        member.paused = true;
      },
      resume: () => {
        member.paused = false;
        group.wake();
      },
      close: async (closeOptions) => {
        group.leave(member);
        await emptied(member, closeOptions?.signal);
        group.drop(member);
        this.#running.delete(subscription);
      },
    };
    this.#running.set(subscription, { group, member });
    return subscription;
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const timer of this.#delayed) timer.cancel();
    this.#delayed.clear();
    for (const { group } of this.#groups.values()) group.close();
    this.#running.clear();
  }

  setFaults(faults: MemoryFaults): void {
    this.#faults = faults;
  }

  crash(subscription: Subscription): void {
    const entry = this.#running.get(subscription);
    this.#running.delete(subscription);
    entry?.group.drop(entry.member);
  }

  disconnect(subscription: Subscription): void {
    const entry = this.#running.get(subscription);
    entry?.group.disconnect(entry.member);
  }

  subscriptions(): readonly MemorySubscription[] {
    return [...this.#running.keys()] as MemorySubscription[];
  }

  messages(address: string): readonly BrokerMessage[] {
    const partitions = this.#topics.get(address)?.partitions ?? [];
    return partitions.flatMap(({ entries }) => entries.map(({ message }) => message));
  }

  backlog(address: string, group: string): number {
    return this.#groups.get(groupKey(address, group))?.group.backlog() ?? 0;
  }

  pending(): number {
    return [...this.#groups.values()].reduce((sum, { group }) => sum + group.backlog(), this.#delayed.size);
  }

  #happens(share: number | undefined): boolean {
    return share !== undefined && share > 0 && this.#environment.random() < share;
  }

  #refuses(message: BrokerMessage): boolean {
    const { refusePublish } = this.#faults;
    return typeof refusePublish === "object" ? refusePublish.includes(message.address) : this.#happens(refusePublish);
  }

  #checkBacklog(message: BrokerMessage): void {
    const topic = this.#topicOf(message.address);
    const most = (this.#options.maxBacklog ?? 100_000) * topic.partitions.length;
    if (this.#delayed.size < most && this.#groupsOf(topic).every((group) => group.backlog() < most)) return;
    throw new ServiceError("resource_exhausted", `publish to "${message.address}": its readers are too far behind`, {
      origin: "transport",
      sent: "no",
      retry: { class: "throttled", afterMs: 1_000 },
    });
  }

  #delay(message: BrokerMessage, messageId: string, delayMs: number): Receipt {
    const timer = setLongTimer(
      this.#environment,
      () => {
        this.#delayed.delete(timer);
        this.#append(message, messageId);
      },
      delayMs,
    );
    this.#delayed.add(timer);
    return { messageId, address: message.address };
  }

  #append(message: BrokerMessage, messageId: string): Receipt {
    const { duplicate } = this.#faults;
    const copies = this.#happens(duplicate?.share) ? (duplicate?.copies ?? 1) : 0;
    const topic = this.#topicOf(message.address);
    const collecting = this.#patterns.filter(({ pattern }) => pattern?.test(message.address) === true);
    const entry = this.#store(topic, message, { messageId, copies });
    for (const other of collecting) this.#store(other, message, { messageId, copies });
    return { messageId, address: message.address, partition: entry.partition, offset: String(entry.offset) };
  }

  #store(
    topic: Topic,
    message: BrokerMessage,
    { messageId, copies }: { messageId: string; copies: number },
  ): { readonly partition: number; readonly offset: number } {
    const first = appendMessage(topic, message, messageId);
    for (let copy = 0; copy < copies; copy++) appendMessage(topic, message, messageId);
    const readers = this.#groupsOf(topic);
    const settled = Math.min(...readers.map((group) => group.committed(first.partition)));
    trimPartition(topic.partitions[first.partition] as Partition, this.#options.retention ?? 10_000, settled);
    for (const group of readers) group.wake();
    return first;
  }

  #topicOf(address: string): Topic {
    const known = this.#topics.get(address);
    if (known !== undefined) return known;
    const { partitions = 8 } = this.#options;
    const topic = createTopic(address, Math.max(1, typeof partitions === "number" ? partitions : partitions(address)));
    this.#topics.set(address, topic);
    if (topic.pattern !== undefined) this.#collect(topic, topic.pattern);
    return topic;
  }

  /** A template read for the first time begins with what its addresses still hold. */
  #collect(topic: Topic, pattern: RegExp): void {
    this.#patterns.push(topic);
    for (const other of this.#topics.values()) {
      if (other.pattern !== undefined || !pattern.test(other.address)) continue;
      for (const { entries } of other.partitions) {
        for (const { message, messageId } of entries) appendMessage(topic, message, messageId);
      }
    }
  }

  #groupOf(options: SubscribeOptions): ConsumerGroup {
    const key = groupKey(options.address, options.group);
    const known = this.#groups.get(key);
    if (known !== undefined) return known.group;
    const topic = this.#topicOf(options.address);
    const group = new ConsumerGroup({
      topic,
      environment: this.#environment,
      faults: this.#deliveryFaults(),
      start: this.#options.start ?? "beginning",
      reconnectMs: this.#options.reconnectMs ?? 50,
    });
    this.#groups.set(key, { topic, group });
    return group;
  }

  #groupsOf(topic: Topic): ConsumerGroup[] {
    return [...this.#groups.values()].filter((entry) => entry.topic === topic).map(({ group }) => group);
  }

  #deliveryFaults(): DeliveryFaults {
    const draw = (most: number): number => this.#environment.random() * most;
    return {
      reorder: () => this.#happens(this.#faults.reorder),
      delayMs: () => (this.#happens(this.#faults.delay?.share) ? Math.ceil(draw(this.#faults.delay?.maxMs ?? 0)) : 0),
      dropConnection: () => this.#happens(this.#faults.dropConnection),
      loseAck: () => this.#happens(this.#faults.loseAck),
      pick: (count) => Math.floor(draw(count)),
    };
  }

  #confirm(message: BrokerMessage, delayMs: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        timer?.cancel();
        reject(publishError(message, "the confirm did not come in time", "maybe", signal?.reason));
      };
      const done = (): void => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      const timer = delayMs > 0 ? this.#environment.setTimer(done, delayMs) : undefined;
      if (timer === undefined) this.#environment.schedule(done);
    });
  }
}

function groupKey(address: string, group: string): string {
  return JSON.stringify([address, group]);
}

function emptied(member: Member, signal: AbortSignal | undefined): Promise<void> {
  if (member.handouts.size === 0 || signal?.aborted === true) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      member.onEmpty = undefined;
      signal?.removeEventListener("abort", done);
      resolve();
    };
    member.onEmpty = done;
    signal?.addEventListener("abort", done, { once: true });
  });
}

function publishError(message: BrokerMessage, why: string, sent: "no" | "maybe", cause?: unknown): ServiceError {
  const late = cause !== undefined;
  return new ServiceError(late ? "deadline_exceeded" : "unavailable", `publish to "${message.address}": ${why}`, {
    origin: "transport",
    sent,
    ...(late ? { cause } : {}),
  });
}
