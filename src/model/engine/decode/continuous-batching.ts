/**
 * Continuous batching (Yu et al., Orca, OSDI 2022): conversations that are answered at the same time advance in one
 * step, which reads the weights once for all of them. They differ in length, sampler and schema, join after prefill,
 * and leave between steps.
 *
 * The conversations of a group share a cache; the next step begins when each of them has chosen its next tokens or has
 * left. Between steps a conversation waits only for the sampling of the others, so a single conversation runs without
 * overhead.
 */
import type { KvCache } from "./kv-cache.ts";

/** The next tokens of one conversation. */
export interface NextTokens {
  /** At least one. */
  readonly ids: readonly number[];
  /** Number of last tokens whose logits are needed. */
  readonly logitsFor: number;
}

/**
 * Computes one step for every sequence of a cache. Returns, for each, the logits `[vocabulary]` of the requested
 * tokens.
 */
export type ComputeStep = (cache: KvCache, sequences: readonly NextTokens[]) => Promise<Float32Array[][]>;

/**
 * Caches of a group have the capacity of the longest one; this limits their total size. Further conversations form
 * another group.
 */
const groupBytes = 1 << 30;

/** A running conversation. Call `leave` when it ends for any reason: the others wait for it otherwise. */
export interface Conversation {
  /** Number of conversations in its last step, including itself. */
  readonly company: number;
  /** Appends tokens, in one step with the other conversations. One call at a time. */
  step(next: NextTokens): Promise<Float32Array[]>;
  /** Removes the last tokens, down to this length. */
  truncate(length: number): void;
  leave(): void;
}

export class ContinuousBatching {
  private readonly groups = new Set<Group>();

  constructor(
    private readonly compute: ComputeStep,
    private readonly maxBytes = groupBytes,
  ) {}

  /** @param cache its computed tokens, one sequence; owned by the conversation from now on. */
  enter(cache: KvCache): Conversation {
    return new Member(cache, (member) => {
      for (const group of this.groups) if (group.hasRoom(member.cache, this.maxBytes)) return group.join(member);
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
    /** Its own cache until it joins a group's. */
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
  /** Waiting to join before the next step. */
  private readonly arrivals: Member[] = [];
  /** The first member's own cache, into which the others are copied. */
  private cache: KvCache | undefined;
  private running = false;

  constructor(
    private readonly compute: ComputeStep,
    private readonly onEmpty: () => void,
  ) {}

  hasRoom(cache: KvCache, maxBytes: number): boolean {
    const caches = [cache, ...this.arrivals.map((arrival) => arrival.cache), ...(this.cache ? [this.cache] : [])];
    const tokens = Math.max(...caches.map(({ capacity }) => capacity.global));
    return (this.members.length + this.arrivals.length + 1) * cache.bytesOf(tokens) <= maxBytes;
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

  /** Starts the next step if no conversation is still choosing. */
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
