/**
 * A model on a server that speaks OpenAI's chat completions: vLLM, llama.cpp, Ollama, LM Studio, or a hosted one.
 *
 * Over 300 lines because one class holds connection, generation and scoring, which share its HTTP client, limiter and retry state.
 */
import { clinicFolder, clinicName } from "../../base/embedded-model.ts";
import { PolyclinicError } from "../../base/errors.ts";
import { readFile } from "../../base/host/files.ts";
import { join } from "../../base/host/path.ts";
import { textOf } from "../../base/response-body.ts";
import type {
  GenerateOptions,
  Generation,
  GenerationResult,
  Generator,
  Message,
  ModelIdentity,
  ModelLimits,
  TextDelta,
} from "../contract.ts";
import { readScope } from "../scope/read-scope.ts";
import type { Scope } from "../scope/scope.ts";
import { sharedGeneration } from "../shared-generation.ts";
import { AnswerReader, readChoices } from "./answer.ts";
import { type DialectTraits, identify, type ServedModel, traits } from "./dialect.ts";
import { HttpFailure } from "./failure.ts";
import { defaultTimeouts, Http, type Timeouts } from "./http.ts";
import { Limiter } from "./limiter.ts";
import { chatMessages, generationFields } from "./request.ts";
import { defaultRetry, type RetryPolicy, withRetry } from "./retry.ts";
import { schemaViolation } from "./schema-check.ts";
import { scoreByPrompt } from "./score.ts";

/** Connection to an OpenAI-compatible server: model name, credentials, time limits and retries. */
export interface ConnectOptions {
  /** The model's name on the server. Default: the part after `#` in the address, or the first one the server lists. */
  model?: string;
  /** Sent as a bearer token. Default: the environment's POLYCLINIC_API_KEY. */
  apiKey?: string;
  timeouts?: Partial<Timeouts>;
  retry?: Partial<RetryPolicy>;
  /** Maximum number of concurrent requests. Default 4. */
  concurrency?: number;
  /** Context length (prompt and answer together), if the server does not report it or reports too much. */
  contextTokens?: number;
  /** Side of the images to send. Default 896, MedGemma's. */
  imageSize?: number;
  signal?: AbortSignal;
}

/** Tokens per image of MedGemma, markers included. */
const tokensPerImage = 260;
/** Assumed context length if the server does not report it: enough for one CT volume. */
const assumedContext = 32_768;
/** Vision models normally use more tokens per image; if a server counts fewer, the text is counted again without images. */
const minTokensPerImage = 32;
const maxAnswerBytes = 1 << 26;

/**
 * ```ts
 * const model = await connect("http://localhost:8000/v1#google/medgemma-1.5-4b-it");
 * ```
 * @throws PolyclinicError `remote/...` when no server responds, or it has no such model.
 */
export async function connect(address: string, options: ConnectOptions = {}): Promise<RemoteModel> {
  const [base, fragment] = address.split("#", 2);
  const http = new Http(base, options.apiKey ?? process.env.POLYCLINIC_API_KEY, {
    ...defaultTimeouts,
    ...options.timeouts,
  });
  const retry = { ...defaultRetry, ...options.retry };
  const requestedModel = options.model ?? (fragment || undefined);
  const models = await listModels(http, requestedModel, retry, options.signal);
  const page = async (path: string, body?: unknown) => {
    const value = await http.json(http.root + path, body, options.signal).catch((error: unknown) => {
      if (PolyclinicError.is(error) && error.code === "abort/aborted") throw error;
      return undefined;
    });
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  };
  const served =
    (await identify(models, page, requestedModel)) ??
    (requestedModel === undefined ? undefined : await unlisted(models, page, requestedModel));
  if (served === undefined) {
    const ids = ((models as { data?: { id?: unknown }[] } | undefined)?.data ?? []).map(({ id }) => String(id));
    throw new PolyclinicError("remote/no-model", "the server does not offer this model", {
      where: http.base,
      expected: requestedModel ?? "at least one model",
      found: ids.length === 0 ? "none" : ids.slice(0, 10).join(", "),
      hint: "Append one of these names to the address: URL#model.",
    });
  }
  if (isPackagedText(models, served.id)) {
    const known = await readScope(clinicFolder, served.id);
    const config: unknown = JSON.parse(await readFile(join(clinicFolder, "config.json"), "utf8"));
    const { max_position_embeddings: contextTokens } = config as { max_position_embeddings: number };
    const stated = { ...served, contextTokens: served.contextTokens ?? contextTokens };
    return new RemoteModel(http, stated, retry, options, known?.scope);
  }
  const known = await readScope(undefined, served.id);
  return new RemoteModel(http, served, retry, options, known?.scope);
}

