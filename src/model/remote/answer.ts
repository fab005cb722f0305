/** A chat completion as it arrives: streamed, or whole from a server that cannot stream. */
import { PolyclinicError } from "../../base/errors.ts";
import type { FinishReason, GenerationResult, Usage } from "../contract.ts";
import { cutFailure, HttpFailure, messageOf, protocolFailure, tooLongFailure } from "./failure.ts";
import { serverEvents } from "./sse.ts";
import { ThoughtFilter } from "./thought-filter.ts";

interface Chunk {
  readonly choices?: readonly {
    readonly delta?: Piece;
    readonly message?: Piece;
    readonly finish_reason?: string | null;
  }[];
  readonly usage?: {
    readonly prompt_tokens?: number;
    readonly completion_tokens?: number;
    readonly prompt_tokens_details?: { readonly cached_tokens?: number } | null;
  } | null;
  readonly error?: unknown;
}

interface Piece {
  readonly content?: string | null;
  /** vLLM, llama.cpp and LM Studio. */
  readonly reasoning_content?: string | null;
  /** Ollama, and vLLM since 0.12. */
  readonly reasoning?: string | null;
}

/** Marks of the end of a turn that a server leaves in the text when it is asked to keep special tokens. */
const endMarks = /(?:<end_of_turn>|<eos>)\s*$/;
/** Maximum number of pieces of an answer that has no token limit. */
const mostPieces = 1_000_000;
const longestEndMark = "<end_of_turn>".length;

/** Collects one answer; `push` and `whole` return what may be shown. */
export class AnswerReader {
  private readonly filter = new ThoughtFilter();
  private finish: string | undefined;
  private usage: Chunk["usage"];
  private pieces = 0;
  private thoughts = 0;
  private events = 0;
  /** Of the answer, what is not shown yet. */
  private waiting = "";
  private done = false;

  constructor(
    private readonly where: string,
    private readonly maxTokens: number | undefined,
  ) {}

  /** @param begun called when the first text or thought has come. */
  async *stream(body: AsyncIterable<Uint8Array>, begun: () => void = () => {}): AsyncGenerator<string> {
    for await (const { field, value } of serverEvents(body)) {
      if (value === "[DONE]") {
        this.done = true;
        break;
      }
      const chunk = this.parse(value);
      if (field === "error" || chunk.error !== undefined) throw this.failed(value);
      const text = this.take(chunk);
      if (this.pieces > 0 || this.thoughts > 0) begun();
      this.requireLimit();
      if (text !== "") yield text;
    }
    // Without an end mark and without a reason to finish, what came is a part of an answer.
    if (!this.done && this.finish === undefined) throw cutFailure(this.where, this.filter.text.length);
    this.waiting += this.filter.end();
    const tail = this.waiting.replace(endMarks, "");
    if (tail !== "") yield tail;
  }

  /** A whole answer at once. */
  whole(value: string): string {
    const chunk = this.parse(value);
    if (chunk.error !== undefined) throw this.failed(value);
    this.take(chunk);
    this.filter.end();
    return this.filter.text.replace(endMarks, "");
  }

  result(): GenerationResult {
    const { filter } = this;
    return {
      text: filter.unclosed ? "" : filter.text.replace(endMarks, "").trimEnd(),
      ...(filter.thought !== undefined && { thought: filter.thought }),
      unclosedThought:
        filter.unclosed || (filter.thought !== undefined && filter.text === "" && this.reason() === "length"),
      finishReason: this.reason(),
      usage: this.counted(),
    };
  }

  /** What had come when the caller stopped it. */
  aborted(): GenerationResult {
    this.filter.end();
    const text = this.filter.unclosed ? "" : this.filter.text.trimEnd();
    return { text, unclosedThought: this.filter.unclosed, finishReason: "abort", usage: this.counted() };
  }

