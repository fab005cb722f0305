/** Questions and a server for the tests of this module. */
import { writeFile } from "node:fs/promises";
import { type Answer, stream } from "../../test/support/chat-server.ts";

/** A table of n questions whose correct answers are A, B, C, D in turn. */
export async function writeQuestions(path: string, n: number): Promise<void> {
  const rows = Array.from(
    { length: n },
    (_, i) =>
      `q${i},Which is number ${i}?,first ${i},second ${i},third ${i},fourth ${i},${"ABCD"[i % 4]},${i % 3 === 0 ? "easy" : "hard"}`,
  );
  await writeFile(path, `id,question,A,B,C,D,answer,category\n${rows.join("\n")}\n`);
}

export const numberIn = (text: string): number => Number(/number (\d+)\?/.exec(text)?.[1]);

/** Correct for two of three questions; unparsable for every tenth. */
export function answerOf(i: number): string {
  if (i % 10 === 9) return "It could be the first or the second.";
  return `Thinking about ${i}.\n\nFinal Answer: (${"ABCD"[(i + (i % 3 === 2 ? 1 : 0)) % 4]})`;
}

export function sse(text: string): string {
  const chunk = (choice: object) => `data: ${JSON.stringify({ choices: [{ index: 0, ...choice }] })}\n\n`;
  const usage = `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 100, completion_tokens: 7 } })}\n\n`;
  return `${chunk({ delta: { content: text }, finish_reason: null })}${chunk({ delta: {}, finish_reason: "stop" })}${usage}data: [DONE]\n\n`;
}

export const promptOf = (body: { messages: { content: string | { text?: string }[] }[] }): string =>
  body.messages
    .map(({ content }) => (typeof content === "string" ? content : content.map(({ text = "" }) => text).join("")))
    .join("\n");

/** Answers by the question's number, after this delay in milliseconds. */
export const answering =
  (ms: number): Answer =>
  async (response, body, call) => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    await stream(sse(answerOf(numberIn(promptOf(body)))), 4096)(response, body, call);
  };
