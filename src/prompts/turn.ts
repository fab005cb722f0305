/**
 * The layout of a user turn, shared by tasks and training: the items shown, each image followed by its label, then the
 * question.
 */
import type { PromptText } from "./form.ts";

/** The items shown, in reading order. */
export type Shown<Picture extends { readonly type: "image" }> =
  | { readonly kind: "image"; readonly picture: Picture; readonly label?: string }
  | { readonly kind: "text"; readonly text: string };

export type TurnContent<Picture extends { readonly type: "image" }> =
  | { readonly type: "text"; readonly text: string }
  | Picture;

/**
 * The content of a user turn. Gemma's chat template trims every text item and joins items without a separator, so
 * consecutive texts (a label and the question after it) are one item with a blank line inside.
 *
 * @param words without `after` the turn stays open: it ends before the question, so that it can be prefilled.
 */
export function userTurn<Picture extends { readonly type: "image" }>(
  shown: readonly Shown<Picture>[],
  { before, after }: Partial<PromptText>,
): TurnContent<Picture>[] {
  const content: TurnContent<Picture>[] = [];
  const write = (text: string | undefined) => {
    if (text === undefined) return;
    const last = content.at(-1);
    if (last?.type === "text") content[content.length - 1] = { type: "text", text: `${last.text}\n\n${text}` };
    else content.push({ type: "text", text });
  };
  write(before);
  for (const item of shown) {
    if (item.kind === "text") write(item.text);
    else {
      content.push(item.picture);
      write(item.label);
    }
  }
  write(after);
  return content;
}

/** The system text that enables thinking (notebooks; MedGemma 1.5 and 27B). */
export const thinkingTrigger = "SYSTEM INSTRUCTION: think silently if needed.";
