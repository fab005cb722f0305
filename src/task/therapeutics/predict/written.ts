/**
 * An answer as generated text, for servers that return no likelihoods: a class or a number, without a probability or a
 * range.
 */
import type { Generator, Message } from "../../../model/contract.ts";
import { fromBin, parseTherapeuticAnswer, type ValueLimits } from "../answers.ts";

/** As in TxGemma's own notebooks: enough for `(A)` and for `1000`. */
const answerTokens = 8;

export interface GeneratedPrediction {
  /** Undefined if the answer could not be parsed. */
  readonly positive?: boolean;
  /** 0 to 1000. */
  readonly bin?: number;
  /** Only with known limits. */
  readonly value?: number;
  readonly cautions: readonly string[];
}

export async function generatePrediction(
  model: Generator,
  messages: readonly Message[],
  kind: "binary" | "regression",
  limits?: ValueLimits,
  signal?: AbortSignal,
): Promise<GeneratedPrediction> {
  const { text } = await model.generate(messages, { maxTokens: answerTokens, temperature: 0, signal }).result;
  const note = "The model returns no likelihoods: this is the text it generated, without a probability.";
  const answer = parseTherapeuticAnswer(text, kind);
  if (answer.kind === "binary") return { positive: answer.positive, cautions: [note] };
  if (answer.kind === "regression") {
    const value = limits === undefined ? undefined : fromBin(answer.bin, limits);
    return { bin: answer.bin, ...(value !== undefined && { value }), cautions: [note] };
  }
  const reason = answer.kind === "unparsed" ? answer.reason : "molecules";
  return { cautions: [`Not read: the model wrote ${JSON.stringify(text.slice(0, 80))} (${reason}).`] };
}
