/**
 * Continuous batching (Yu et al., Orca, OSDI 2022): conversations that are answered at the same time advance in one step, which reads the
 * weights once for all of them. They differ in length, sampler and schema, join when their prompt is computed, and leave between steps.
 *
 * A group of conversations shares a cache; its next step begins when every one of them has said which tokens come next, or has left. Nothing
 * waits between steps but for the sampling of the others, so a single conversation runs as if there were no groups.
 */
import type { KvCache } from "./kv-cache.ts";

/** Tokens that come next in one conversation. */
export interface NextTokens {
  /** At least one. */
  readonly ids: readonly number[];
  /** How many of the last ones' logits are wanted. */
  readonly wanted: number;
}

/** Computes one step of every sequence of a cache: for each, the wanted tokens' logits `[vocabulary]`. */
export type ComputeStep = (cache: KvCache, sequences: readonly NextTokens[]) => Promise<Float32Array[][]>;

/** Caches of a group are as long as its longest, and together no larger than this; further conversations form another group. */
const groupBytes = 1 << 30;

/** One conversation on its way. `leave` when it has ended, whatever the reason: the others wait for it otherwise. */
export interface Conversation {
  /** How many conversations were in its last step, itself included. */
  readonly company: number;
  /** Computes tokens after those in the cache, together with whoever else is in a step. One call at a time. */
  step(next: NextTokens): Promise<Float32Array[]>;
  /** Takes back the last tokens, down to this many. */
  truncate(length: number): void;
  leave(): void;
}

export class ContinuousBatching {
  private readonly groups = new Set<Group>();

  constructor(
    private readonly compute: ComputeStep,
    private readonly mostBytes = groupBytes,
  ) {}

  /** @param cache its computed tokens, one sequence; the conversation's own from now on. */
  enter(cache: KvCache): Conversation {
    return new Member(cache, (member) => {
      for (const group of this.groups) if (group.hasRoom(member.cache, this.mostBytes)) return group.join(member);
      const group: Group = new Group(this.compute, () => this.groups.delete(group));
      this.groups.add(group);
      return group.join(member);
    });
  }
}

interface Pending {
  readonly next: NextTokens;
  resolve(logits: Float32Array[]): void;
  reject(error: unknown): void;
}

class Member implements Conversation {
  pending: Pending | undefined;
  company = 1;
  private group: Group | undefined;

  constructor(
    /** Its own until a group has taken it in. */
    readonly cache: KvCache,
    private readonly place: (member: Member) => Group,
  ) {}

  step(next: NextTokens): Promise<Float32Array[]> {
    return new Promise((resolve, reject) => {
      this.pending = { next, resolve, reject };
      if (this.group === undefined) this.group = this.place(this);
      else this.group.proceed();
    });
  }

  truncate(length: number): void {
    if (this.group === undefined) this.cache.truncate(0, length);
    else this.group.truncate(this, length);
  }

  leave(): void {
    this.group?.leave(this);
    this.group = undefined;
  }
}

class Group {
  /** In the order of the cache's sequences. */
  private readonly members: Member[] = [];
  /** They join before the next step. */
  private readonly arrivals: Member[] = [];
  /** The first member's own, which the others are copied into. */
  private cache: KvCache | undefined;
  private running = false;

  constructor(
    private readonly compute: ComputeStep,
    private readonly onEmpty: () => void,
  ) {}

  hasRoom(cache: KvCache, mostBytes: number): boolean {
    const caches = [cache, ...this.arrivals.map((arrival) => arrival.cache), ...(this.cache ? [this.cache] : [])];
    const tokens = Math.max(...caches.map(({ capacity }) => capacity.global));
    return (this.members.length + this.arrivals.length + 1) * cache.bytesOf(tokens) <= mostBytes;
  }

  join(member: Member): this {
    this.arrivals.push(member);
    this.proceed();
    return this;
  }

  leave(member: Member): void {
    const at = this.members.indexOf(member);
    this.members[at] = this.members[this.members.length - 1];
    this.members.pop();
    if (this.members.length > 0) this.cache!.leave(at);
    else this.cache = undefined;
    if (this.members.length + this.arrivals.length === 0) this.onEmpty();
    else this.proceed();
  }

  truncate(member: Member, length: number): void {
    this.cache!.truncate(this.members.indexOf(member), length);
  }

  /** Begins the next step if nobody is still choosing. */
  proceed(): void {
    if (this.running || this.members.some(({ pending }) => pending === undefined)) return;
    for (const arrival of this.arrivals.splice(0)) {
      if (this.cache === undefined) this.cache = arrival.cache;
      else this.cache.join(arrival.cache);
      this.members.push(arrival);
    }
    void this.run(this.cache!, [...this.members]);
  }

  private async run(cache: KvCache, members: readonly Member[]): Promise<void> {
    this.running = true;
    const pending = members.map((member) => member.pending!);
    let settle: (at: number) => void;
    try {
      const logits = await this.compute(
        cache,
        pending.map(({ next }) => next),
      );
      settle = (at) => pending[at].resolve(logits[at]);
    } catch (error) {
      settle = (at) => pending[at].reject(error);
    }
    this.running = false;
    for (const [at, member] of members.entries()) {
      member.pending = undefined;
      member.company = members.length;
      settle(at);
    }
  }
}
