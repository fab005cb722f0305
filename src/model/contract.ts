/**
 * The model interface, independent of what runs the model: in process (`engine/`), on a server (`remote/`), or scripted for tests (`scripted/`). A `Generator` answers
 * chat messages; an `Embedder` maps images and texts to vectors. Neither knows about medicine, files or views: images are already preprocessed to the model's size.
 *
 * ```ts
 * const model = await loadModel("nano");
 * const answer = model.generate([{ role: "user", content: [{ type: "image", image }, { type: "text", text: "Is there pneumonia?" }] }], { maxTokens: 32 });
 * for await (const delta of answer) process.stdout.write(delta.text);
 * const { text, finishReason, usage } = await answer.result;
 * // text: "Final Answer: yes", finishReason: "stop", usage: { promptTokens: 61, completionTokens: 5, cachedTokens: 0 }
 * ```
 */
import type { PanAndScan } from "../checkpoint/config/preprocessor-config.ts";
import type { Image } from "../imaging/types.ts";
import type { Recognition, Scope } from "./scope/scope.ts";
import type { StrategyRecord } from "./strategy-record.ts";

/** One item of a message: text, or an image preprocessed to the model's size. */
export type Content =
  | { readonly type: "text"; readonly text: string }
  | {
      readonly type: "image";
      readonly image: Image;
      /** True if it is a crop of the image before it (pan and scan), of which a model that was trained so is told in the prompt. */
      readonly crop?: boolean;
    };

/** One chat message. The content is in reading order. */
export interface Message {
  readonly role: "system" | "user" | "assistant";
  readonly content: readonly Content[];
}

/** Which model answered; recorded in every result. */
export interface ModelIdentity {
  /** The name the user gave: the embedded model's name, a folder, a hub name, a server's model name. */
  readonly name: string;
  /** SHA-256 of weights, configuration and tokenizer, hex; undefined if a server does not report it. */
  readonly hash: string | undefined;
  /** `f32`, `int8`, `int4`, or what a server reports. */
  readonly precision: string;
  /** The engine that answered: `onnx` (on the processor), `onnx:webgpu`, `onnx:cuda`, `remote:<host>`, `scripted`. */
  readonly engine: string;
}

/** Where a model computes, if a graphics device was asked for. */
export interface DeviceUse {
  readonly requested: "gpu";
  /** `webgpu` or `cuda`; `cpu` where none was found, or none that gives the processor's numbers. */
  readonly used: "webgpu" | "cuda" | "cpu";
  /** Why the processor computes. */
  readonly reason?: string;
}

/** A server of a pool, as last seen. */
export interface EngineHealth {
  /** URL without user name, password and model. */
  readonly address: string;
  /** `rejected`: it answers, but serves another model or does not see images as the others do. */
  readonly state: "ready" | "unreachable" | "rejected";
  /** Calls running on it now. */
  readonly running: number;
  /** Calls it has answered, and calls that failed on it. */
  readonly answered: number;
  readonly failed: number;
  /** What it made of the test images; absent for a text-only model, and before it was reached. */
  readonly canary?: "sees" | "doubtful" | "blind" | "withheld";
  /** Why it is not ready. */
  readonly problem?: string;
}

/** The image size and token limits of a model; views are laid out to fit them. */
export interface ModelLimits {
  /** Side of the square image the model was trained on; undefined for text-only models. */
  readonly imageSize: number | undefined;
  /** Prompt tokens per image, markers included. */
  readonly tokensPerImage: number;
  /** Maximum length of prompt and answer together. */
  readonly contextTokens: number;
  /** Present if an elongated image is to be given whole and as crops. */
  readonly panAndScan?: PanAndScan;
}

/** Options of one generated answer. */
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
   * A draft of the beginning of the answer. It affects only speed: an engine may compute it together with the prompt, and keeps only the part
   * that the model would have generated itself.
   */
  draft?: string;
  /** Start after this prefilled beginning; it must be a prefix of `messages`. */
  prefix?: Prefix;
  /**
   * Return the log-likelihood of each answer token and of this many most likely tokens at its position (0 to 20). Not
   * supported by strategies.
   */
  logprobs?: number;
  /** Extracts the answer of a text in comparable form, which strategies use to count votes. Engines ignore it. */
  read?: (text: string) => string | undefined;
  /**
   * The caller for whom the model answers. Drafts come only from recent answers to the same caller, because the time an
   * answer takes would otherwise reveal what others were told. Calls without a caller share their drafts, as in a
   * program with a single user.
   */
  caller?: string;
  signal?: AbortSignal;
}

/** A JSON Schema as plain data. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/**
 * `stop`: an end token or stop string; `length`: maxTokens or the context limit was reached; `repetition`: the model kept repeating a phrase and
 * was stopped; `abort`: the signal fired.
 */
export type FinishReason = "stop" | "length" | "repetition" | "abort";

/** Token counts of a call. */
export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Prompt tokens taken from a prefix instead of being computed again. */
  readonly cachedTokens: number;
}

