/**
 * Identifies the server software and the parameters it supports. Every server speaks OpenAI's chat completions; they differ in the parameters they
 * accept, in what they report about the model, and in what they silently ignore. Documented as of: vLLM 0.15, llama.cpp b8681, Ollama 0.13,
 * LM Studio 0.3; the streams in `fixtures/` show each.
 */
export type Dialect = "vllm" | "llama.cpp" | "ollama" | "lmstudio" | "openai";

/** Request field for each option beyond OpenAI's own; an option without a field is rejected, never dropped. */
export interface DialectTraits {
  readonly name: Dialect;
  readonly topK?: string;
  readonly minP?: string;
  readonly repetitionPenalty?: string;
  readonly logitBias: boolean;
  readonly seed: boolean;
  /** Can return special tokens in the text, so that thoughts are recognised by their markers. */
  readonly keepsSpecialTokens: boolean;
  /** Can return several answers to one request (`n`). */
  readonly samples: boolean;
  /** Can return the log-likelihood of prompt tokens. */
  readonly promptLogprobs: boolean;
}

export const traits: Readonly<Record<Dialect, DialectTraits>> = {
  vllm: {
    name: "vllm",
    topK: "top_k",
    minP: "min_p",
    repetitionPenalty: "repetition_penalty",
    logitBias: true,
    seed: true,
    keepsSpecialTokens: true,
    samples: true,
    promptLogprobs: true,
  },
  "llama.cpp": {
    name: "llama.cpp",
    topK: "top_k",
    minP: "min_p",
    repetitionPenalty: "repeat_penalty",
    logitBias: true,
    seed: true,
    keepsSpecialTokens: false,
    samples: false,
    promptLogprobs: false,
  },
  ollama: {
    name: "ollama",
    logitBias: false,
    seed: true,
    keepsSpecialTokens: false,
    samples: false,
    promptLogprobs: false,
  },
  lmstudio: {
    name: "lmstudio",
    topK: "top_k",
    repetitionPenalty: "repeat_penalty",
    logitBias: true,
    seed: true,
    keepsSpecialTokens: false,
    samples: false,
    promptLogprobs: false,
  },
  openai: {
    name: "openai",
    logitBias: true,
    seed: true,
    keepsSpecialTokens: false,
    samples: true,
    promptLogprobs: false,
  },
};

/** What a server reports about itself and the model it serves. */
export interface ServedModel {
  readonly dialect: Dialect;
  readonly id: string;
  readonly contextTokens?: number;
  readonly hash?: string;
  readonly precision?: string;
  /** Undefined if the server does not report it. */
  readonly vision?: boolean;
  /** Every model on offer. */
  readonly ids: readonly string[];
}

/** GET or POST of an endpoint: the JSON, or undefined if it does not exist. */
export type Ask = (path: string, body?: unknown) => Promise<Record<string, unknown> | undefined>;

type Entry = Record<string, unknown> & { id: string };

/**
 * Identifies the server from `GET models` (required) and from endpoints that only one kind of server has.
 *
 * @param page reads below the server's root; `models` is the parsed `GET {base}/models`.
 * @param requestedModel the model's name; default the first one that is loaded.
 */
export async function identify(
  models: unknown,
  page: Ask,
  requestedModel: string | undefined,
): Promise<ServedModel | undefined> {
  const entries = ((models as { data?: unknown[] } | undefined)?.data ?? []).filter(
    (entry): entry is Entry => typeof (entry as Entry | undefined)?.id === "string",
  );
  const ids = entries.map(({ id }) => id);
  const entry =
    requestedModel === undefined
      ? entries[0]
      : entries.find(({ id }) => id === requestedModel || id === `${requestedModel}:latest`);
  if (entry === undefined) return undefined;
  const owner = String(entry.owned_by ?? "");
  if (owner === "vllm") return { dialect: "vllm", id: entry.id, ids, contextTokens: number(entry.max_model_len) };
  if (owner === "llamacpp") return { ...(await identifyLlamaCpp(page)), id: entry.id, ids };
  const version = await page("/api/version");
  if (typeof version?.version === "string") return { ...(await identifyOllama(page, entry.id)), id: entry.id, ids };
  const rest = await page("/api/v0/models");
  const own = (rest?.data as Entry[] | undefined)?.find(({ id }) => id === entry.id);
  if (own !== undefined) {
    return {
      dialect: "lmstudio",
      id: entry.id,
      ids,
      contextTokens: number(own.loaded_context_length) ?? number(own.max_context_length),
      precision: text(own.quantization),
      vision: own.type === "vlm",
    };
  }
  return { dialect: "openai", id: entry.id, ids, contextTokens: number(entry.max_model_len) };
}

async function identifyLlamaCpp(page: Ask) {
  const props = await page("/props");
  const settings = props?.default_generation_settings as { n_ctx?: unknown } | undefined;
  const modalities = props?.modalities as { vision?: unknown } | undefined;
  const quantisation = /\b(I?Q\d\w*|BF16|F16|F32)\b(?=\.gguf$)/i.exec(String(props?.model_path ?? ""));
  return {
    dialect: "llama.cpp" as const,
    contextTokens: number(settings?.n_ctx),
    precision: quantisation?.[1],
    vision: typeof modalities?.vision === "boolean" ? modalities.vision : undefined,
  };
}

/**
 * Ollama truncates longer prompts silently: without `num_ctx` its context has this length, whatever the model supports.
 */
const ollamaContext = 4096;

async function identifyOllama(page: Ask, id: string) {
  const shown = await page("/api/show", { model: id });
  const listed = ((await page("/api/tags"))?.models as Record<string, unknown>[] | undefined)?.find(
    ({ name }) => name === id,
  );
  const contextParameter = /^num_ctx\s+(\d+)/m.exec(String(shown?.parameters ?? ""));
  const capabilities = shown?.capabilities as string[] | undefined;
  return {
    dialect: "ollama" as const,
    contextTokens: contextParameter === null ? ollamaContext : Number(contextParameter[1]),
    hash: text(listed?.digest),
    precision: text((shown?.details as Record<string, unknown> | undefined)?.quantization_level),
    vision: capabilities?.includes("vision"),
  };
}

function number(value: unknown): number | undefined {
  return typeof value === "number" && value > 0 ? value : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
