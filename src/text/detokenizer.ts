/** Token ids to text while they arrive; the pieces put together are exactly what decoding all ids at once gives. */
import { decodeRun, type Tokenizer } from "./tokenizer.ts";

export class Detokenizer {
  /** Bytes of a character, or of several, whose run has not ended: whether they are text is known only then. */
  private run: number[] = [];

  constructor(private readonly tokenizer: Tokenizer) {}

  /** The text this id completes: never half a character, possibly nothing. Control tokens print nothing. */
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