/** A finished answer. */
export interface GenerationResult {
  /** The answer without any thought. Empty when a thought was never closed. */
  readonly text: string;
  /** The content of the thinking span, if there was one. */
  readonly thought?: string;
  /** True if the model began a thought and did not finish it: there is no answer; retry with more tokens. */
  readonly unclosedThought: boolean;
  readonly tokenIds?: readonly number[];
  /**
   * For the answer's tokens, without thoughts and end marks; present if `logprobs` was requested and the engine
   * supports it.
   */
  readonly logprobs?: readonly TokenLikelihood[];
  readonly finishReason: FinishReason;
  readonly usage: Usage;
  /** How the answer was reached, if several calls were made. */
  readonly strategy?: StrategyRecord;
}

/** A piece of the answer as it arrives; thoughts never appear here. */
export interface TextDelta {
  readonly text: string;
  /** For the tokens since the last piece, if requested. */
  readonly logprobs?: readonly TokenLikelihood[];
}

/** A token and its likelihood. */
export interface LikelyToken {
  /** The token's text; incomplete characters appear in `bytes` only. */
  readonly token: string;
  /** UTF-8. */
  readonly bytes: readonly number[];
  /** Natural logarithm, under the model's own distribution: before temperature, penalties and grammars. */
  readonly logprob: number;
}

/** A token of the answer with its likelihood and the alternatives. */
export interface TokenLikelihood extends LikelyToken {
  /** The most likely tokens at this position, most likely first. */
  readonly top: readonly LikelyToken[];
}

/** Iterate it to stream, or just await `result`; either drives it. */
export interface Generation extends AsyncIterable<TextDelta> {
  readonly result: Promise<GenerationResult>;
}

/** The likelihood of one continuation. */
export interface ScoreResult {
  /** Natural-log likelihood of each continuation given the prompt, summed over its tokens. */
  readonly logLikelihood: number;
  readonly tokenLogLikelihoods: readonly number[];
  readonly tokenIds: readonly number[];
}

/** A prompt's beginning, computed once: a study's images, encoded and prefilled. Close it to free its memory. */
export interface Prefix extends AsyncDisposable {
  readonly tokens: number;
  /** An independent copy: generating from one never affects the other. */
  fork(): Promise<Prefix>;
  close(): Promise<void>;
}

/** Answers chat messages. Close it when done: it holds files, threads and memory. */
export interface Generator extends AsyncDisposable {
  readonly identity: ModelIdentity;
  readonly limits: ModelLimits;
  /** Only if a graphics device was asked for. */
  readonly device?: DeviceUse | undefined;
  /** The state of each server, if the model is on several. */
  readonly engines?: (() => readonly EngineHealth[]) | undefined;
  /** What it was trained to answer, on whom and on what images; absent if unknown. */
  readonly scope?: Scope | undefined;
  /** Which of the scope's kinds an image is, or none; the image is preprocessed as for `generate`. Absent if the model has no detector. */
  readonly recognise?: ((image: Image, options?: { signal?: AbortSignal }) => Promise<Recognition>) | undefined;
  generate(messages: readonly Message[], options?: GenerateOptions): Generation;
  /**
   * `n` answers to one prompt, which is computed once. Answer i equals that of `generate` with the seed `options.seed + i` (default 0); at
   * temperature 0 all are equal. Servers may sample differently.
   */
  sample(messages: readonly Message[], n: number, options?: GenerateOptions): Promise<GenerationResult[]>;
  /** Log-likelihoods of continuations of a prompt (after its generation prompt); absent if the engine cannot compute them. */
  readonly score?:
    | ((
        messages: readonly Message[],
        continuations: readonly string[],
        options?: { prefix?: Prefix; signal?: AbortSignal },
      ) => Promise<ScoreResult[]>)
    | undefined;
  /** Number of prompt tokens of these messages. */
  countTokens(messages: readonly Message[]): Promise<number>;
  /**
   * Encodes and prefills the beginning of a conversation; `messages` may end in an incomplete user turn. Absent if the engine caches prefixes
   * automatically.
   */
  readonly prefill?:
    | ((messages: readonly Message[], options?: { signal?: AbortSignal }) => Promise<Prefix>)
    | undefined;
  /**
   * Clears what is cached in memory of earlier prompts and answers: drafts, encoded images, schemas. Running calls
   * continue. Absent if nothing is cached here, or a server caches it.
   */
  readonly forget?: (() => void) | undefined;
  close(): Promise<void>;
}

/** Input limits of an embedder. */
export interface EmbedderLimits {
  /** Side of the square image it was trained on, pixels. */
  readonly imageSize: number;
  /** Longer texts are truncated to this many tokens; 0 without a text tower. */
  readonly textTokens: number;
}

/** Maps images and texts into one vector space in which matching pairs are close together. */
export interface Embedder extends AsyncDisposable {
  readonly identity: ModelIdentity;
  readonly limits: EmbedderLimits;
  /** P(match) of an image and a text = 1 / (1 + exp(-(scale * cosine + bias))); absent if the model was not trained with a sigmoid loss. */
  readonly sigmoid?: { readonly scale: number; readonly bias: number } | undefined;
  /** One row per input, normalised to unit length. */
  embed(inputs: readonly Content[], options?: { signal?: AbortSignal }): Promise<Float32Array[]>;
  close(): Promise<void>;
}