  /** A stream that goes on far beyond the tokens it was allowed will never end. A piece holds a token or more. */
  private requireLimit(): void {
    const allowed = this.maxTokens === undefined ? mostPieces : 4 * this.maxTokens + 256;
    const found = this.pieces + this.thoughts;
    // Pieces that carry nothing keep a connection alive, some while the prompt is read; they end too.
    this.events++;
    if (found <= allowed && this.events <= allowed + 100_000) return;
    throw tooLongFailure(
      "the answer goes on beyond its limit",
      `at most ${this.maxTokens ?? mostPieces} tokens`,
      `${found} pieces`,
    );
  }

  private parse(value: string): Chunk {
    try {
      const chunk: unknown = JSON.parse(value);
      if (typeof chunk === "object" && chunk !== null) return chunk as Chunk;
    } catch (cause) {
      throw protocolFailure(this.where, "JSON", value, cause);
    }
    throw protocolFailure(this.where, "a JSON object", value);
  }

  private take(chunk: Chunk): string {
    if (chunk.choices === undefined && chunk.usage === undefined)
      throw protocolFailure(this.where, "choices", JSON.stringify(chunk));
    if (chunk.usage) this.usage = chunk.usage;
    const choice = chunk.choices?.[0];
    if (choice === undefined) return "";
    if (choice.finish_reason) this.finish = choice.finish_reason;
    const piece = choice.delta ?? choice.message;
    const thought = piece?.reasoning_content ?? piece?.reasoning;
    if (thought) {
      this.thoughts++;
      this.filter.addThought(thought);
    }
    if (!piece?.content) return "";
    this.pieces++;
    this.waiting += this.filter.push(piece.content);
    return this.showable();
  }

  /** New text, held back as long as it could turn out to be an end mark. Only what is new is looked at: an answer is shown in time linear in its length. */
  private showable(): string {
    const open = this.waiting.indexOf("<", Math.max(0, this.waiting.length - longestEndMark));
    const until = open >= 0 ? open : this.waiting.length;
    const fresh = this.waiting.slice(0, until);
    this.waiting = this.waiting.slice(until);
    return fresh;
  }

  /** Google's own server never fills `finish_reason`: then only counting tells a cut answer from a finished one. */
  private reason(): FinishReason {
    switch (this.finish) {
      case "stop":
        return "stop";
      case "length":
        return "length";
      case undefined:
        return this.maxTokens !== undefined && this.counted().completionTokens >= this.maxTokens ? "length" : "stop";
      default:
        throw new PolyclinicError("remote/finish", "the server ended the answer for its own reason", {
          where: this.where,
          expected: "stop or length",
          found: this.finish,
          hint: this.finish === "content_filter" ? "A filter of the host withheld the answer." : undefined,
        });
    }
  }

  /** Where a server does not count, each piece is taken for a token, as servers send them so. */
  private counted(): Usage {
    return {
      promptTokens: this.usage?.prompt_tokens ?? 0,
      completionTokens: this.usage?.completion_tokens ?? this.pieces,
      cachedTokens: this.usage?.prompt_tokens_details?.cached_tokens ?? 0,
    };
  }

  private failed(value: string): PolyclinicError {
    const status = (JSON.parse(value) as { error?: { code?: unknown }; code?: unknown }).error?.code;
    return new HttpFailure(
      typeof status === "number" && status >= 400 ? status : 500,
      this.where,
      messageOf(value),
      undefined,
    );
  }
}

/** The answers of one reply to a request for `n`; each is counted alone where the server gives only their sum. */
export function readChoices(
  reply: unknown,
  n: number,
  where: string,
  maxTokens: number | undefined,
): GenerationResult[] {
  const { choices, usage } = (reply ?? {}) as Chunk;
  if (!Array.isArray(choices) || choices.length !== n)
    throw protocolFailure(where, `${n} choices`, JSON.stringify(reply) ?? "nothing");
  return choices.map((choice) => {
    const reader = new AnswerReader(where, maxTokens);
    const own = usage && { ...usage, completion_tokens: Math.round((usage.completion_tokens ?? 0) / n) };
    reader.whole(JSON.stringify({ choices: [choice], usage: own }));
    return reader.result();
  });
}
