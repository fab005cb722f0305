import { readFile } from "node:fs/promises";
import { PolyclinicError } from "../base/errors.ts";
import { stepByStep } from "../prompts/index.ts";
import { withWords } from "./messages.ts";
import type { Strategy } from "./strategy.ts";

/**
 * A worked example. Its image is written `<img>` in the question, as in Med-PaLM M's one-shot exemplars: only the actual question includes
 * images.
 */
export interface Exemplar {
  readonly question: string;
  /** Explanation and answer, in the expected answer format. */
  readonly answer: string;
}

/** Wraps a strategy with worked examples before the question, as earlier turns (Med-PaLM: five; three for PubMedQA). */
export function fewShot(inner: Strategy, exemplars: readonly Exemplar[]): Strategy {
  const turns = exemplars.flatMap(({ question, answer }) => [
    { role: "user" as const, content: [{ type: "text" as const, text: question }] },
    { role: "assistant" as const, content: [{ type: "text" as const, text: answer }] },
  ]);
  return {
    ...inner,
    options: { ...inner.options, exemplars: exemplars.length },
    run(input, call) {
      const before = input.messages.filter(({ role }) => role === "system");
      const messages = [...before, ...turns, ...input.messages.filter(({ role }) => role !== "system")];
      return inner.run({ ...input, messages }, call);
    },
  };
}

/** Wraps a strategy with a chain-of-thought instruction after the question (Med-PaLM, Med-PaLM 2). */
export function chainOfThought(inner: Strategy): Strategy {
  return {
    ...inner,
    options: { ...inner.options, steps: true },
    run: (input, call) => inner.run({ ...input, messages: withWords(input.messages, stepByStep) }, call),
  };
}

/** Reads a JSON Lines file of `{"question": ..., "answer": ...}` objects. @throws PolyclinicError `strategy/exemplars` naming the line. */
export async function readExemplars(path: string): Promise<Exemplar[]> {
  const bad = (where: string, found: string, cause?: unknown) =>
    new PolyclinicError("strategy/exemplars", "is not a valid worked example", {
      where,
      expected: 'one JSON object per line: {"question": "...", "answer": "..."}',
      found,
      cause,
    });
  const text = await readFile(path, "utf8").catch((cause: Error) => {
    throw bad(path, cause.message, cause);
  });
  return text.split("\n").flatMap((line, i) => {
    if (line.trim() === "") return [];
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (cause) {
      throw bad(`${path}:${i + 1}`, "invalid JSON", cause);
    }
    const { question, answer } = (value ?? {}) as Partial<Exemplar>;
    if (typeof question !== "string" || typeof answer !== "string") throw bad(`${path}:${i + 1}`, line.slice(0, 80));
    return [{ question, answer }];
  });
}
