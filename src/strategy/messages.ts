import type { Message } from "../model/contract.ts";

/**
 * Appends text to the last message, which is the user's; adjacent texts are merged into one item, as the chat template
 * requires.
 */
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

/** The lines of a list written by a model, without bullets, numbers and empty lines. */
export const linesOf = (text: string): string[] =>
  text
    .split("\n")
    .map((line) => line.replace(/^\s*(?:[-*]|\d+[.)])\s*/, "").trim())
    .filter((line) => line !== "");
