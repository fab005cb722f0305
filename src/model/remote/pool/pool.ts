/**
 * A model on several servers (vLLM, llama.cpp, ...) as one `Generator`. A server is used only after the canary, and only if it serves the same model and sees what
 * the others see. Each call goes to the server with the fewest running calls. When a server fails, the call goes to the next one, and the failed server is
 * examined again, with the canary, before it is used: it may have been restarted with another model.
 */
import { PolyclinicError } from "../../../base/errors.ts";
import type {
  EngineHealth,
  GenerateOptions,
  Generation,
  GenerationResult,
  Generator,
  Message,
  ModelIdentity,
  ModelLimits,
  TextDelta,
} from "../../contract.ts";
import type { Scope } from "../../scope/scope.ts";
import { sharedGeneration } from "../../shared-generation.ts";
import { cutFailure } from "../failure.ts";
import type { ConnectOptions, RemoteModel } from "../remote-model.ts";
import { defaultRetry, type RetryPolicy, withRetry } from "../retry.ts";
import { Member } from "./member.ts";

/**
 * ```ts
 * const model = await connectPool(["http://gpu1:8000/v1#google/medgemma-1.5-4b-it", "http://gpu2:8000/v1#google/medgemma-1.5-4b-it"]);
 * ```
 * @throws PolyclinicError `remote/pool` if no server can be used, `remote/pool-differs` if two serve different models.
 */
export async function connectPool(addresses: readonly string[], options: ConnectOptions = {}): Promise<ModelPool> {
  // Another server is tried at once instead of the same one again.
  const once = { ...options, retry: { ...options.retry, attempts: 1 } };
  const members = addresses.map((address) => new Member(address, once));
  const signal = options.signal ?? new AbortController().signal;
  await Promise.all(members.map((member) => member.check(() => undefined, signal)));
  signal.throwIfAborted();
  const reached = members.filter(({ state }) => state === "ready");
  const [first] = reached;
  if (first === undefined) throw unusable(members);
  for (const member of reached) {
    const difference = differenceOf(first.model!, member.model!);
    if (difference === undefined) continue;
    throw new PolyclinicError("remote/pool-differs", "the servers of a pool serve different models", {
      where: member.address,
      ...difference,
      hint: "Name the same model on each server (URL#model), at the same precision.",
    });
  }
  for (const member of reached) {
    const refusal = refusalOf(member, reached);
    if (refusal !== undefined) member.leave("rejected", refusal);
  }
  if (members.every(({ state }) => state !== "ready")) throw unusable(members);
  return new ModelPool(
    members,
    { ...defaultRetry, ...options.retry },
    reached.map(({ model }) => model!),
  );
}

/**
 * Several servers of one model as one generator. A call goes to the least loaded server that passed the canary, and to another one if it fails
 * before any text was shown.
 */
export class ModelPool implements Generator {
  readonly identity: ModelIdentity;
  readonly limits: ModelLimits;
  readonly scope?: Scope;
  /** Present if every server returns the likelihood of prompt tokens (vLLM). */
  readonly score?: Generator["score"];
  private readonly closing = new AbortController();

  constructor(
    private readonly members: readonly Member[],
    private readonly retry: RetryPolicy,
    reached: readonly RemoteModel[],
  ) {
    const [first] = reached;
    this.identity = {
      ...first.identity,
      engine: `remote:${members.map(({ address }) => new URL(address).host).join(",")}`,
    };
    this.limits = {
      ...first.limits,
      contextTokens: Math.min(...reached.map(({ limits }) => limits.contextTokens)),
    };
    if (first.scope !== undefined) this.scope = first.scope;
    if (reached.every(({ score }) => score !== undefined))
      this.score = (messages, continuations, options) =>
        this.anywhere(options?.signal, (model) => model.score!(messages, continuations, options));
  }

  /** The state of each server. */
  engines(): readonly EngineHealth[] {
    return this.members.map(({ health }) => health);
  }

  generate(messages: readonly Message[], options: GenerateOptions = {}): Generation {
    return sharedGeneration(() => this.run(messages, options));
  }

  sample(messages: readonly Message[], n: number, options: GenerateOptions = {}): Promise<GenerationResult[]> {
    return this.anywhere(options.signal, (model) => model.sample(messages, n, options));
  }

  /** An estimate, as for one server. */
  countTokens(messages: readonly Message[]): Promise<number> {
    return this.members.find(({ model }) => model !== undefined)!.model!.countTokens(messages);
  }

