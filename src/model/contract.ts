/**
 * What a model is, whoever runs it: in process (`onnx/`), a server (`remote/`), or a script for tests (`scripted/`).
 * A model knows nothing of medicine, files or views: it takes chat messages whose images are already laid out.
 *
 * ```ts
 * const model = await loadModel("nano");
 * const answer = model.generate([{ role: "user", content: [{ type: "image", image }, { type: "text", text: "Is there pneumonia?" }] }], { maxTokens: 32 });
 * for await (const delta of answer) process.stdout.write(delta.text);
 * const { text, finishReason, usage } = await answer.result;
 * // text: "Final Answer: yes", finishReason: "stop", usage: { promptTokens: 61, completionTokens: 5, cachedTokens: 0 }
 * ```
 */
import type { Image } from "../imaging/types.ts";

export type Content =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "image"; readonly image: Image };

export interface Message {
  readonly role: "system" | "user" | "assistant";
  readonly content: readonly Content[];
}

export interface ModelIdentity {
  /** As the user named it: `nano`, a folder, a hub name, a server's model name. */
  readonly name: string;
  /** SHA-256 of weights, configuration and tokenizer, hex; undefined where a server does not tell. */
  readonly hash: string | undefined;
  /** `f32`, `int8`, `int4`, or what a server says. */
  readonly precision: string;
  /** The engine that answered: `onnx`, `remote:<host>`, `scripted`. */
  readonly engine: string;
}

/** Which images a model takes and how many tokens they cost; what a view needs to know about a model. */
export interface ModelLimits {
  /** Side of the square image the model was trained on; undefined for text-only models. */
  readonly imageSize: number | undefined;
  /** Prompt tokens one image costs, markers included. */
  readonly tokensPerImage: number;
  /** Prompt and answer together. */
  readonly contextTokens: number;
}

export interface GenerateOptions {
  /** Upper bound of answer tokens. */
  maxTokens?: number;
  /** 0 is greedy. Default: the checkpoint's generation_config. */
  temperature?: number;
  topK?: number;
  topP?: number;
  minP?: number;
  repetitionPenalty?: number;
  seed?: number;
  /** Strings at which the answer ends; they are not part of it. */
  stop?: readonly string[];
  /** Token ids never generated. The image markers always are. */
  forbiddenTokenIds?: readonly number[];
  /** A JSON Schema (documented subset) the answer must satisfy. */
  schema?: JsonSchema;
  /**
   * How the answer probably begins. It changes nothing but the time: an engine may compute it along with the prompt, and keeps of it what
   * the model would have written itself.
   */
  likely?: string;
  /** Start after this prefix instead of from nothing; it must be a prefix of `messages`. */
  prefix?: Prefix;
  signal?: AbortSignal;
}

export type JsonSchema = { readonly [keyword: string]: unknown };

/** `stop`: an end token or stop string; `length`: maxTokens or the context was reached; `abort`: the signal fired. */
export type FinishReason = "stop" | "length" | "abort";

export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Prompt tokens not computed again because a kept prefix had them. */
  readonly cachedTokens: number;
}

export interface GenerationResult {
  /** The answer without any thought. Empty when a thought was never closed. */
  readonly text: string;
  /** What stood in the thinking span, if there was one. */
  readonly thought?: string;
  /** True when the model began to think and never stopped: there is no answer, retry with more tokens. */
  readonly unclosedThought: boolean;
  readonly tokenIds?: readonly number[];
  readonly finishReason: FinishReason;
  readonly usage: Usage;
}

/** A piece of the answer as it arrives; thoughts never appear here. */
export interface TextDelta {
  readonly text: string;
}

/** Iterate it to stream, or just await `result`; either drives it. */
export interface Generation extends AsyncIterable<TextDelta> {
  readonly result: Promise<GenerationResult>;
}

export interface ScoreResult {
  /** Natural-log likelihood of each continuation given the prompt, summed over its tokens. */
  readonly logLikelihood: number;
  readonly tokenLogLikelihoods: readonly number[];
  readonly tokenIds: readonly number[];
}

/** A prompt's beginning, computed once and kept: a study's images, encoded and prefilled. */
export interface Prefix {
  readonly tokens: number;
  /** An independent copy: what is generated after one never shows in the other. */
  fork(): Promise<Prefix>;
  release(): void;
}

export interface Model {
  readonly identity: ModelIdentity;
  readonly limits: ModelLimits;
  /** The recipe of this package that its weights are from, unchanged, so that what they were trained on is known; absent for all others. */
  readonly recipe?: "nano";
  generate(messages: readonly Message[], options?: GenerateOptions): Generation;
  /** Log-likelihoods of continuations of one prompt (after its generation prompt); absent where an engine cannot. */
  score?(
    messages: readonly Message[],
    continuations: readonly string[],
    options?: { prefix?: Prefix; signal?: AbortSignal },
  ): Promise<ScoreResult[]>;
  /** Image or text embeddings of a dual-encoder model, L2-normalised, one row an input. */
  embed?(inputs: readonly Content[], options?: { signal?: AbortSignal }): Promise<Float32Array[]>;
  /** How many prompt tokens these messages cost. */
  countTokens(messages: readonly Message[]): Promise<number>;
  /** Encodes and prefills the beginning of a conversation; `messages` may end in a user turn that is still open. */
  keep?(messages: readonly Message[], options?: { signal?: AbortSignal }): Promise<Prefix>;
  close(): Promise<void>;
}