/** Whether this is the text model of this package, served by Polyclinic: a model of a closed world needs its own wording and short prompts by address as by name. */
function isPackagedText(models: unknown, id: string): boolean {
  const { data = [] } = (models ?? {}) as { data?: readonly { id?: unknown; owned_by?: unknown }[] };
  return id === clinicName && data.some((entry) => entry?.id === id && entry.owned_by === "polyclinic");
}

/**
 * A server of unknown kind may not list every model it serves (`transformers serve` lists only the hub cache), so a named model is requested to see
 * whether it exists. The lists of the known kinds are complete.
 */
async function unlisted(
  models: unknown,
  page: Parameters<typeof identify>[1],
  requestedModel: string,
): Promise<ServedModel | undefined> {
  const other = await identify(models, page, undefined);
  return other === undefined || other.dialect === "openai"
    ? { dialect: "openai", id: requestedModel, ids: [] }
    : undefined;
}

/** The server's model list; empty if the server has no list and a model is named. */
async function listModels(
  http: Http,
  requestedModel: string | undefined,
  retry: RetryPolicy,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const list = () => http.json(`${http.base}/models`, undefined, signal);
  try {
    return await withRetry(
      list,
      requestedModel === undefined ? retry : { ...retry, attempts: Math.min(2, retry.attempts) },
      signal,
    );
  } catch (error) {
    const noList = error instanceof HttpFailure && (error.status === 404 || error.status >= 500);
    if (requestedModel === undefined || !noList) throw error;
    return undefined;
  }
}

/** A `Generator` on a server; opened by `connect`. */
export class RemoteModel implements Generator {
  readonly identity: ModelIdentity;
  readonly limits: ModelLimits;
  readonly served: ServedModel;
  /** Present if the server returns the likelihood of prompt tokens (vLLM). */
  readonly score?: Generator["score"];
  private readonly traits: DialectTraits;
  /** OpenAI's newer models reject `max_tokens` and require `max_completion_tokens`. */
  private limitField: "max_tokens" | "max_completion_tokens" = "max_tokens";
  private readonly limiter: Limiter;
  /** Set once the server is known to count image tokens. */
  private seesImages = false;

  constructor(
    private readonly http: Http,
    served: ServedModel,
    private readonly retry: RetryPolicy,
    options: ConnectOptions,
    /** Scope of the model that the server claims to serve; this is not verified. */
    readonly scope?: Scope,
  ) {
    this.served = served;
    this.traits = traits[served.dialect];
    this.limiter = new Limiter(options.concurrency ?? 4);
    this.identity = {
      name: served.id,
      hash: served.hash,
      precision: served.precision ?? "unknown",
      engine: `remote:${http.host}`,
    };
    this.limits = {
      imageSize: served.vision === false ? undefined : (options.imageSize ?? 896),
      tokensPerImage,
      contextTokens: options.contextTokens ?? served.contextTokens ?? assumedContext,
    };
    if (this.traits.promptLogprobs)
      this.score = (messages, continuations, { signal } = {}) =>
        scoreByPrompt({ http, model: served.id, limiter: this.limiter, retry }, messages, continuations, signal);
  }

  generate(messages: readonly Message[], options: GenerateOptions = {}): Generation {
    const fields = generationFields(options, this.traits);
    return sharedGeneration(() => this.run(messages, fields, options));
  }

