/**
 * The configuration of `polyclinic tune`, as YAML:
 *
 * ```yaml
 * base: nano                     # the embedded model, or a checkpoint folder
 * out: runs/cells                # the run's folder; the adapter appears in it
 * data:
 *   train: cells/train.jsonl     # or a list of {path, weight}
 *   validation: cells/val.jsonl  # measured on the way; chooses the best checkpoint
 *   test: cells/test.jsonl       # optional: never used for selection, measured once before and once after
 *   labels: [yes, no]            # optional: every answer must be one, and validation reports their accuracy
 * learner: { kind: lora, rank: 16, alpha: 16, dropout: 0.05, targets: all-linear }
 * schedule: { epochs: 3, learningRate: 2.0e-4, warmup: 0.03, shape: linear }
 * ```
 *
 * Everything else has a default, written out below. The defaults of LoRA are those of Google's fine-tuning notebook.
 *
 * The learners, and the lines of their datasets:
 *
 * | learner | moves | a line of the dataset |
 * |---|---|---|
 * | `{ kind: full, quantisation }` | every tensor | `{"messages": [...]}`, see data/conversation.ts |
 * | `{ kind: lora, rank, alpha, dropout, targets }` | the adapter | the same |
 * | `{ kind: soft-prompt, vectors }` | the vectors | the same |
 * | `{ kind: distil, teacher, target, k, quantisation }` | every tensor of the student, `base` | the same; the teacher says what each answer token should be |
 * | `{ kind: contrastive, loss }` | both towers of a SigLIP `base`; `batch.rows` pairs a step | `{"image": "a.jpg", "text": "..."}` |
 * | `{ kind: probe, c, maxIterations }` | a logistic regression on the base's image embeddings | `{"image": "a.jpg", "label": "..."}` |
 *
 * `quantisation: int4` (full, distil) trains for `--precision int4`: the decoder computes with rounded weights, in training and in every
 * held-out measure.
 */

import { readFile } from "node:fs/promises";
import { dirname, isAbsolute, resolve } from "node:path";
import { z } from "zod";
import { packagedFolder } from "../../base/embedded-model.ts";
import { PolyclinicError } from "../../base/errors.ts";
import { parseYaml } from "../../base/yaml/yaml.ts";

const positive = z.number().positive();
const whole = z.number().int().positive();

const lora = z.strictObject({
  kind: z.literal("lora"),
  rank: whole.default(16),
  alpha: positive.default(16),
  dropout: z.number().min(0).max(0.9).default(0.05),
  targets: z.union([z.literal("all-linear"), z.array(z.string()).min(1)]).default("all-linear"),
});
/** `int4`: train and measure with the weights as the precision int4 rounds them. */
const quantisation = z.literal("int4").optional();
const full = z.strictObject({ kind: z.literal("full"), quantisation });
const softPrompt = z.strictObject({ kind: z.literal("soft-prompt"), vectors: whole.default(16) });

const distil = z.strictObject({
  kind: z.literal("distil"),
  /** The embedded model's name, or a checkpoint folder; it must have the student's tokenizer. */
  teacher: z.string(),
  /** `full`: all logits; `renormalised`: k tokens, renormalised; `counted`: k draws. */
  target: z.enum(["full", "renormalised", "counted"]).default("full"),
  k: whole.default(256),
  quantisation,
});
const contrastive = z.strictObject({
  kind: z.literal("contrastive"),
  loss: z.enum(["siglip", "info-nce"]).default("siglip"),
});
const probe = z.strictObject({
  kind: z.literal("probe"),
  /** Inverse regularisation strength, as scikit-learn's C. */
  c: positive.default(1),
  maxIterations: whole.default(250),
});

