/**
 * Self-training with search (Med-Gemini; the loop is STaR's): the model writes rationales for questions whose answer is known, those that reach it are kept,
 * the base is tuned on them, and the tuned model writes the next round's. Every round begins from the base, so that errors of a round are not trained
 * twice.
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { PolyclinicError, throwIfAborted } from "../../base/errors.ts";
import { makeFolder, writeWhole } from "../../base/files.ts";
import { type TuneOptions, tune } from "../../learn/tune/index.ts";
import { mcnemarTest, wilsonInterval } from "../../measure/index.ts";
import type { Generator } from "../../model/contract.ts";
import { loadModel } from "../../model/load-model.ts";
import { queriesFromConflict, searchResults } from "../../prompts/index.ts";
import { findFinalAnswer } from "../../task/parse/final-answer.ts";
import { callsTo } from "../calls.ts";
import { linesOf, userSays, withWords } from "../messages.ts";
import { Corpus, type Passage } from "../retrieval/corpus.ts";
import { falseCitations, isRelevant, questionTermsOf, wordsOf } from "../retrieval/evidence.ts";
import type { SelfTraining, SelfTrainingConfig } from "./config.ts";

export interface KnownQuestion {
  readonly prompt: string;
  /** The right option: its letter or its text. */
  readonly answer: string;
}

export interface RoundResult {
  /** 0 is the base. */
  readonly round: number;
  /** Rationales learned, of how many questions and ways; absent for the base. */
  readonly kept?: { readonly rationales: number; readonly of: number };
  /** Share of held-out questions answered right by the greedy answer, with Wilson's interval. */
  readonly accuracy: number;
  readonly interval: readonly [low: number, high: number];
  readonly questions: number;
  /** Exact McNemar test against the base; absent for the base. */
  readonly p?: number;
}

/** Questions, one JSON object a line. @throws PolyclinicError `learn/questions` naming the line. */
export async function readKnownQuestions(path: string): Promise<KnownQuestion[]> {
  const bad = (where: string, found: string, cause?: unknown) =>
    new PolyclinicError("learn/questions", "is not a valid multiple-choice question with a known answer", {
      where,
      expected: '{"prompt": "...", "answer": "B"}, with the options (A), (B), ... on separate lines of the prompt',
      found,
      cause,
    });
  const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw bad(path, cause.code ?? cause.message, cause);
  });
  const questions = text.split("\n").flatMap((line, i) => {
    if (line.trim() === "") return [];
    const where = `${path}, line ${i + 1}`;
    let value: Partial<KnownQuestion>;
    try {
      value = JSON.parse(line) as Partial<KnownQuestion>;
    } catch (cause) {
      throw bad(where, (cause as Error).message, cause);
    }
    const { prompt, answer } = value;
    if (typeof prompt !== "string" || typeof answer !== "string") throw bad(where, line.slice(0, 80));
    if (optionOf(answer, prompt) === undefined) throw bad(where, `answer ${answer}, which is not one of the options`);
    return [{ prompt, answer }];
  });
  if (questions.length === 0) throw bad(path, "no questions");
  return questions;
}

/** Index of the option that a text names by its letter or its words. */
function optionOf(text: string, prompt: string): number | undefined {
  const { optionTexts } = questionTermsOf(userSays(prompt));
  const bare = text.trim().replace(/\.$/, "").toLowerCase();
  const letter = /^\(?([a-j])\)?$/.exec(bare)?.[1];
  const at =
    letter === undefined
      ? optionTexts.findIndex((option) => option.toLowerCase() === bare)
      : "abcdefghij".indexOf(letter);
  return at < 0 || at >= optionTexts.length ? undefined : at;
}

const answers = (text: string, { prompt, answer }: KnownQuestion): boolean => {
  const line = findFinalAnswer(text)?.line;
  return line !== undefined && optionOf(line, prompt) === optionOf(answer, prompt);
};

/** The rationales to learn from one question: without search, and with it if there is a corpus; each the first of its samples that is kept. */
export async function rationalesOf(
  model: Generator,
  question: KnownQuestion,
  { samples, temperature, keep, maxTokens }: Pick<SelfTraining, "samples" | "temperature" | "keep" | "maxTokens">,
  seed: number,
  corpus?: Corpus,
): Promise<{ prompt: string; rationale: string }[]> {
  const { call } = callsTo(model, { seed });
  const messages = userSays(question.prompt);
  const sampling = { temperature, maxTokens, n: samples };
  const survivors = (texts: readonly string[]) =>
    keep === "all" ? texts[0] : texts.find((text) => answers(text, question));
  const drawn = (await call("rationale", messages, sampling)).map(({ text }) => text);
  const plain = survivors(drawn);
  const out = plain === undefined ? [] : [{ prompt: question.prompt, rationale: plain }];
  if (corpus === undefined) return out;
  const questionTerms = questionTermsOf(messages);
  const [written] = await call("query", withWords(messages, queriesFromConflict(drawn.slice(0, 3), 3)), {
    temperature,
    maxTokens,
  });
  const found: Passage[] = [];
  for (const line of linesOf(written.text).slice(0, 3)) {
    const about = new Set([...questionTerms.words, ...wordsOf(line)]);
    const isRelevantPassage = (text: string) =>
      isRelevant(text, questionTerms, about, (word) => corpus.isSpecific(word));
    for (const passage of corpus.search(line, 4, isRelevantPassage))
      if (!found.some(({ source, from }) => source === passage.source && from === passage.from)) found.push(passage);
  }
  if (found.length === 0) return out;
  const prompt = `${question.prompt}\n\n${searchResults(found)}`;
  const read = (await call("rationale", userSays(prompt), sampling)).map(({ text }) => text);
  const searched = survivors(
    keep === "all" ? read : read.filter((text) => falseCitations(text, found, questionTerms).length === 0),
  );
  return searched === undefined ? out : [...out, { prompt, rationale: searched }];
}

