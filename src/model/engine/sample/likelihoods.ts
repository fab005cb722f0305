/**
 * Log-likelihoods of an answer's tokens and of the most likely alternatives, taken from the logits before sampling
 * modifies them.
 */
import { PolyclinicError } from "../../../base/errors.ts";
import type { Tokenizer } from "../../../text/index.ts";
import type { LikelyToken, TokenLikelihood } from "../../contract.ts";
import { argmax } from "./sampling.ts";

export const maxLikelihoods = 20;

export class LikelihoodRecorder {
  private readonly all: TokenLikelihood[] = [];
  private reported = 0;
  private logTotal = 0;
  private top: readonly number[] = [];
  private logits = new Float32Array();

  /** @param count number of most likely tokens. @throws PolyclinicError `model/option`. */
  constructor(
    private readonly tokenizer: Tokenizer,
    private readonly count: number,
  ) {
    if (Number.isInteger(count) && count >= 0 && count <= maxLikelihoods) return;
    throw new PolyclinicError("model/option", "is out of range", {
      where: "logprobs",
      expected: `0 to ${maxLikelihoods}`,
      found: String(count),
    });
  }

  /** @param logits [vocabulary], unmodified. */
  before(logits: Float32Array): void {
    this.logits = logits.slice();
    const largest = logits[argmax(logits)];
    let sum = 0;
    for (let id = 0; id < logits.length; id++) sum += Math.exp(logits[id] - largest);
    this.logTotal = largest + Math.log(sum);
    this.top = likeliest(logits, this.count);
  }

  /** Records the token that was then chosen. */
  chosen(id: number): void {
    this.all.push({ ...this.of(id), top: this.top.map((one) => this.of(one)) });
  }

  /** Returns those not returned yet. */
  take(): readonly TokenLikelihood[] {
    const fresh = this.all.slice(this.reported);
    this.reported = this.all.length;
    return fresh;
  }

  /** @param text the text shown to the caller: tokens after its end, such as those of a stop string, are excluded. */
  within(text: string): readonly TokenLikelihood[] {
    let bytes = new TextEncoder().encode(text).length;
    const end = this.all.findIndex((one) => {
      if (bytes <= 0) return true;
      bytes -= one.bytes.length;
      return false;
    });
    return end < 0 ? this.all : this.all.slice(0, end);
  }

  private of(id: number): LikelyToken {
    const piece = this.tokenizer.isControl(id) ? (this.tokenizer.piece(id) ?? "") : this.tokenizer.decodablePiece(id);
    const bytes = typeof piece === "number" ? [piece] : [...new TextEncoder().encode(piece)];
    return {
      token: typeof piece === "number" ? new TextDecoder().decode(Uint8Array.of(piece)) : piece,
      bytes,
      logprob: this.logits[id] - this.logTotal,
    };
  }
}

/** Ids of the `count` largest logits, largest first, the lower id on a tie. */
export function likeliest(logits: Float32Array, count: number): number[] {
  const best: number[] = [];
  if (count === 0) return best;
  for (let id = 0; id < logits.length; id++) {
    if (best.length === count && logits[id] <= logits[best[count - 1]]) continue;
    let at = best.length;
    while (at > 0 && logits[best[at - 1]] < logits[id]) at--;
    best.splice(at, 0, id);
    if (best.length > count) best.pop();
  }
  return best;
}
