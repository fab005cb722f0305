/** Incremental detokenisation: the concatenated pieces equal decoding all ids at once. */
import { decodeRun, type Tokenizer } from "./tokenizer.ts";

/** Converts token ids to text one id at a time. */
export class Detokenizer {
  /** Pending byte tokens: whether they form valid UTF-8 is known only when their run ends. */
  private run: number[] = [];

  constructor(private readonly tokenizer: Tokenizer) {}

  /** The text completed by this id: never an incomplete character, possibly empty. Control tokens give no text. */
  push(id: number): string {
    if (this.tokenizer.isControl(id)) return "";
    const piece = this.tokenizer.decodablePiece(id);
    if (typeof piece === "number") {
      this.run.push(piece);
      return "";
    }
    const text = decodeRun(this.run) + piece;
    this.run = [];
    return text;
  }

  /** Returns the text still held back at the end of the stream. */
  flush(): string {
    const text = decodeRun(this.run);
    this.run = [];
    return text;
  }
}
