/**
 * Parses answers from a model's text. There are three outcomes other than an answer, each counted: `unparsed` (with the
 * reason), a refusal, and a failed call. None of them is ever replaced by a guess.
 */
import type { Box } from "../../measure/index.ts";
import { parseBoxes } from "../../task/parse/boxes.ts";
import { findFinalAnswer, undecorated } from "../../task/parse/final-answer.ts";
import { findJson } from "../../task/parse/json.ts";
import { parseSpan } from "../../task/parse/span.ts";
import type { Gold, Option } from "../benchmark/item.ts";
import type { AnswerForm } from "../prompt/prompt.ts";
import { parseClosed, withoutThought } from "./closed.ts";

/** Parser version, incremented whenever some text is parsed differently. */
export const parserVersion = 1;

/** A parsed answer, by its kind. */
export type AnswerValue =
  | { readonly kind: "choice"; readonly choice: string }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "boxes"; readonly boxes: readonly Box[] }
  /** Seconds; without ends if the answer is that it does not happen. */
  | { readonly kind: "span"; readonly from?: number; readonly to?: number }
  | { readonly kind: "list"; readonly list: readonly string[] }
  | { readonly kind: "rows"; readonly rows: readonly Readonly<Record<string, string>>[] };

/** An answer, the reason why none was found, or a refusal. */
export type ParsedAnswer =
  | { readonly status: "parsed"; readonly answer: AnswerValue }
  | { readonly status: "unparsed"; readonly why: string }
  | { readonly status: "refused" };

/** The fields of a reply that affect parsing. */
export interface Written {
  readonly text: string;
  readonly unclosedThought?: boolean;
  readonly finishReason?: string;
}

/**
 * Parses a model's text as an answer of the given form. Never throws on the text.
 *
 * @param form the answer form of the prompt, which selects the parser.
 */
export function parseAnswer(
  form: AnswerForm,
  { text, unclosedThought, finishReason }: Written,
  { options, gold }: { readonly options?: readonly Option[]; readonly gold?: Gold },
): ParsedAnswer {
  if (unclosedThought) return { status: "unparsed", why: "the model reached its token limit while still thinking" };
  const read = readers[form](withoutThought(text).trim(), options ?? [], gold);
  if (typeof read !== "string") return { status: "parsed", answer: read };
  if (refuses(text)) return { status: "refused" };
  return { status: "unparsed", why: finishReason === "length" ? `${read}; the text was truncated` : read };
}

type Read = (text: string, options: readonly Option[], gold: Gold | undefined) => AnswerValue | string;

const closed: Read = (text, options) => {
  const read = parseClosed(text, options);
  return "choice" in read ? { kind: "choice", choice: read.choice } : read.why;
};

const long: Read = (text) =>
  text === "" ? "the reply is empty" : refuses(text) && text.length < 300 ? "refused" : { kind: "text", text };

const readers: Readonly<Record<AnswerForm, Read>> = {
  letter: closed,
  label: closed,
  short(text, options) {
    if (options.length > 0) return closed(text, options, undefined);
    const final = findFinalAnswer(text);
    if (final !== undefined)
      return final.line === "" ? "nothing follows the answer marker" : { kind: "text", text: final.line };
    const lines = text.split("\n").filter((line) => line.trim() !== "");
    // A short line is an answer by itself; longer reasoning without a marked answer is not.
    if (lines.length === 1 && lines[0].split(/\s+/).length <= 20 && !refuses(text))
      return { kind: "text", text: undecorated(lines[0]) };
    return text === "" ? "the reply is empty" : "no answer is marked";
  },
  long,
  report: long,
  number(text) {
    const stated = findFinalAnswer(text)?.line ?? (/^\W*[-+]?[\d.,]+\W*$/.test(text) ? text : undefined);
    if (stated === undefined) return "no number is marked as the answer";
    const numbers = stated.match(/[-+]?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?/gi) ?? [];
    if (numbers.length !== 1)
      return numbers.length === 0 ? "the answer contains no number" : "the answer contains several numbers";
    return { kind: "number", value: Number(numbers[0].replace(/,/g, "")) };
  },
  boxes(text) {
    const parsed = parseBoxes(text);
    if (parsed === undefined) return "no list of boxes inside the image";
    return { kind: "boxes", boxes: parsed.boxes.map(({ x0, y0, x1, y1 }) => ({ x0, y0, x1, y1 })) };
  },
  span(text) {
    const line = findFinalAnswer(text)?.line ?? (text.includes("\n") ? undefined : text);
    const read = parseSpan(line ?? "");
    if (read === "none") return { kind: "span" };
    return "why" in read ? read.why : { kind: "span", ...read };
  },
  list(text) {
    const list = text
      .split("\n")
      .map((line) => /^\W*\d{1,2}\s*[.):-]\s*(.+)$/.exec(line.trim())?.[1])
      .filter((line): line is string => line !== undefined)
      .map((line) => undecorated(line.replace(/[*_`]/g, "")));
    return list.length === 0 ? "the reply has no numbered list" : { kind: "list", list };
  },
  rows(text) {
    for (const { value } of findJson(text).reverse()) {
      if (!Array.isArray(value)) continue;
      const rows = value.filter(
        (row): row is Record<string, unknown> => typeof row === "object" && row !== null && !Array.isArray(row),
      );
      if (rows.length !== value.length) return "an entry of the list is not an object";
      return {
        kind: "rows",
        rows: rows.map((row) =>
          Object.fromEntries(
            Object.entries(row)
              .filter(([, cell]) => cell !== null && cell !== undefined)
              .map(([name, cell]) => [name, String(cell)]),
          ),
        ),
      };
    }
    return "the reply has no JSON list";
  },
};

/** Phrases with which models decline; checked only if no answer was found. */
function refuses(text: string): boolean {
  return /^\W*(?:i(?:'|’)?m\s+(?:very\s+)?sorry|i\s+am\s+(?:sorry|unable|not\s+able)|i(?:'|’)m\s+(?:unable|not\s+able)|sorry,|i\s+can(?:no|'|’)t|i\s+can\s?not|as\s+an?\s+(?:ai|language\s+model)|unfortunately,?\s+i\s+can)/i.test(
    withoutThought(text).trim(),
  );
}

/** An answer as a single line, for vote counts and confusion matrices; equal answers have equal lines. */
export function answerKey(answer: AnswerValue): string {
  switch (answer.kind) {
    case "choice":
      return answer.choice;
    case "text":
      return answer.text.trim().toLowerCase().replace(/\s+/g, " ");
    case "number":
      return String(answer.value);
    case "boxes":
      return JSON.stringify(answer.boxes);
    case "span":
      return answer.from === undefined ? "none" : `${answer.from}-${answer.to}`;
    case "list":
      return JSON.stringify(answer.list);
    case "rows":
      return JSON.stringify(answer.rows);
  }
}
