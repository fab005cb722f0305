/**
 * Cache of prefilled prefixes of recent conversations: another question about the same images then prefills only its
 * own tokens. A prefix ends with the last image of the first turn; the text after it differs between questions. By
 * caller: whether it is known shows in the time of an answer and in its count of cached tokens, and must not tell one
 * person what another has sent.
 */
import { createHash } from "node:crypto";
import type { Image } from "../../imaging/types.ts";
import type { Generator, Message, Prefix } from "../../model/contract.ts";

/** Maximum number of prefixes; each holds the KV cache of its images: tens of megabytes for a small model, hundreds for one of 4B parameters. */
const maxPrefixes = 4;

export class PrefixCache {
  /** In order of use, the latest last. */
  private readonly entries = new Map<string, Promise<Prefix>>();

  constructor(private readonly model: Generator) {}

  /** The prefix of a conversation's images, computed if it is not cached; undefined without images, or if the engine caches prefixes itself. */
  async of(caller: string, messages: readonly Message[], signal?: AbortSignal): Promise<Prefix | undefined> {
    const beginning = imagesOf(messages);
    if (beginning === undefined || this.model.prefill === undefined) return undefined;
    const key = JSON.stringify([caller, hashOf(beginning)]);
    for (;;) {
      const found = this.entries.get(key);
      if (found === undefined) return this.compute(key, beginning, signal);
      this.entries.delete(key);
      this.entries.set(key, found);
      try {
        return await found;
      } catch {
        // The call that was computing it failed or was aborted; this call computes it again.
        if (this.entries.get(key) === found) this.entries.delete(key);
      }
    }
  }

  /**
   * Concurrent calls for the same images share one computation. Evicted prefixes are not closed here: calls may still
   * be using them.
   */
  private compute(key: string, beginning: readonly Message[], signal?: AbortSignal): Promise<Prefix> {
    const prefix = this.model.prefill!(beginning, signal === undefined ? {} : { signal });
    this.entries.set(key, prefix);
    prefix.catch(() => {
      if (this.entries.get(key) === prefix) this.entries.delete(key);
    });
    if (this.entries.size > maxPrefixes) this.entries.delete(this.entries.keys().next().value!);
    return prefix;
  }

  /** Clears the cache. Prefixes are not closed here: calls may still be using them. */
  forget(): void {
    this.entries.clear();
  }

  async close(): Promise<void> {
    for (const prefix of this.entries.values()) {
      await prefix.then(
        (computed) => computed.close(),
        () => {},
      );
    }
    this.entries.clear();
  }
}

/** Messages up to the last image of the first message that has one. */
function imagesOf(messages: readonly Message[]): Message[] | undefined {
  const at = messages.findIndex(({ content }) => content.some(({ type }) => type === "image"));
  if (at < 0) return undefined;
  const { role, content } = messages[at];
  const end = content.findLastIndex(({ type }) => type === "image") + 1;
  return [...messages.slice(0, at), { role, content: content.slice(0, end) }];
}

const imageHashes = new WeakMap<Image, Buffer>();

/** Megabytes of pixels are hashed once for each image that is kept (`seen-images.ts`), not for every question about it. */
function hashOfImage(image: Image): Buffer {
  const known = imageHashes.get(image);
  if (known !== undefined) return known;
  const hash = createHash("sha256").update(image.data).digest();
  imageHashes.set(image, hash);
  return hash;
}

function hashOf(messages: readonly Message[]): string {
  const hash = createHash("sha256");
  for (const { role, content } of messages) {
    hash.update(`\0${role}`);
    for (const part of content) {
      if (part.type === "text") hash.update(`\0t${part.text.length}\0${part.text}`);
      else
        hash
          .update(`\0i${part.image.width}x${part.image.height}x${part.image.channels}`)
          .update(hashOfImage(part.image));
    }
  }
  return hash.digest("hex");
}
