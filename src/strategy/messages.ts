import type { Message } from "../model/contract.ts";

/** The messages with words after the last one, which is the user's; texts that follow each other stay one item, as the chat template needs. */
export function withWords(messages: readonly Message[], words: string): Message[] {
  const last = messages[messages.length - 1];
  const content = [...last.content];
  const end = content.at(-1);
  if (end?.type === "text") content[content.length - 1] = { type: "text", text: `${end.text}\n\n${words}` };
  else content.push({ type: "text", text: words });
  return [...messages.slice(0, -1), { role: last.role, content }];
}

/** A conversation of one turn. */
export const userSays = (text: string): Message[] => [{ role: "user", content: [{ type: "text", text }] }];

/** Lines of a list that a model wrote, without bullets, numbers and empty ones. */
export const linesOf = (text: string): string[] =>
  text
    .split("\n")
    .map((line) => line.replace(/^\s*(?:[-*]|\d+[.)])\s*/, "").trim())
    .filter((line) => line !== "");
