/**
 * Converts generated ids to an answer: thinking spans are removed by token id, before detokenisation (`<unused94>`
 * opens, `<unused95>` closes; 100 and 101 for MedGemma), stop strings end the answer, and an unclosed thought is
 * reported, not shown.
 */
import { Detokenizer } from "./detokenizer.ts";
import { StopStrings } from "./stop-strings.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** A finished answer as text. */
export interface Answer {
  /** Empty when a thought was never closed. */
  readonly text: string;
  readonly thought?: string;
  readonly unclosedThought: boolean;
}

/** Converts generated token ids to the text of an answer, incrementally. */
export class AnswerStream {
  private readonly open: number | undefined;
  private readonly close: number | undefined;
  private readonly answerText: Detokenizer;
  private readonly thoughtText: Detokenizer;
  private readonly stops: StopStrings;
  private text = "";
  private thought: string | undefined;
  private thinking = false;
  private stopped = false;

  constructor(tokenizer: Tokenizer, { stop = [] }: { stop?: readonly string[] } = {}) {
    this.open = tokenizer.id("<unused94>");
    this.close = tokenizer.id("<unused95>");
    this.answerText = new Detokenizer(tokenizer);
    this.thoughtText = new Detokenizer(tokenizer);
    this.stops = new StopStrings(stop);
  }

  /** Whether the next id is part of a thought. */
  get inThought(): boolean {
    return this.thinking;
  }

  /** The text to show after this id, and whether a stop string ended the answer. Thoughts give no text. */
  push(id: number): { text: string; stopped: boolean } {
    if (this.stopped) return { text: "", stopped: true };
    if (id === this.open) {
      this.thinking = true;
      this.thought ??= "";
      return { text: "", stopped: false };
    }
    if (id === this.close) {
      this.endThought();
      return { text: "", stopped: false };
    }
    if (this.thinking) {
      this.thought += this.thoughtText.push(id);
      return { text: "", stopped: false };
    }
    return this.add(this.answerText.push(id));
  }

  /**
   * Ends the stream: `text` is the text held back (a possible stop string, an incomplete character), with the whole
   * answer.
   */
  finish(): { text: string; answer: Answer } {
    const shown = this.text.length;
    if (!this.stopped) {
      this.add(this.answerText.flush());
      if (!this.stopped) this.text += this.stops.flush();
    }
    const unclosedThought = this.thinking;
    this.endThought();
    const delta = unclosedThought ? "" : this.text.slice(shown);
    const answer: Answer = {
      text: unclosedThought ? "" : this.text,
      ...(this.thought === undefined ? {} : { thought: this.thought.replace(/^thought\n/, "") }),
      unclosedThought,
    };
    return { text: delta, answer };
  }

  private add(piece: string): { text: string; stopped: boolean } {
    const { text, stopped } = this.stops.push(piece);
    this.text += text;
    this.stopped = stopped;
    return { text, stopped };
  }

  private endThought(): void {
    if (!this.thinking) return;
    this.thought += this.thoughtText.flush();
    this.thinking = false;
  }
}
