/**
 * Removes a leaked thought from a stream of text. No part of a thought is passed on, and a plain answer is held back only until it is clear
 * that it does not begin with a thought.
 */

/** The start of a thought: MedGemma's token, the word after it if the server dropped the token, and the tag of other model families. */
const openings = ["<unused94>thought", "<unused94>", "<think>", "thought\n"];
const closings = ["<unused95>", "</think>"];
const maxClosingLength = Math.max(...closings.map(({ length }) => length));

export class ThoughtFilter {
  private state: "start" | "thought" | "answer" = "start";
  private held = "";
  private thoughtText = "";
  private answerText = "";

  get text(): string {
    return this.answerText;
  }

  get thought(): string | undefined {
    const thought = this.thoughtText.trim();
    return thought === "" ? undefined : thought;
  }

  /** True when a thought began and has not ended. */
  get unclosed(): boolean {
    return this.state === "thought";
  }

  /** Adds a thought that the server already returned separately (`reasoning_content`, `reasoning`). */
  addThought(piece: string): void {
    this.thoughtText += piece;
  }

  /** @returns what may be shown of the answer now. */
  push(piece: string): string {
    this.held += piece;
    if (this.state === "start") this.begin();
    if (this.state === "thought") this.endThought();
    return this.state === "answer" ? this.release() : "";
  }

  /** The stream is over: text held back as a possible mark is ordinary text. */
  end(): string {
    if (this.state === "start") {
      this.state = "answer";
      return this.release();
    }
    if (this.state === "thought") {
      this.thoughtText += this.held;
      this.held = "";
    }
    return "";
  }

  private begin(): void {
    const text = this.held.trimStart();
    // A mark can only start after white space, so each piece is examined once.
    this.held = text;
    if (text === "") return;
    if (openings.some((opening) => opening.length > text.length && opening.startsWith(text))) return;
    const opening = openings.find((candidate) => text.startsWith(candidate));
    if (opening === undefined) {
      this.state = "answer";
      return;
    }
    this.held = text.slice(opening.length);
    this.state = "thought";
  }

  private endThought(): void {
    const at = closings.map((closing) => this.held.indexOf(closing)).filter((index) => index >= 0);
    if (at.length === 0) {
      // Within a thought, only the end that may be part of a mark is examined again.
      const sure = Math.max(0, this.held.length - maxClosingLength + 1);
      this.thoughtText += this.held.slice(0, sure);
      this.held = this.held.slice(sure);
      return;
    }
    const first = Math.min(...at);
    const closing = closings.find((candidate) => this.held.startsWith(candidate, first))!;
    this.thoughtText += this.held.slice(0, first);
    this.held = this.held.slice(first + closing.length).trimStart();
    this.state = "answer";
  }

  private release(): string {
    const shown = this.answerText === "" ? this.held.trimStart() : this.held;
    this.answerText += shown;
    this.held = "";
    return shown;
  }
}