  async sample(messages: readonly Message[], n: number, options: GenerateOptions = {}): Promise<GenerationResult[]> {
    if (!Number.isInteger(n) || n < 1)
      throw new PolyclinicError("model/option", "is out of range", {
        where: "n",
        expected: "at least 1",
        found: String(n),
      });
    const { seed } = options;
    if (!this.traits.samples || n === 1) {
      const each = (i: number) =>
        this.generate(messages, { ...options, ...(seed !== undefined && { seed: seed + i }) }).result;
      return Promise.all(Array.from({ length: n }, (_, i) => each(i)));
    }
    this.requireRoom(messages);
    const url = `${this.http.base}/chat/completions`;
    const body = {
      model: this.served.id,
      messages: await chatMessages(messages),
      ...generationFields(options, this.traits),
      n,
    };
    const send = (named: unknown) => this.http.json(url, named, options.signal);
    const attempt = () => withRetry(() => this.sendCompletion(body, send), this.retry, options.signal);
    let reply: unknown;
    try {
      reply = await this.limiter.run(attempt, options.signal);
    } catch (error) {
      if (!isAbort(error)) throw error;
      return Array.from({ length: n }, () => new AnswerReader(url, undefined).aborted());
    }
    const results = readChoices(reply, n, url, options.maxTokens);
    for (const result of results) {
      await this.checkImagesWereSeen(messages, result);
      checkSchemaWasKept(options, result, this.http.base);
    }
    return results;
  }

  private async *run(
    messages: readonly Message[],
    fields: Record<string, unknown>,
    options: GenerateOptions,
  ): AsyncGenerator<TextDelta, GenerationResult> {
    this.requireRoom(messages);
    const body = {
      model: this.served.id,
      messages: await chatMessages(messages),
      ...fields,
      stream: true,
      stream_options: { include_usage: true },
    };
    // Pieces are passed from the request's callback to this generator through a queue.
    const queue: string[] = [];
    let wake = () => {};
    let over = false;
    let shown = 0;
    const emit = (text: string) => {
      queue.push(text);
      wake();
    };
    const attempt = () =>
      withRetry(
        () => this.sendCompletion(body, (named) => this.once(named, options, emit)),
        this.retry,
        options.signal,
        () => shown === 0,
      );
    const work = this.limiter
      .run(attempt, options.signal)
      .catch((error: unknown) => {
        // Aborted in the queue or between two attempts: no text has been received.
        if (isAbort(error)) return new AnswerReader(this.http.base, undefined).aborted();
        throw error;
      })
      .finally(() => {
        over = true;
        wake();
      });
    work.catch(() => {});
    while (!over || queue.length > 0) {
      const text = queue.shift();
      if (text === undefined) {
        await new Promise<void>((resume) => {
          wake = resume;
        });
        continue;
      }
      shown++;
      yield { text };
    }
    const result = await work;
    if (result.finishReason === "abort") return result;
    await this.checkImagesWereSeen(messages, result);
    checkSchemaWasKept(options, result, this.http.base);
    return result;
  }

  /** Sends a completion; repeats it with the other name of the token limit if the server requires that. */
  private async sendCompletion<T>(body: Record<string, unknown>, send: (body: unknown) => Promise<T>): Promise<T> {
    const { max_tokens: limit, ...rest } = body;
    const named = () => (limit === undefined ? body : { ...rest, [this.limitField]: limit });
    try {
      return await send(named());
    } catch (error) {
      const other =
        error instanceof HttpFailure && error.status === 400 && /max_completion_tokens/.test(error.found ?? "");
      if (!other || limit === undefined || this.limitField === "max_completion_tokens") throw error;
      this.limitField = "max_completion_tokens";
      return send(named());
    }
  }

  /** One attempt. An abort ends the answer with the text received so far. */
  private async once(body: unknown, options: GenerateOptions, emit: (text: string) => void): Promise<GenerationResult> {
    const url = `${this.http.base}/chat/completions`;
    const reader = new AnswerReader(url, options.maxTokens);
    try {
      return await this.http.send(url, body, options.signal, async (response, chunks, begun) => {
        if (/application\/json/.test(response.headers.get("content-type") ?? "")) {
          const text = reader.whole(await textOf(chunks, { most: maxAnswerBytes }));
          if (text !== "") emit(text);
        } else {
          for await (const text of reader.stream(chunks, begun)) emit(text);
        }
        return reader.result();
      });
    } catch (error) {
      if (isAbort(error)) return reader.aborted();
      throw error;
    }
  }

