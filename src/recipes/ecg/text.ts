/**
 * Questions and answers about a recording as tokens. The vocabulary is closed: a token is a word of the questions, a digit, or a whole answer, so that one position
 * of the decoder holds the choice between the rhythms.
 */
import type { TrainingSequence } from "../../learn/language/sequence.ts";
import type { Patient } from "./simulate/patient.ts";
import { type EventName, eventNames, type RhythmName, rhythmNames } from "./simulate/rhythms.ts";

const rhythmQuestions = ["Which rhythm is this ?", "What is the rhythm ?", "Name the rhythm ."];
const eventQuestion = (event: EventName) => `When does the ${event} begin ?`;
/** Windows of the longest recordings. */
export const mostWindows = 12;
const numbers = Array.from({ length: 10 }, (_, i) => String(i));
/**
 * The first half of an answer about time: one token for each window. They are no digits: both halves are read from the same latents, and a frozen decoder that named
 * both with digits gave the window's digit twice.
 */
export const tens = Array.from({ length: mostWindows }, (_, i) => `${10 * i} to ${10 * i + 9}`);
export const noEvent = "not at all";

const special = ["<pad>", "<eos>", "<bos>", "<answer>"];
const pieces = [
  ...special,
  ...numbers,
  ...tens,
  ...rhythmNames,
  noEvent,
  ...new Set(
    [
      ...rhythmQuestions,
      ...eventNames.map(eventQuestion),
      "Recording of ten seconds , many times female male aged",
    ].flatMap((text) => text.split(" ")),
  ),
];
const idOf = new Map(pieces.map((piece, id) => [piece, id]));
export const vocabularySize = pieces.length;
export const tokenId = (piece: string): number => {
  const id = idOf.get(piece);
  if (id === undefined) throw new Error(`"${piece}" is not in the vocabulary`);
  return id;
};
export const rhythmIds = rhythmNames.map(tokenId);
export const numberIds = numbers.map(tokenId);
export const tensIds = tens.map(tokenId);

export type Question =
  | { readonly kind: "rhythm"; readonly wording: number; readonly answer: RhythmName }
  /** `answer` in seconds; undefined when there is no such event. */
  | { readonly kind: "event"; readonly event: EventName; readonly answer: number | undefined };

export const rhythmWordings = rhythmQuestions.length;

/** What a machine prints above a tracing without having read it, then the question. */
function promptOf({ age, sex }: Pick<Patient, "age" | "sex">, windows: number, question: Question): string[] {
  const header = `Recording of ${windows === 1 ? "ten" : "many times ten"} seconds , ${sex} aged ${Math.floor(age / 10)} ${age % 10} .`;
  const questionText = question.kind === "rhythm" ? rhythmQuestions[question.wording] : eventQuestion(question.event);
  return ["<bos>", ...header.split(" "), ...questionText.split(" "), "<answer>"];
}

export function answerPieces(question: Question): string[] {
  if (question.kind === "rhythm") return [question.answer];
  if (question.answer === undefined) return [noEvent];
  const second = Math.floor(question.answer);
  return [tens[Math.floor(second / 10)], String(second % 10)];
}

export function sequenceOf(
  patient: Pick<Patient, "age" | "sex">,
  windows: number,
  question: Question,
  answer: readonly string[] = answerPieces(question),
): TrainingSequence {
  const prompt = promptOf(patient, windows, question);
  const ids = [...prompt, ...answer, "<eos>"].map(tokenId);
  return {
    ids: Int32Array.from(ids),
    lossMask: Uint8Array.from(ids, (_, i) => Number(i >= prompt.length)),
    imageStarts: [],
  };
}