const schema = z.strictObject({
  base: z.string(),
  out: z.string(),
  data: z.strictObject({
    train: z.union([
      z.string().transform((path) => [{ path, weight: 1 }]),
      z.array(z.strictObject({ path: z.string(), weight: positive.default(1) })).min(1),
    ]),
    validation: z.string().optional(),
    /** Test examples, never used for selection: measured once before and once after training. */
    test: z.string().optional(),
    labels: z.array(z.string()).min(2).optional(),
    dropTooLong: z.boolean().default(false),
    /** Which assistant turns are training targets. */
    turns: z.enum(["last", "all"]).default("last"),
  }),
  learner: z.discriminatedUnion("kind", [lora, full, softPrompt, distil, contrastive, probe]),
  schedule: z
    .strictObject({
      epochs: positive.default(1),
      /** Replaces epochs. */
      steps: whole.optional(),
      learningRate: positive.default(2e-4),
      /** As a fraction of the steps. */
      warmup: z.number().min(0).max(1).default(0.03),
      shape: z.enum(["cosine", "linear", "constant"]).default("linear"),
    })
    .prefault({}),
  batch: z
    .strictObject({
      /**
       * Rows per forward pass and tokens per row; default: the longest example, or more in order to pack several short
       * ones.
       */
      rows: whole.default(4),
      tokens: whole.optional(),
      /** Forward passes per update. */
      accumulation: whole.default(1),
    })
    .prefault({}),
  optimizer: z
    .strictObject({
      beta1: z.number().min(0).lt(1).default(0.9),
      beta2: z.number().min(0).lt(1).default(0.999),
      epsilon: positive.default(1e-8),
      weightDecay: z.number().min(0).default(0.01),
      clipNorm: positive.default(0.3),
      /** Decay of a moving average of the weights; the average is then measured and saved. Default: no average. */
      averageDecay: z.number().gt(0).lt(1).optional(),
    })
    .prefault({}),
  /** Number of validations during the run, and the number of examples each uses. */
  validate: z.strictObject({ times: whole.default(4), examples: whole.default(200) }).prefault({}),
  seed: z.number().int().default(42),
  /**
   * Keep only the input of each layer and recompute its activations in the backward pass: less memory, more time, the
   * same gradients.
   */
  gradientCheckpointing: z.boolean().default(false),
  threads: whole.optional(),
});

/**
 * A checked configuration of `polyclinic tune`, with defaults filled in. `polyclinic tune --help` describes every field.
 */
export type TuneConfig = z.output<typeof schema>;
type Learners = TuneConfig["learner"];
export type ContrastiveLearner = Extract<Learners, { kind: "contrastive" }>;
export type ProbeLearner = Extract<Learners, { kind: "probe" }>;
/** A configuration that tunes a generative model. */
export type LanguageTuneConfig = Omit<TuneConfig, "learner"> & {
  readonly learner: Exclude<Learners, ContrastiveLearner | ProbeLearner>;
};

/** Reads a configuration file. */
export async function readTuneFile(path: string): Promise<string> {
  return readFile(path, "utf8").catch((cause) => {
    throw new PolyclinicError("learn/tune-config", "cannot be read", {
      where: path,
      hint: "Check the path. `polyclinic tune --help` describes the configuration file.",
      cause,
    });
  });
}

/**
 * Parses a configuration and fills in defaults; paths become absolute, relative to `folder`.
 *
 * @throws learn/tune-config naming every invalid field.
 */
export function readTuneConfig(text: string, where: string, folder = dirname(where)): TuneConfig {
  let value: unknown;
  try {
    value = parseYaml(text);
  } catch (cause) {
    throw new PolyclinicError("learn/tune-config", "is not YAML", { where, found: (cause as Error).message, cause });
  }
  const result = schema.safeParse(value);
  if (!result.success)
    throw new PolyclinicError("learn/tune-config", "is not a valid configuration", {
      where,
      found: result.error.issues.map(({ path, message }) => `${path.join(".") || "file"}: ${message}`).join("; "),
      hint: "`polyclinic tune --help` shows a complete example.",
    });
  const at = (path: string) => (isAbsolute(path) ? path : resolve(folder, path));
  const model = (name: string) => (packagedFolder(name) === undefined ? at(name) : name);
  const { data, learner } = result.data;
  return {
    ...result.data,
    base: model(result.data.base),
    learner: learner.kind === "distil" ? { ...learner, teacher: model(learner.teacher) } : learner,
    out: at(result.data.out),
    data: {
      ...data,
      train: data.train.map(({ path, weight }) => ({ path: at(path), weight })),
      ...(data.validation !== undefined && { validation: at(data.validation) }),
      ...(data.test !== undefined && { test: at(data.test) }),
    },
  };
}
