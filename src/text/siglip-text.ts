/**
 * Tokenisation for SigLIP's text tower: the tokenizer's own special tokens (a closing `</s>`), truncated and padded to
 * the exact length used in training. There is no attention mask, so the padding is part of what the model sees.
 */
import { Tokenizer as HuggingFaceTokenizer } from "@huggingface/tokenizers";
import { PolyclinicError } from "../base/errors.ts";
import type { TokenizerSource } from "./tokenizer.ts";

/** Tokenises texts for SigLIP's text tower to a fixed length. */
export class SiglipText {
  private readonly inner: HuggingFaceTokenizer;

  /**
   * @param length the tower's `maxPositions`.
   * @param padTokenId id used for padding.
   */
  constructor(
    source: TokenizerSource,
    private readonly length: number,
    private readonly padTokenId: number,
  ) {
    try {
      this.inner = new HuggingFaceTokenizer(source.tokenizer, source.tokenizerConfig ?? {});
    } catch (cause) {
      throw new PolyclinicError("text/tokenizer", "cannot be read", { where: "tokenizer.json", cause });
    }
  }

  /** Exactly `length` ids; a longer text is truncated at the end, keeping the closing token last. */
  encode(text: string): Int32Array {
    const ids = this.inner.encode(text).ids;
    const truncated = ids.length > this.length ? [...ids.slice(0, this.length - 1), ids.at(-1)!] : ids;
    return new Int32Array(this.length).fill(this.padTokenId).map((pad, i) => truncated[i] ?? pad);
  }
}
