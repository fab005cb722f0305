/** The teacher of a distillation: another model that reads the same conversations, and whose next-token logits are the student's target. */
import { PolyclinicError } from "../../base/errors.ts";
import { Random } from "../../base/random.ts";
import { reduceMean } from "../../graph/index.ts";
import { answerLogits } from "../language/objective.ts";
import type { BatchShape } from "../language/pack.ts";
import { type TargetTurns, trainingSequence } from "../language/sequence.ts";
import type { DistilTarget } from "../learners/distil.ts";
import { drawCounted, drawDistinct } from "../learners/teacher-samples.ts";
import { type Feed, TrainingStep } from "../step.ts";
import { type Base, openBase, parameterCount, readTensors } from "./base.ts";
import { batchesOf, type Item, learnedOf } from "./batches.ts";
import { TrainingImages } from "./images.ts";
import { memoryOf } from "./plan.ts";

export class Teacher {
  private step: TrainingStep | undefined;

  private constructor(
    private readonly base: Base,
    /** The teacher's own item for each of the student's items. */
    private readonly own: ReadonlyMap<Item, Item>,
    private readonly shape: BatchShape,
    private readonly images: TrainingImages | undefined,
  ) {}

  /**
   * Opens a teacher for these items; `prepare` reads its weights.
   *
   * @throws learn/teacher when its tokenizer differs from the student's or it cannot take the items' images.
   */
  static async open(
    name: string,
    student: Base,
    items: readonly Item[],
    turns: TargetTurns,
    { k, target }: DistilTarget,
    rows: number,
  ): Promise<Teacher> {
    const base = await openBase(name);
    const refuse = (what: string, expected: string, found: string) => {
      throw new PolyclinicError("learn/teacher", what, { where: name, expected, found });
    };
    try {
      const tokenizer = (of: Base) => JSON.stringify(of.checkpoint.tokenizer!.tokenizer);
      const vocabulary = student.config.text.vocabSize;
      if (base.config.text.vocabSize !== vocabulary || tokenizer(base) !== tokenizer(student))
        refuse(
          "has a different tokenizer from the student",
          "the same tokenizer.json and vocabulary size",
          "another one",
        );
      if (target !== "full" && k > vocabulary)
        refuse("has a vocabulary smaller than k", `at most ${vocabulary}`, `learner.k ${k}`);
      if (base.config.kind === "gemma" && items.some(({ images }) => images.length > 0))
        refuse("cannot read the images of the dataset", "a multimodal model", "a text-only model");
      const own = new Map(
        items.map((item) => [item, { ...item, sequence: trainingSequence(base.builder, item.messages, turns) }]),
      );
      const lengths = [...own.values()].map(({ sequence }) => sequence.ids.length);
      const answers = Math.max(...[...own.values()].map(learnedOf));
      const shape = { rows, tokens: Math.ceil(Math.max(...lengths) / 16) * 16, answers: rows * answers };
      const images = base.config.kind === "gemma" ? undefined : new TrainingImages(base.config.vision.imageSize);
      return new Teacher(base, own, shape, images);
    } catch (error) {
      await base.checkpoint.close();
      throw error;
    }
  }

  /**
   * Estimated memory in bytes: weights, one forward pass, and two copies of a batch's logits (as computed and as fed).
   */
  memoryBytes(images: number): number {
    const { config, checkpoint } = this.base;
    return (
      memoryOf(parameterCount(checkpoint.weights), 0, config, this.shape, images) +
      8 * this.shape.answers * config.text.vocabSize
    );
  }

  async prepare(threads: number | undefined): Promise<void> {
    const { config } = this.base;
    this.step = await TrainingStep.compile({
      name: "teacher",
      tensors: await readTensors(this.base),
      trainable: () => false,
      threads,
      define: (graph, weights) => {
        const logits = answerLogits(graph, weights, config, this.shape);
        return { loss: reduceMean(logits, [0, 1]), outputs: { logits } };
      },
    });
  }

  /** The inputs of `distilObjective` for a batch of the student's items; padding rows are zero and have weight zero. */
  async feeds(
    items: readonly Item[],
    answers: number,
    { target, k }: DistilTarget,
    seed: number,
  ): Promise<Record<string, Feed>> {
    const rows = await this.logits(items);
    const width = target === "full" ? this.base.config.text.vocabSize : k;
    const logits = new Float32Array(answers * width);
    if (target === "full") {
      for (const [i, row] of rows.entries()) logits.set(row, i * width);
      return { teacherLogits: { data: logits, dims: [answers, width] } };
    }
    const random = new Random(seed);
    const ids = new BigInt64Array(answers * k);
    for (const [i, row] of rows.entries()) {
      const drawn = (target === "counted" ? drawCounted : drawDistinct)(row, k, random);
      for (const [j, id] of drawn.entries()) {
        ids[i * k + j] = BigInt(id);
        logits[i * k + j] = row[id];
      }
    }
    return { teacherIds: { data: ids, dims: [answers, k] }, teacherLogits: { data: logits, dims: [answers, k] } };
  }

  /** Logits `[vocab]` of each answer token, in the order of the items. */
  private async logits(items: readonly Item[]): Promise<Float32Array[]> {
    const { config } = this.base;
    const own = items.map((item) => this.own.get(item)!);
    const vocabulary = config.text.vocabSize;
    const rows: Float32Array[] = [];
    for await (const { feeds, answerTokens } of batchesOf(own, this.shape, this.base, this.images, {})) {
      const { data } = (await this.step!.run(feeds)).outputs.logits;
      for (let i = 0; i < answerTokens; i++) rows.push(data.subarray(i * vocabulary, (i + 1) * vocabulary));
    }
    return rows;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async close(): Promise<void> {
    await this.step?.close();
    await this.base.checkpoint.close();
  }
}
