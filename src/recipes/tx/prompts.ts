/**
 * The prompts of the embedded therapeutics model: the form of the Therapeutics Data Commons in this project's own
 * wording, with two additional lines of computed values.
 */
import {
  descriptorsPlaceholder,
  environmentsPlaceholder,
  smilesPlaceholder,
} from "../../task/therapeutics/own/words.ts";
import type { TxTask } from "./sets.ts";

export function promptOf({ kind, context, options }: TxTask): string {
  const question =
    kind === "binary"
      ? `Given a drug SMILES string, predict whether it\n(A) ${options[0]} (B) ${options[1]}`
      : `Given a drug SMILES string, predict its ${options as string} from 000 to 1000, where 000 is minimum and 1000 is maximum.`;
  return [
    "Instructions: Answer the following question about drug properties.",
    `Context: ${context}`,
    `Question: ${question}`,
    `Drug descriptors: {${descriptorsPlaceholder}}`,
    `Drug environments: {${environmentsPlaceholder}}`,
    `Drug SMILES: {${smilesPlaceholder}}`,
    "Answer:",
  ].join("\n");
}