export async function measured(
  model: Generator,
  questions: readonly KnownQuestion[],
  maxTokens: number,
  work: Pick<TuneOptions, "signal" | "onProgress"> = {},
): Promise<boolean[]> {
  return together(questions, "held-out questions", work, async (question) => {
    const { text } = await model.generate(userSays(question.prompt), { temperature: 0, maxTokens }).result;
    return answers(text, question);
  });
}

/** Questions answered at the same time: the engine decodes them in one step. */
const atOnce = 4;

async function together<T>(
  questions: readonly KnownQuestion[],
  stage: string,
  { signal, onProgress }: Pick<TuneOptions, "signal" | "onProgress">,
  each: (question: KnownQuestion, i: number) => Promise<T>,
): Promise<T[]> {
  const out: T[] = [];
  for (let i = 0; i < questions.length; i += atOnce) {
    throwIfAborted(signal);
    onProgress?.({ stage, done: i, total: questions.length });
    out.push(...(await Promise.all(questions.slice(i, i + atOnce).map((question, k) => each(question, i + k)))));
  }
  return out;
}

/**
 * Runs all rounds; a round that is finished is not repeated when the run is started again.
 *
 * @param onRound called after the base and after every round.
 * @throws PolyclinicError `learn/questions`, `learn/nothing-kept`, and those of tuning.
 */
export async function selfTrain(
  config: SelfTrainingConfig,
  options: TuneOptions & { readonly onRound?: (result: RoundResult) => void; readonly threads?: number },
): Promise<RoundResult[]> {
  const { self, base, out, seed, roundOf } = config;
  const [questions, heldOut] = [await readKnownQuestions(self.questions), await readKnownQuestions(self.heldOut)];
  const both = new Set(questions.map(({ prompt }) => prompt));
  const twice = heldOut.findIndex(({ prompt }) => both.has(prompt));
  if (twice >= 0)
    throw new PolyclinicError("learn/questions", "is also a training question", {
      where: `${self.heldOut}, question ${twice + 1}`,
      expected: "held-out questions that do not occur among the training questions",
    });
  const corpus = self.corpus === undefined ? undefined : await Corpus.open(self.corpus);
  const results: RoundResult[] = [];
  let first: boolean[] = [];
  const load = (folder: string) => {
    const adapter = folder !== base && existsSync(join(folder, "adapter_config.json"));
    const loading = { ...(options.threads !== undefined && { threads: options.threads }), signal: options.signal };
    return adapter ? loadModel(base, { ...loading, adapter: folder }) : loadModel(folder, loading);
  };
  let folder = base;
  for (let round = 0; ; round++) {
    const model = await load(folder);
    try {
      const correct = await measured(model, heldOut, self.maxTokens, options);
      if (round === 0) first = correct;
      const count = correct.filter(Boolean).length;
      const { low, high } = wilsonInterval(count, correct.length);
      const counts = {
        firstOnly: correct.filter((own, i) => own && !first[i]).length,
        secondOnly: correct.filter((own, i) => !own && first[i]).length,
      };
      const exampleCount = round === 0 ? undefined : await countExamples(join(out, `round-${round}`));
      const result: RoundResult = {
        round,
        ...(exampleCount && {
          kept: { rationales: exampleCount, of: questions.length * (corpus === undefined ? 1 : 2) },
        }),
        accuracy: count / correct.length,
        interval: [low, high],
        questions: correct.length,
        ...(round > 0 && { p: mcnemarTest(counts, "exact").p }),
      };
      results.push(result);
      await makeFolder(out);
      await writeWhole(join(out, "rounds.json"), `${JSON.stringify(results, undefined, 2)}\n`, { overwrite: true });
      options.onRound?.(result);
      if (round === self.rounds) break;
      const next = join(out, `round-${round + 1}`);
      const train = join(next, "train.jsonl");
      if (!existsSync(train)) {
        const stage = `rationales of round ${round + 1}`;
        const written = await together(questions, stage, options, (question, i) =>
          rationalesOf(model, question, self, seed + 1000 * (i + questions.length * round), corpus),
        );
        const lines = written.flat().map(({ prompt, rationale }) =>
          JSON.stringify({
            messages: [
              { role: "user", content: prompt },
              { role: "assistant", content: rationale },
            ],
          }),
        );
        if (lines.length === 0)
          throw new PolyclinicError("learn/nothing-kept", "no generated rationale reached the known answer", {
            where: self.questions,
            found: `${questions.length} questions, ${self.samples} samples each`,
            hint: "Raise selfTraining.samples, or start from a model that answers some of the questions correctly.",
          });
        await makeFolder(next);
        await writeWhole(train, `${lines.join("\n")}\n`);
      }
    } finally {
      await model.close();
    }
    const next = join(out, `round-${round + 1}`);
    const saved = ["model", "adapter"].map((name) => join(next, name)).find((path) => existsSync(path));
    folder = saved ?? (await tune(roundOf(join(next, "train.jsonl"), next), options)).saved;
  }
  return results;
}

const countExamples = async (folder: string) =>
  (await readFile(join(folder, "train.jsonl"), "utf8")).trim().split("\n").length;