  /** An estimate: four characters per token, and MedGemma's tokens per image. Servers report token counts only after a request. */
  async countTokens(messages: readonly Message[]): Promise<number> {
    let tokens = 0;
    for (const { content } of messages) {
      tokens += 5;
      for (const item of content) tokens += item.type === "image" ? tokensPerImage : Math.ceil(item.text.length / 4);
    }
    return tokens;
  }

  async close(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {}

  /** Rejects prompts that cannot fit by any estimate, because some servers truncate long prompts silently. No text averages more than eight characters per token. */
  private requireRoom(messages: readonly Message[]): void {
    const { images, characters } = contentOf(messages);
    const least = images * this.limits.tokensPerImage + Math.floor(characters / 8);
    if (least < this.limits.contextTokens) return;
    throw new PolyclinicError("model/context", "the prompt does not fit into the server's context", {
      where: this.http.base,
      expected: `fewer than ${this.limits.contextTokens} tokens`,
      found: `at least ${least}, with ${images} image${images === 1 ? "" : "s"}`,
      hint: "Use fewer images or less text, or serve the model with a longer context and pass its length with --context-tokens.",
    });
  }

  /**
   * A server that drops images still answers fluently, but its prompt token count reveals it. A count that is too small for the images
   * is compared with that of the text alone.
   */
  private async checkImagesWereSeen(messages: readonly Message[], { usage }: GenerationResult): Promise<void> {
    // Ollama does not count cached tokens, so a small count proves nothing there.
    if (this.served.dialect === "ollama" || usage.promptTokens === 0) return;
    const { images, characters } = contentOf(messages);
    const usual = images * minTokensPerImage + Math.floor(characters / 6);
    if (images === 0 || this.seesImages || usage.promptTokens >= usual) return;
    const alone = await this.promptTokensWithoutImages(messages);
    if (alone !== undefined && usage.promptTokens - alone >= images) {
      this.seesImages = true;
      return;
    }
    throw new PolyclinicError("remote/images-ignored", "the server ignored the images", {
      where: this.http.base,
      expected: `more prompt tokens with ${images} image${images === 1 ? "" : "s"} than without`,
      found: `${usage.promptTokens}, and without images ${alone ?? "no count"}`,
      hint: "Serve the model with its vision part. `polyclinic doctor --model URL` shows what the server sees.",
    });
  }

  private async promptTokensWithoutImages(messages: readonly Message[]): Promise<number | undefined> {
    const text = messages.map(({ role, content }) => ({
      role,
      content: content.filter(({ type }) => type === "text"),
    }));
    const body = { model: this.served.id, messages: await chatMessages(text), max_tokens: 1, temperature: 0 };
    const url = `${this.http.base}/chat/completions`;
    const reply = await this.sendCompletion(body, (named) => this.http.json(url, named)).catch(() => undefined);
    const count = (reply as { usage?: { prompt_tokens?: unknown } } | undefined)?.usage?.prompt_tokens;
    return typeof count === "number" ? count : undefined;
  }
}

function contentOf(messages: readonly Message[]): { images: number; characters: number } {
  const items = messages.flatMap(({ content }) => content);
  return {
    images: items.filter(({ type }) => type === "image").length,
    characters: items.reduce((sum, item) => sum + (item.type === "text" ? item.text.length : 0), 0),
  };
}

/** @throws `remote/schema-ignored`, whose cause is the result as it came: an agent answers its text instead of ending. */
function checkSchemaWasKept({ schema }: GenerateOptions, result: GenerationResult, where: string): void {
  const { finishReason, text } = result;
  if (schema === undefined || finishReason !== "stop") return;
  const problem = schemaViolation(text, schema);
  if (problem === undefined) return;
  throw new PolyclinicError("remote/schema-ignored", "the answer does not satisfy the JSON schema", {
    where,
    expected: problem,
    found: text.slice(0, 100),
    hint: "Use a server with structured output (vLLM, llama.cpp, Ollama, LM Studio in a current version), or a schema that it supports.",
    cause: result,
  });
}

function isAbort(error: unknown): boolean {
  return PolyclinicError.is(error) && error.code === "abort/aborted";
}
