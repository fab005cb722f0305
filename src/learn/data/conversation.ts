/**
 * A training example: chat messages with image paths, one JSON object per line, in the format of TRL and of the official fine-tuning notebook:
 *
 * ```json
 * {"messages": [{"role": "user", "content": [{"type": "image", "image": "a.jpg"}, {"type": "text", "text": "Which tissue?"}]},
 *               {"role": "assistant", "content": [{"type": "text", "text": "A: adipose"}]}]}
 * ```
 */
export type ExampleContent =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "image"; readonly image: string };

/** One turn of a training conversation. */
export interface ExampleMessage {
  readonly role: "system" | "user" | "assistant";
  readonly content: readonly ExampleContent[];
}

/** One training conversation; the last message is the answer to learn. */
export interface Example {
  /** Line number in the dataset file, 1-based. */
  readonly line: number;
  /** Image paths are absolute. */
  readonly messages: readonly ExampleMessage[];
}

/** The last turn, which is the training target. */
export function answerOf({ messages }: Pick<Example, "messages">): string {
  return textOf(messages.at(-1)!);
}

/** All text items of a message, concatenated. */
export function textOf({ content }: ExampleMessage): string {
  return content.map((item) => (item.type === "text" ? item.text : "")).join("");
}

/** Image paths of an example, in order. */
export function imagesOf({ messages }: Pick<Example, "messages">): string[] {
  return messages.flatMap(({ content }) => content.flatMap((item) => (item.type === "image" ? [item.image] : [])));
}

/**
 * Parses the object of a line; for an invalid object returns a clause that describes the problem. Content may be a
 * plain string, as in many datasets. Roles must alternate user, assistant, ...; a system message may come first; the
 * last turn must be the assistant's.
 */
export function parseExample(value: unknown): readonly ExampleMessage[] | string {
  const messages = (value as { messages?: unknown } | null)?.messages;
  if (!Array.isArray(messages)) return "has no `messages` list";
  if (messages.length === 0) return "has an empty `messages` list";
  const parsed: ExampleMessage[] = [];
  for (const [i, message] of messages.entries()) {
    const at = `message ${i + 1}`;
    const { role, content } = (message ?? {}) as { role?: unknown; content?: unknown };
    if (role !== "system" && role !== "user" && role !== "assistant")
      return `${at} has the role ${JSON.stringify(role) ?? "undefined"} (expected system, user or assistant)`;
    const items = parseContent(content);
    if (typeof items === "string") return `${at} ${items}`;
    parsed.push({ role, content: items });
  }
  const turns = parsed[0].role === "system" ? parsed.slice(1) : parsed;
  const wrong = turns.findIndex(({ role }, i) => role !== (i % 2 === 0 ? "user" : "assistant"));
  if (wrong >= 0)
    return `has roles that do not alternate: turn ${wrong + 1} is ${turns[wrong].role} (expected ${wrong % 2 === 0 ? "user" : "assistant"})`;
  if (turns.at(-1)?.role !== "assistant") return "does not end with an assistant turn, which is the training target";
  if (textOf(turns.at(-1)!).trim() === "") return "has an empty answer";
  return parsed;
}

function parseContent(content: unknown): readonly ExampleContent[] | string {
  if (typeof content === "string") return [{ type: "text", text: content }];
  if (!Array.isArray(content)) return "has content that is neither a string nor a list";
  const items: ExampleContent[] = [];
  for (const item of content as { type?: unknown; text?: unknown; image?: unknown }[]) {
    if (item?.type === "text" && typeof item.text === "string") items.push({ type: "text", text: item.text });
    else if (item?.type === "image" && typeof item.image === "string") items.push({ type: "image", image: item.image });
    else return `has a content item that is neither text nor an image path: ${JSON.stringify(item)?.slice(0, 80)}`;
  }
  return items;
}
