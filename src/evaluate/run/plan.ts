/** Plans a run before any model is opened, so that all errors in its data are found first. */
import { cpus } from "node:os";
import { join } from "node:path";
import { version } from "../../base/version.ts";
import type { ModelIdentity } from "../../model/contract.ts";
import { type CallOptions, fewShot, type Strategy } from "../../strategy/index.ts";
import { sha256 } from "../../strategy/key.ts";
import { type LoadedBenchmark, loadBenchmark } from "../benchmark/load.ts";
import { promptNamed } from "../prompt/catalogue.ts";
import { type EvaluationPrompt, versionOf } from "../prompt/prompt.ts";
import { commitOf } from "./commit.ts";
import { type ExemplarRequest, exemplarsFor } from "./exemplars.ts";
import { recordOf } from "./input.ts";
import { type ItemRecord, type RunRecord, runSchema } from "./records.ts";

/** What to run: the benchmark, its prompt and the sampling. */
export interface RunRequest {
  /** A benchmark of the package, or the path of a definition or table. */
  readonly benchmark: string;
  readonly data?: string;
  readonly split?: string;
  readonly limit?: number;
  /** Default: the benchmark's. */
  readonly prompt?: string;
  readonly strategy: Strategy;
  readonly sampling?: Pick<CallOptions, "temperature" | "topK" | "topP">;
  readonly maxTokens?: number;
  /** Few-shot examples before each question. */
  readonly exemplars?: ExemplarRequest;
  /** Default 0. */
  readonly seed?: number;
}

/** A validated run: items, prompt and limits, with nothing asked yet. */
export interface RunPlan {
  readonly request: RunRequest;
  readonly loaded: LoadedBenchmark;
  readonly prompt: EvaluationPrompt;
  readonly records: readonly ItemRecord[];
  readonly maxTokens: number;
  readonly seed: number;
  /** Length of the few-shot examples, characters. */
  readonly shownBefore: number;
}

/**
 * Loads the benchmark, renders its prompts and checks the exemplars, before a model is opened.
 *
 * @throws PolyclinicError the errors of loading a benchmark; `evaluate/prompt`, `evaluate/exemplars`, `evaluate/leak`.
 */
export async function planRun(request: RunRequest): Promise<RunPlan> {
  const { benchmark, data, split, limit, seed = 0 } = request;
  const loaded = await loadBenchmark(benchmark, {
    ...(data !== undefined && { data }),
    ...(split !== undefined && { split }),
    ...(limit !== undefined && { limit }),
  });
  const prompt = promptNamed(request.prompt ?? loaded.definition.prompt);
  const records: ItemRecord[] = [];
  for (const item of loaded.items) records.push(await recordOf(item, prompt));
  const plan = {
    request,
    loaded,
    prompt,
    records,
    maxTokens: request.maxTokens ?? prompt.maxTokens,
    seed,
    shownBefore: 0,
  };
  if (request.exemplars === undefined) return plan;
  const { shown, options } = await exemplarsFor(request.exemplars, prompt, loaded.all);
  const inner = fewShot(request.strategy, shown);
  const strategy = { ...inner, options: { ...inner.options, ...options } };
  const shownBefore = shown.reduce((sum, { question, answer }) => sum + question.length + answer.length, 0);
  return { ...plan, request: { ...request, strategy }, shownBefore };
}

/** Tokens per image of MedGemma, including the markers; text is estimated at four characters per token. */
const tokensPerImage = 260;

export interface Estimate {
  readonly items: number;
  /** Maximum. */
  readonly calls: number;
  /** Estimate over all prompts; several samples of one prompt count once each. */
  readonly promptTokens: number;
  /** Maximum. */
  readonly completionTokens: number;
}

/** Upper bounds of the cost of a run; calls no model. */
export function estimate({ request, records, maxTokens, shownBefore }: RunPlan): Estimate {
  const { callsAtMost } = request.strategy;
  const once = records.reduce(
    (sum, { input, images = [] }) => sum + Math.ceil((input.length + shownBefore) / 4) + images.length * tokensPerImage,
    0,
  );
  const calls = records.length * callsAtMost;
  return { items: records.length, calls, promptTokens: once * callsAtMost, completionTokens: calls * maxTokens };
}

/** The record that identifies the run. */
export async function runRecordOf(plan: RunPlan, model: ModelIdentity): Promise<RunRecord> {
  const { request, loaded, prompt, maxTokens, seed } = plan;
  const { definition, split, total, dataHash, warnings } = loaded;
  const { strategy, sampling = {} } = request;
  const commit = await commitOf();
  return {
    schema: runSchema,
    id: sha256(
      JSON.stringify([definition.name, split, versionOf(prompt), strategy.name, model, seed, Date.now()]),
    ).slice(0, 16),
    created: new Date().toISOString(),
    benchmark: {
      name: definition.name,
      title: definition.title,
      version: definition.version,
      split,
      total,
      dataHash,
      licence: definition.licence,
      ...(definition.source !== undefined && { source: definition.source }),
      metrics: definition.metrics,
      references: definition.references,
      notes: definition.notes,
      warnings,
    },
    claim: definition.claim,
    prompt: {
      version: versionOf(prompt),
      source: prompt.source,
      answer: prompt.answer,
      hash: promptHash(prompt),
      words: promptWords(prompt),
      maxTokens,
    },
    strategy: { name: strategy.name, version: strategy.version, options: strategy.options },
    model,
    sampling,
    seed,
    software: {
      version,
      ...(commit !== undefined && { commit }),
      node: process.version,
      processor: cpus()[0]?.model ?? "unknown",
    },
  };
}

/** The prompt rendered with placeholder content: equal wording gives equal hashes, whatever its version number. */
function renderedProbe(prompt: EvaluationPrompt) {
  return prompt.render({
    id: "probe",
    question: "{question}",
    context: "{context}",
    options: [
      { key: "A", text: "{first}" },
      { key: "B", text: "{second}" },
    ],
    gold: { kind: "judged" as const },
  });
}

/** SHA-256 (hex). */
const promptHash = (prompt: EvaluationPrompt): string => sha256(JSON.stringify(renderedProbe(prompt)));

/** The prompt's wording for the record; contains none of the benchmark's data, which may not be redistributable. */
function promptWords(prompt: EvaluationPrompt): string {
  const { system, before, after } = renderedProbe(prompt);
  return [system, before, after].filter((text) => text !== undefined && text !== "").join("\n");
}

/** `runs/medqa-test-medgemma-1.5-4b-it-direct`. */
export function defaultFolder({ loaded, prompt, request, seed }: RunPlan, model: string): string {
  const { definition, split } = loaded;
  const name = model.split(/[#/]/).filter(Boolean).at(-1) ?? "model";
  const parts = [
    definition.name,
    split,
    name,
    request.strategy.name,
    ...(prompt.name === definition.prompt ? [] : [prompt.name]),
    ...(seed === 0 ? [] : [`seed-${seed}`]),
  ];
  return join("runs", parts.map((part) => part.replace(/[^\w.-]+/g, "-")).join("-"));
}
