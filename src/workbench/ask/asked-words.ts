/** The boxes of an answer, and a request as a question. */
import type { Answer, LocatedBox } from "../api/types.ts";
import { words } from "../words/en.ts";

export function boxesOf({ result }: Answer): readonly LocatedBox[] {
  const { boxes } = (result.answer ?? {}) as { boxes?: readonly LocatedBox[] };
  return Array.isArray(boxes) ? boxes : [];
}

export function exampleWords({
  task,
  options,
}: {
  readonly task: string;
  readonly options: Readonly<Record<string, unknown>>;
}): string {
  if (typeof options.question === "string") return options.question;
  if (typeof options.object === "string") return words.ask.where(options.object);
  if (Array.isArray(options.labels)) return options.labels.join(" / ");
  return words.ask.tasks[task] ?? task;
}
