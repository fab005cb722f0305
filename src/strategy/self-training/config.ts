/**
 * The configuration of self-training, which `polyclinic tune` recognises by `selfTraining`:
 *
 * ```yaml
 * base: clinic
 * out: runs/self                  # one folder per round, and its measurements
 * selfTraining:
 *   questions: train.jsonl        # {"prompt": "...", "answer": "B"}: a prompt that ends in lettered options (an instruction may follow), and the correct one
 *   heldOut: test.jsonl           # the same; measured before the first and after every round, and never used for a choice
 *   corpus: books                 # optional: a second rationale of each question is generated with search results
 *   rounds: 2
 *   samples: 4                    # rationales per question, with and without search; the first that passes is trained on
 *   temperature: 0.7
 *   keep: correct                 # or all: the null control, the first rationale whatever it answers
 * learner: { kind: full }         # this and everything else as in any tuning run, except data
 * ```
 */
import { dirname, isAbsolute, resolve } from "node:path";
import { stringify } from "yaml";
import { z } from "zod";
import { PolyclinicError } from "../../base/errors.ts";
import { parseYaml } from "../../base/yaml/yaml.ts";
import { readTuneConfig, type TuneConfig } from "../../learn/tune/index.ts";

const whole = z.number().int().positive();
const schema = z.strictObject({
  questions: z.string(),
  heldOut: z.string(),
  corpus: z.string().optional(),
  rounds: whole.default(2),
  samples: whole.default(4),
  temperature: z.number().positive().default(0.7),
  // `right` is the former name of `correct`.
  keep: z.preprocess((value) => (value === "right" ? "correct" : value), z.enum(["correct", "all"]).default("correct")),
  maxTokens: whole.default(256),
});

export type SelfTraining = z.output<typeof schema>;

export interface SelfTrainingConfig {
  readonly self: SelfTraining;
  /** The configuration of a round's tuning run on these examples, in this folder. */
  readonly roundOf: (train: string, out: string) => TuneConfig;
  readonly base: string;
  readonly out: string;
  readonly seed: number;
}

export function isSelfTraining(text: string): boolean {
  try {
    const value: unknown = parseYaml(text);
    return typeof value === "object" && value !== null && "selfTraining" in value;
  } catch {
    // `readTuneConfig` says what is wrong.
    return false;
  }
}

/** @throws PolyclinicError `learn/tune-config` naming every field at fault. */
export function readSelfTraining(text: string, where: string): SelfTrainingConfig {
  const { selfTraining, ...rest } = parseYaml(text) as Record<string, unknown>;
  const result = schema.safeParse(selfTraining);
  if (!result.success || "data" in rest)
    throw new PolyclinicError("learn/tune-config", "is not a valid self-training configuration", {
      where,
      found: result.success
        ? "both data and selfTraining"
        : result.error.issues.map(({ path, message }) => `selfTraining.${path.join(".")}: ${message}`).join("; "),
      hint: "Self-training generates its own training data: remove data. See `polyclinic tune --help`.",
    });
  const folder = dirname(where);
  const at = (path: string) => (isAbsolute(path) ? path : resolve(folder, path));
  const { questions, heldOut, corpus } = result.data;
  const self = {
    ...result.data,
    questions: at(questions),
    heldOut: at(heldOut),
    ...(corpus !== undefined && { corpus: at(corpus) }),
  };
  const roundOf = (train: string, out: string) =>
    readTuneConfig(stringify({ ...rest, out, data: { train } }), where, folder);
  const { base, out, seed } = readTuneConfig(stringify({ ...rest, data: { train: questions } }), where, folder);
  return { self, roundOf, base, out, seed };
}
