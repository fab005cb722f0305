/** Reads a chat completion: streamed, or complete from a server that cannot stream. */
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

/** End-of-turn tokens that a server leaves in the text when it is asked to keep special tokens. */
const endMarks = /(?:<end_of_turn>|<eos>)\s*$/;
/** Maximum number of pieces of an answer that has no token limit. */
const maxPieces = 1_000_000;
const endMarkLength = "<end_of_turn>".length;

/** Collects one answer; `push` and `whole` return the text that may be shown. */
export class AnswerReader {
  private readonly filter = new ThoughtFilter();
  private finish: string | undefined;
  private usage: Chunk["usage"];
  private pieces = 0;
  private thoughts = 0;
  private events = 0;
  /** The part of the answer that has not been shown yet. */
  private waiting = "";
  private done = false;

  constructor(
    private readonly where: string,
    private readonly maxTokens: number | undefined,
  ) {}

  /** @param begun called when the first text or thought has arrived. */
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
    // Without an end mark and a finish reason, the answer is incomplete.
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

  /** The text received when the caller aborted. */
  aborted(): GenerationResult {
    this.filter.end();
    const text = this.filter.unclosed ? "" : this.filter.text.trimEnd();
    return { text, unclosedThought: this.filter.unclosed, finishReason: "abort", usage: this.counted() };
  }

  /** A stream that continues far beyond its token limit may never end. Each piece holds at least one token. */
  private requireLimit(): void {
    const allowed = this.maxTokens === undefined ? maxPieces : 4 * this.maxTokens + 256;
    const found = this.pieces + this.thoughts;
    // Empty pieces keep a connection alive, for example during prefill; their number is limited too.
    this.events++;
    if (found <= allowed && this.events <= allowed + 100_000) return;
    throw tooLongFailure(
      "the answer continues beyond its token limit",
      `at most ${this.maxTokens ?? maxPieces} tokens`,
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

  /** New text, held back while it could be the start of an end mark. Only new text is examined, so the total time is linear in the length of the answer. */
  private showable(): string {
    const open = this.waiting.indexOf("<", Math.max(0, this.waiting.length - endMarkLength));
    const until = open >= 0 ? open : this.waiting.length;
    const fresh = this.waiting.slice(0, until);
    this.waiting = this.waiting.slice(until);
    return fresh;
  }

  /** Google's own server never sets `finish_reason`; a truncated answer can then only be detected by its token count. */
  private reason(): FinishReason {
    switch (this.finish) {
      case "stop":
        return "stop";
      case "length":
        return "length";
      case undefined:
        return this.maxTokens !== undefined && this.counted().completionTokens >= this.maxTokens ? "length" : "stop";
      default:
        throw new PolyclinicError("remote/finish", "the server ended the answer with an unsupported finish reason", {
          where: this.where,
          expected: "stop or length",
          found: this.finish,
          hint: this.finish === "content_filter" ? "The server's content filter withheld the answer." : undefined,
        });
    }
  }

  /** If a server does not report usage, each piece counts as one token, which is how servers send them. */
  private counted(): Usage {
    return {
      promptTokens: this.usage?.prompt_tokens ?? 0,
      completionTokens: this.usage?.completion_tokens ?? this.pieces,
      cachedTokens: this.usage?.prompt_tokens_details?.cached_tokens ?? 0,
    };
  }

  private failed(value: string): PolyclinicError {
    const { code, type } = (JSON.parse(value) as { error?: { code?: unknown; type?: unknown } }).error ?? {};
    // A request that no repetition makes right: the status of an event is its type.
    const otherwise = type === "invalid_request_error" ? 400 : 500;
    return new HttpFailure(
      typeof code === "number" && code >= 400 ? code : otherwise,
      this.where,
      messageOf(value),
      undefined,
    );
  }
}

/** The answers in the reply to a request with `n`; tokens are counted per answer if the server reports only their sum. */
export function readChoices(
  reply: unknown,
  n: number,
  where: string,
  maxTokens: number | undefined,
): GenerationResult[] {
  const { choices, usage } = (reply ?? {}) as Chunk;
  // A server that refuses writes one choice, however many were asked for.
  const refused = Array.isArray(choices) && choices.length === 1 && choices[0]?.finish_reason === "content_filter";
  if (!Array.isArray(choices) || (choices.length !== n && !refused))
    throw protocolFailure(where, `${n} choices`, JSON.stringify(reply) ?? "nothing");
  return choices.map((choice) => {
    const reader = new AnswerReader(where, maxTokens);
    const own = usage && { ...usage, completion_tokens: Math.round((usage.completion_tokens ?? 0) / n) };
    reader.whole(JSON.stringify({ choices: [choice], usage: own }));
    return reader.result();
  });
}
