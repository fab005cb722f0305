/** Answers of the model to examples: the most probable rhythm, or the second of an event, chosen token by token. */
import { TrainingStep } from "../../learn/step.ts";
import type { Tensors } from "../../learn/tensors.ts";
import { type EcgExample, signalOf } from "./examples.ts";
import { type EcgShape, ecgFeeds, ecgForward } from "./model.ts";
import { rhythmNames } from "./simulate/rhythms.ts";
import { answerPieces, noEvent, numberIds, rhythmIds, tens, tensIds, tokenId, vocabularySize } from "./text.ts";

/** A compiled forward pass. */
export interface Reader {
  readonly shape: EcgShape;
  readonly step: TrainingStep;
  close(): Promise<void>;
}

/** @param signals false for the text model alone. */
export async function openReader(tensors: Tensors, shape: EcgShape, signals = true, threads?: number): Promise<Reader> {
  const step = await TrainingStep.compile({
    name: "ecg-forward",
    define: (graph, weights) => ecgForward(graph, weights, shape, signals),
    tensors,
    trainable: () => false,
    threads,
  });
  return { shape, step, close: () => step.close() };
}

/** A predicted answer and its probability among the choices of its question. */
export interface EcgAnswer {
  readonly text: string;
  readonly probability: number;
  /** Of every choice, in the order of the choices (rhythms only). */
  readonly probabilities?: readonly number[];
}

/**
 * Answers to examples of one length; where `signals` is given, from these instead of the examples' own.
 */
export async function answersOf(
  examples: readonly EcgExample[],
  { shape: { batch }, step }: Reader,
  signals?: readonly Float32Array[],
): Promise<EcgAnswer[]> {
  const answers: EcgAnswer[] = [];
  for (let start = 0; start < examples.length; start += batch) {
    // The last batch is padded with repetitions that are not counted.
    const indices = Array.from({ length: batch }, (_, i) => Math.min(start + i, examples.length - 1));
    const own = indices.map((i) => examples[i]);
    const input = indices.map((i) => signals?.[i] ?? signalOf(examples[i]));
    const run = async (pieces: string[][]) => {
      const { outputs } = await step.run(ecgFeeds(own, input, pieces));
      let row = 0;
      return pieces.map((each) => {
        const first = row;
        row += each.length + 1;
        return (position: number) =>
          outputs.logits.data.subarray((first + position) * vocabularySize, (first + position + 1) * vocabularySize);
      });
    };
    const timed = own.some(({ question }) => question.kind === "event");
    // Placeholders: only what stands before a position decides about it.
    const drafts = own.map(({ question }) => (question.kind === "rhythm" ? answerPieces(question) : [tens[0], "0"]));
    const first = (await run(drafts)).map((logits, i) =>
      own[i].question.kind === "rhythm"
        ? best(logits(0), rhythmIds, rhythmNames)
        : best(logits(0), [...tensIds, tokenId(noEvent)], [...tens, noEvent]),
    );
    const second = timed
      ? await run(own.map(({ question }, i) => (question.kind === "rhythm" ? drafts[i] : [first[i].text, "0"])))
      : undefined;
    for (const [i, { question }] of own.entries()) {
      if (start + i >= examples.length) break;
      if (question.kind === "rhythm" || first[i].text === noEvent || second === undefined) answers.push(first[i]);
      else {
        const units = best(second[i](1), numberIds, [...numberIds.keys()].map(String));
        answers.push({
          text: String(10 * tens.indexOf(first[i].text) + Number(units.text)),
          probability: first[i].probability * units.probability,
        });
      }
    }
  }
  return answers;
}

function best(logits: Float32Array, ids: readonly number[], names: readonly string[]): EcgAnswer {
  const most = Math.max(...ids.map((id) => logits[id]));
  const weights = ids.map((id) => Math.exp(logits[id] - most));
  const total = weights.reduce((a, b) => a + b, 0);
  const at = weights.indexOf(Math.max(...weights));
  return { text: names[at], probability: weights[at] / total, probabilities: weights.map((weight) => weight / total) };
}

/** The rhythm as named, or the event's second to within `tolerance` (and "not at all" where there is none). */
export function isRight({ question }: EcgExample, { text }: EcgAnswer, tolerance = 2): boolean {
  if (question.kind === "rhythm") return text === question.answer;
  if (question.answer === undefined || text === noEvent) return question.answer === undefined && text === noEvent;
  return Math.abs(Number(text) - Math.floor(question.answer)) <= tolerance;
}
