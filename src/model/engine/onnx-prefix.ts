/** A prompt prefix with its KV cache. */
import { PolyclinicError } from "../../base/errors.ts";
import type { Prefix } from "../contract.ts";
import { type KvCache, rollback } from "./decode/kv-cache.ts";
import { commonPrefix, type PromptTokens } from "./decode/prompt-tokens.ts";

/** A prefilled prefix of the in-process engine. Closing it frees its KV cache. */
export class OnnxPrefix implements Prefix {
  private cache: KvCache | undefined;

  constructor(
    /** The model it belongs to. */
    private readonly owner: object,
    private readonly prompt: PromptTokens,
    cache: KvCache,
  ) {
    this.cache = cache;
  }

  get tokens(): number {
    return this.prompt.ids.length;
  }

  async fork(): Promise<OnnxPrefix> {
    return new OnnxPrefix(this.owner, this.prompt, this.held().copy());
  }

  async close(): Promise<void> {
    this.cache = undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /**
   * A copy of the cache, truncated to the tokens shared with `prompt` and leaving at least one token to compute. The last tokens of a prefilled text may
   * merge with the text that follows, so a few may differ; if more tokens or an image differ, this is not a prefix of the prompt.
   */
  cacheFor(owner: object, prompt: PromptTokens): KvCache {
    const held = this.held();
    const shared = Math.min(commonPrefix(this.prompt, prompt), prompt.ids.length - 1);
    const last = this.prompt.images.at(-1);
    const least = Math.max(this.tokens - rollback, last === undefined ? 0 : last.start + last.length);
    if (owner !== this.owner || shared < least || !held.canTruncate(0, shared)) {
      throw new PolyclinicError("model/prefix", "does not begin like the prefix", {
        where: "messages",
        expected: `the ${this.tokens} tokens this model prefilled`,
        found: owner === this.owner ? `${shared} tokens in common` : "a prefix of another model",
        hint: "Pass messages that begin with the prefilled messages, including their images; or omit the prefix.",
      });
    }
    const cache = held.copy();
    cache.truncate(0, shared);
    return cache;
  }

  private held(): KvCache {
    if (this.cache === undefined) {
      throw new PolyclinicError("model/prefix-closed", "is closed", { where: "prefix", hint: "Prefill it again." });
    }
    return this.cache;
  }
}
