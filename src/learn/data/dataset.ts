/** A dataset of chat messages, validated completely before training starts. */
import type { Work } from "../../base/progress.ts";
import { answerOf, type Example, type ExampleMessage, imagesOf, parseExample } from "./conversation.ts";
import { type BadLine, Fault, type LinePlace, onceEach, readLines, requireGoodLines } from "./lines.ts";

/** What every line of a dataset must satisfy. */
export interface DatasetChecks extends Work {
  /** Opens an image to verify that it can be read; throws an error meant for the user. Called once per path. */
  readonly checkImage: (path: string) => Promise<void>;
  /** Number of tokens of the whole conversation; compared with `contextTokens`. */
  readonly countTokens?: (messages: readonly ExampleMessage[]) => number;
  /** Longest conversation that can be trained on, in tokens. */
  readonly contextTokens?: number;
  /** The declared labels: every answer must equal or end with one of them. */
  readonly labels?: readonly string[];
  /** Drops examples longer than the context instead of rejecting the dataset. */
  readonly dropTooLong?: boolean;
}

/** A checked dataset of conversations. */
export interface Dataset {
  readonly path: string;
  readonly examples: readonly Example[];
  /** Lines dropped because of `dropTooLong`. */
  readonly dropped: readonly BadLine[];
}

/**
 * Reads and validates a JSONL dataset.
 *
 * @throws learn/dataset naming every bad line by number; learn/dataset-empty when no example is left.
 */
export async function readDataset(path: string, checks: DatasetChecks): Promise<Dataset> {
  const checkImage = onceEach(checks.checkImage);
  const read = async (value: unknown, place: LinePlace): Promise<Example | Fault> => {
    const example = exampleOf(value, place);
    if (typeof example === "string") return new Fault(example);
    const faults = [labelFault(example, checks.labels)];
    for (const image of imagesOf(example)) faults.push(await checkImage(image));
    const fault = faults.find((reason) => reason !== undefined);
    if (fault !== undefined) return new Fault(fault);
    const length = lengthFault(example, checks);
    return length === undefined ? example : new Fault(length, true);
  };
  const { examples, bad } = await readLines(path, read, checks);
  const dropped = (line: BadLine) => line.tooLong && checks.dropTooLong === true;
  requireGoodLines(
    path,
    examples,
    bad.filter((line) => !dropped(line)),
    "one JSON object with `messages` per line",
  );
  return { path, examples, dropped: bad.filter(dropped) };
}

function exampleOf(value: unknown, { line, absolute }: LinePlace): Example | string {
  const messages = parseExample(value);
  if (typeof messages === "string") return messages;
  return {
    line,
    messages: messages.map(({ role, content }) => ({
      role,
      content: content.map((item) => (item.type === "image" ? { ...item, image: absolute(item.image) } : item)),
    })),
  };
}

function labelFault(example: Example, labels: readonly string[] | undefined): string | undefined {
  if (labels === undefined) return undefined;
  const answer = answerOf(example).trim();
  if (labels.some((label) => answer === label || answer.endsWith(`: ${label}`))) return undefined;
  return `has the answer ${JSON.stringify(answer.slice(0, 60))}, which is not a declared label (${labels.join(", ")})`;
}

function lengthFault(example: Example, { countTokens, contextTokens }: DatasetChecks): string | undefined {
  if (countTokens === undefined || contextTokens === undefined) return undefined;
  const tokens = countTokens(example.messages);
  return tokens > contextTokens
    ? `is ${tokens} tokens long (the model's context is ${contextTokens} tokens)`
    : undefined;
}