  async close(): Promise<void> {
    this.closing.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /**
   * Text that was shown cannot be taken back: after a failure in the middle, the next server's answer must begin with it (as it does at temperature 0, or with a
   * seed on equal servers), and the rest is shown.
   */
  private async *run(
    messages: readonly Message[],
    options: GenerateOptions,
  ): AsyncGenerator<TextDelta, GenerationResult> {
    const queue: string[] = [];
    let wake = () => {};
    let [over, shown] = [false, ""];
    const work = this.anywhere(options.signal, async (model) => {
      const generation = model.generate(messages, options);
      let text = "";
      for await (const delta of generation) {
        text += delta.text;
        const [shorter, longer] = text.length < shown.length ? [text, shown] : [shown, text];
        if (!longer.startsWith(shorter)) throw otherText(shown.length);
        if (text.length <= shown.length) continue;
        queue.push(text.slice(shown.length));
        shown = text;
        wake();
      }
      const result = await generation.result;
      if (text.length < shown.length && result.finishReason !== "abort") throw otherText(shown.length);
      return result;
    }).finally(() => {
      over = true;
      wake();
    });
    work.catch(() => {});
    while (!over || queue.length > 0) {
      const text = queue.shift();
      if (text !== undefined) yield { text };
      else
        await new Promise<void>((resume) => {
          wake = resume;
        });
    }
    return work;
  }

  /** Runs `work` on the server with the fewest running calls, and on the others where it fails; waits and begins again where all are busy. */
  private anywhere<T>(signal: AbortSignal | undefined, work: (model: RemoteModel) => Promise<T>): Promise<T> {
    return withRetry(() => this.round(work), this.retry, signal);
  }

  private async round<T>(work: (model: RemoteModel) => Promise<T>): Promise<T> {
    const tried = new Set<Member>();
    let last: unknown;
    for (;;) {
      const member = await this.next(tried);
      if (member === undefined) throw last ?? unusable(this.members);
      tried.add(member);
      try {
        return await member.use(work);
      } catch (error) {
        if (!member.blame(error)) throw error;
        last = error;
      }
    }
  }

  /** The server for the next attempt, reserved. */
  private async next(tried: ReadonlySet<Member>): Promise<Member | undefined> {
    const due = this.members.filter(({ state, nextCheck }) => state !== "ready" && nextCheck <= Date.now());
    const checks = due.map((member) =>
      member.check((one) => this.refusal(one), this.closing.signal).catch(() => undefined),
    );
    const ready = () =>
      this.members
        .filter((one) => one.state === "ready" && !tried.has(one))
        .sort((a, b) => a.running - b.running || a.used - b.used)[0];
    // Servers that came back are examined beside the calls; only where no other is left does a call wait for it.
    if (ready() === undefined) await Promise.all(checks);
    return ready()?.reserve();
  }

  private refusal(member: Member): string | undefined {
    const { identity, limits } = member.model!;
    const difference = differenceOf(
      { identity: { ...this.identity, engine: identity.engine }, limits: this.limits },
      member.model!,
    );
    if (difference !== undefined)
      return `serves another model: expected ${difference.expected}, found ${difference.found}`;
    if (limits.contextTokens < this.limits.contextTokens)
      return `has a context of ${limits.contextTokens} tokens, less than the ${this.limits.contextTokens} of the pool`;
    return refusalOf(
      member,
      this.members.filter(({ state }) => state === "ready"),
    );
  }
}

type Described = Pick<RemoteModel, "identity" | "limits">;

/** What shows that these are not the same model, as far as the servers report it. */
function differenceOf(a: Described, b: Described): { expected: string; found: string } | undefined {
  const facts = ({ identity: { name, precision, hash }, limits: { imageSize } }: Described) => ({
    model: name,
    precision: precision === "unknown" ? undefined : precision,
    weights: hash,
    images: imageSize === undefined ? "no images" : `images of ${imageSize} pixels`,
  });
  const [expected, found] = [facts(a), facts(b)];
  for (const fact of Object.keys(expected) as (keyof typeof expected)[])
    if (expected[fact] !== undefined && found[fact] !== undefined && expected[fact] !== found[fact])
      return { expected: expected[fact], found: found[fact] };
  return undefined;
}

/** A server that does not see images, or fails a check of the canary that another server of the same model passes, serves it wrongly. */
function refusalOf({ report }: Member, others: readonly Member[]): string | undefined {
  if (report === undefined) return undefined;
  const failed = report.checks.find(
    ({ id, passed }) =>
      !passed &&
      (report.verdict === "blind" ||
        others.some((other) => other.report?.checks.some((one) => one.id === id && one.passed))),
  );
  return (
    failed &&
    `fails the canary (${failed.what}: expected ${failed.expected}, found ${failed.found}). ${failed.hint ?? ""}`.trim()
  );
}

const unusable = (members: readonly Member[]) =>
  new PolyclinicError("remote/pool", "no server of the pool can be used", {
    where: members.map(({ address }) => address).join(", "),
    found: members.map(({ problem }) => problem ?? "no reason").join("; "),
    hint: "`polyclinic doctor --model URL,URL` shows the state of each.",
    retryable: members.some(({ state }) => state === "unreachable"),
  });

const otherText = (shown: number) =>
  // Not `remote/cut`, which would be tried on yet another server.
  new PolyclinicError("remote/pool-cut", "a server failed during the answer, and another one answers differently", {
    expected: "an answer that begins with the text already shown",
    found: `another text within the first ${shown} characters`,
    hint: "Ask again; at temperature 0 an answer can continue on another server.",
    retryable: false,
    cause: cutFailure("pool", shown),
  });
