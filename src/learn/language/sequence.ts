/** A conversation as tokens, with a mask of the trained ones: the answers including their end-of-turn token. */
import { PolyclinicError } from "../../base/errors.ts";
import type { PromptBuilder } from "../../text/index.ts";

/** Messages whose images are counted, not held: pixels join when a batch is made. */
export interface TurnMessage {
  readonly role: "system" | "user" | "assistant";
  readonly content: readonly ({ readonly type: "text"; readonly text: string } | { readonly type: "image" })[];
}

export interface TrainingSequence {
  readonly ids: Int32Array;
  /** 1 where the token is to be predicted from those before it. */
  readonly learned: Uint8Array;
  /** First soft token of each image, in order. */
  readonly imageStarts: readonly number[];
  /** Number of soft prompt positions after `<bos>`; default 0. */
  readonly softPrompt?: number;
}

/** The same sequence with places for a soft prompt of `count` vectors after its first token. */
export function withSoftPrompt({ ids, learned, imageStarts }: TrainingSequence, count: number): TrainingSequence {
  const widen = <T extends Int32Array | Uint8Array>(source: T, target: T): T => {
    target.set(source.subarray(0, 1));
    target.set(source.subarray(1), 1 + count);
    return target;
  };
  return {
    ids: widen(ids, new Int32Array(ids.length + count)),
    learned: widen(learned, new Uint8Array(learned.length + count)),
    imageStarts: imageStarts.map((start) => start + count),
    softPrompt: count,
  };
}

/** Which turns count: `last` for a dataset whose earlier answers are context, `all` for conversations. */
export type LearnedTurns = "last" | "all";

/**
 * Tokens exactly as at inference: the prompt as the template renders it, then each answer as the tokenizer writes it. Answers are
 * tokenised on their own, as a model writes them after the generation prompt.
 */
export function trainingSequence(
  builder: PromptBuilder,
  messages: readonly TurnMessage[],
  turns: LearnedTurns = "last",
): TrainingSequence {
  const { tokenizer } = builder;
  const endOfTurn = tokenizer.requireId("<end_of_turn>");
  const last = messages.at(-1);
  if (last?.role !== "assistant")
    throw new PolyclinicError("learn/conversation", "does not end with an answer", {
      where: "messages",
      expected: "an assistant turn at the end",
      found: last?.role ?? "no message",
    });
  const ids: number[] = [];
  const learned: number[] = [];
  const imageStarts: number[] = [];
  for (const [i, message] of messages.entries()) {
    if (message.role !== "assistant") continue;
    if (turns === "last" && message !== last) continue;
    const prompt = builder.build(messages.slice(0, i) as Parameters<PromptBuilder["build"]>[0]);
    // Earlier answers of `all` are part of the prompt too: only the new part is added.
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
  return { ids: Int32Array.from(ids), learned: Uint8Array.from(learned), imageStarts };
}
