/** A conversation as tokens, with a mask of the tokens to learn: the answers including their end-of-turn token. */
import { PolyclinicError } from "../../base/errors.ts";
import type { PromptBuilder } from "../../text/index.ts";

/** Messages that give the number of images, not the pixels; pixels are added when a batch is made. */
export interface TurnMessage {
  readonly role: "system" | "user" | "assistant";
  readonly content: readonly ({ readonly type: "text"; readonly text: string } | { readonly type: "image" })[];
}

/** One tokenised training example; `ids` and `learned` have one entry per token. */
export interface TrainingSequence {
  readonly ids: Int32Array;
  /** 1 where the token is a training target. */
  readonly lossMask: Uint8Array;
  /** Position of the first soft token of each image, in order. */
  readonly imageStarts: readonly number[];
  /** Number of soft prompt positions after `<bos>`; default 0. */
  readonly softPrompt?: number;
}

/** The same sequence with `count` soft prompt positions inserted after its first token. */
export function withSoftPrompt(
  { ids, lossMask: learned, imageStarts }: TrainingSequence,
  count: number,
): TrainingSequence {
  const widen = <T extends Int32Array | Uint8Array>(source: T, target: T): T => {
    target.set(source.subarray(0, 1));
    target.set(source.subarray(1), 1 + count);
    return target;
  };
  return {
    ids: widen(ids, new Int32Array(ids.length + count)),
    lossMask: widen(learned, new Uint8Array(learned.length + count)),
    imageStarts: imageStarts.map((start) => start + count),
    softPrompt: count,
  };
}

/** Which assistant turns are training targets: `last` when earlier answers are context, `all` for conversations. */
export type TargetTurns = "last" | "all";

/**
 * Tokenises exactly as at inference: the prompt as the chat template renders it, then each answer on its own, because
 * at inference the answer's tokens follow the generation prompt and never merge with it.
 */
export function trainingSequence(
  builder: PromptBuilder,
  messages: readonly TurnMessage[],
  turns: TargetTurns = "last",
): TrainingSequence {
  const { tokenizer } = builder;
  const endOfTurn = tokenizer.requireId("<end_of_turn>");
  const last = messages.at(-1);
  if (last?.role !== "assistant")
    throw new PolyclinicError("learn/conversation", "does not end with an assistant turn", {
      where: "messages",
      expected: "an assistant message at the end",
      found: last?.role ?? "no messages",
    });
  const ids: number[] = [];
  const learned: number[] = [];
  const imageStarts: number[] = [];
  for (const [i, message] of messages.entries()) {
    if (message.role !== "assistant") continue;
    if (turns === "last" && message !== last) continue;
    const prompt = builder.build(messages.slice(0, i) as Parameters<PromptBuilder["build"]>[0]);
    // With `all`, the prompt of a later turn repeats the earlier answers: only the new part is appended.
    for (const { start } of prompt.imageSpans) if (start >= ids.length) imageStarts.push(start);
    for (let k = ids.length; k < prompt.ids.length; k++) {
      ids.push(prompt.ids[k]);
      learned.push(0);
    }
    const text = message.content.map((part) => (part.type === "text" ? part.text : "")).join("");
    for (const id of [...tokenizer.encode(tokenizer.protect(text.trim())), endOfTurn]) {
      ids.push(id);
      learned.push(1);
    }
  }
  return { ids: Int32Array.from(ids), lossMask: Uint8Array.from(learned), imageStarts };
}
