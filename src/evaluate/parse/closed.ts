/**
 * Closed answers: the option that a text gives as its answer. A letter or word counts only if the text marks it as the answer or consists of
 * nothing else; nothing is guessed from running text, and two different answers count as none.
 */
import { parseChoice } from "../../task/parse/choice.ts";
import { undecorated } from "../../task/parse/final-answer.ts";
import { maxAnswerLength } from "../../task/parse/longest.ts";
import type { Option } from "../benchmark/item.ts";

export type Closed = { readonly choice: string } | { readonly why: string };

/** Phrases that mark an answer; after a `firm` one nothing but the answer may follow. */
const markers: readonly { readonly pattern: RegExp; readonly firm: boolean; readonly final?: true }[] = [
  { pattern: /final\s+answer(?:\s+is)?\s*(?:\*\*|__)?\s*(?::|=|\bis\b)\s*/gi, firm: true, final: true },
  { pattern: /final\s+answer\s*(?:\*\*|__|#)*\s*\n+/gi, firm: true, final: true },
  { pattern: /\bfinal\s+answer\s+(?=\$?\s*(?:\\boxed|\(?[A-Z]\)?[.\s]*$))/gim, firm: true, final: true },
  { pattern: /\\boxed\s*\{/g, firm: true },
  {
    pattern:
      /(?<=^|[\n*#>.!?:]\s{0,8})(?:(?:my|the)\s+)?(?:(?:correct|best|right|most\s+likely|most\s+appropriate|single\s+best)\s+)*(?:answer|option|choice)(?:\s+choice|\s+option)?\s*(?:\*\*|__)?\s*:\s*/gi,
    firm: true,
  },
  {
    pattern:
      /\b(?:answer|option|choice)(?:\s+to\s+(?:the|this)\s+question(?:\s+given\s+the\s+(?:context|abstract))?)?\s+(?:is|would\s+be|must\s+be|should\s+be)\s*:?\s*/gi,
    firm: false,
  },
  { pattern: /<answer>\s*/gi, firm: true },
];

/** @returns the option's key, or the reason why none was found. */
export function parseClosed(whole: string, options: readonly Option[]): Closed {
  if (whole.length > maxAnswerLength) return { why: "the text is too long to be an answer" };
  const text = withoutThought(whole).trim();
  if (text === "") return { why: "the reply is empty" };
  const lettered = options.every(({ key }) => /^[A-Z]$/i.test(key));
  const read = lettered ? letterOf : labelOf;
  if (!lettered || mayBeOption(firstLine(text), options)) {
    const alone = read(text, options, true);
    if ("choice" in alone) return alone;
  }
  // Search backwards from the last mark: models repeat the question at the beginning and correct themselves at the end.
  const found = findMarkers(text);
  for (const { rest, firm, at } of found) {
    const stated = read(rest, options, false);
    if ("choice" in stated) {
      // `"Final Answer: yes" or "Final Answer: no"`: the instruction, repeated.
      const offered = found.some((other) => {
        const between = text.slice(other.at, at);
        if (other.at >= at || between.includes("\n") || !/\bor\b/i.test(between)) return false;
        const earlier = read(other.rest.slice(0, Math.max(0, at - text.length + other.rest.length)), options, false);
        return "choice" in earlier && earlier.choice !== stated.choice;
      });
      return offered ? { why: twoAnswers } : stated;
    }
    // A mark followed by something other than an option is an answer too, but an unusable one.
    if (firm || stated.why === twoAnswers) return stated;
  }
  const last = text.split("\n").at(-1)!.trim();
  if (text.includes("\n") && undecoratedLine(last).length <= 1 + 2 * Number(!lettered) * 10) {
    const stated = read(last, options, true);
    if ("choice" in stated) return stated;
  }
  return { why: noMarker };
}

const noMarker = "no answer is marked";
const twoAnswers = "the reply gives two different answers";

/** Maximum number of marks examined from the end of a text. */
const maxMarkers = 100;

/** Marks, last one first. After a `final answer` only later text can contain another answer, which also limits the search in long texts. */
function findMarkers(text: string): { rest: string; firm: boolean; at: number }[] {
  const finals = [...text.matchAll(/final\s+answer/gi)];
  const from = finals.at(-1)?.index ?? 0;
  const found = markers.flatMap(({ pattern, firm, final }) =>
    [...(final ? text : text.slice(from)).matchAll(pattern)].map((match) => {
      const at = match.index + (final ? 0 : from);
      return { at, end: at + match[0].length, firm };
    }),
  );
  // `Final Answer: The correct answer is B` is one mark inside another: the later end is read first.
  found.sort((a, b) => b.end - a.end || b.at - a.at);
  return found.slice(0, maxMarkers).map(({ at, end, firm }) => {
    const boxed = text.startsWith("\\boxed", at);
    const rest = boxed ? (text.slice(end).split("}")[0] ?? "") : text.slice(end).replace(/<\/answer>[\s\S]*$/i, "");
    return { rest, firm, at };
  });
}

/** Removes reasoning that a server left in the text. An unclosed thought leaves an empty text. */
export function withoutThought(text: string): string {
  if (!text.includes("think>") && !text.includes("THINK>")) return text;
  return text.replace(/<think>[\s\S]*?(?:<\/think>|$)/gi, "").replace(/^[\s\S]*?<\/think>/i, "");
}

/** The first non-empty line, without emphasis, boxes, quotes and outer brackets. */
function undecoratedLine(text: string): string {
  const line = firstLine(text);
  return undecorated(
    undecorated(line)
      .replace(/^\$+|\$+$/g, "")
      .replace(/^\\\(|\\\)$/g, "")
      .replace(/^\\boxed\{([^}]*)\}?.*$/, "$1")
      .replace(/^\\text(?:bf)?\{([^}]*)\}/, "$1")
      .replace(/^[[{<]\s*([^\]}>]*?)\s*[\]}>]$/, "$1")
      .replace(/[*_`]+/g, "")
      .trim(),
  );
}

function firstLine(text: string): string {
  for (let from = 0; from < text.length; ) {
    const end = text.indexOf("\n", from);
    const line = text.slice(from, end < 0 ? undefined : end).trim();
    // A line counts only if it contains letters; marks and an empty box do not.
    const hasText =
      /[\p{L}\p{N}]/u.test(line) && !(line.includes("\\") && undecorated(line.slice(0, maxLineLength)) === "");
    if (hasText) return line.slice(0, maxLineLength);
    if (end < 0) break;
    from = end + 1;
  }
  return "";
}

/** Cheap test for running text: longer than any option and not beginning with an option letter. */
function mayBeOption(line: string, options: readonly Option[]): boolean {
  const longest = options.reduce((length, { text }) => Math.max(length, text.length), 120);
  return line.length <= longest + 40 || /^\W{0,8}[A-Za-z]\W/.test(line);
}

/** An answer is never further into a line than this. */
const maxLineLength = 400;

const connector = /^(?:the\s+)?(?:correct\s+|best\s+)?(?:answer|option|choice|letter)(?:\s+is|\s*:)?\s*:?\s*/i;

/** @param alone whether this is the whole text; a text of several lines must then consist of the option only. */
function letterOf(text: string, options: readonly Option[], alone: boolean): Closed {
  let line = undecoratedLine(text);
  // `Option (B)`, `the correct answer is B`, in any number.
  for (let before = ""; before !== line; ) {
    before = line;
    line = undecorated(line.replace(connector, ""));
  }
  if (line === "") return { why: "nothing follows the answer marker" };
  const single = /^\(?\[?\s*([A-Za-z])\s*[\])]?$/.exec(line);
  // A letter, a separator, then an explanation: `(B) oedema`, `B: oedema`, `B - oedema`.
  const explained = /^(?:\(([A-Z])\)|\[([A-Z])\]|([A-Z])(?:\s*[).:]|\s+[-–—=]))\s*(.*)$/s.exec(line);
  const letter = single?.[1] ?? explained?.[1] ?? explained?.[2] ?? explained?.[3];
  if (letter === undefined) {
    // A text of many lines that begins with an option's text is prose unless it is marked.
    const byText = named(line, options);
    if (byText.length === 1 && !(alone && text.trim().includes("\n"))) return { choice: byText[0].key };
    if (/^\(?[A-Z]\)?\s*(?:,|\/|&|and|or)\s*\(?[A-Z]\)?\b/.test(line)) return { why: twoAnswers };
    return { why: `the answer matches no option: ${line.slice(0, 60)}` };
  }
  const option = options.find(({ key }) => key.toLowerCase() === letter.toLowerCase());
  if (option === undefined) return { why: `there is no option ${letter}` };
  const rest = explained?.[4] ?? "";
  if (/^(?:,|\/|&|\band\b|\bor\b)\s*\(?[A-Z]\)?(?:[\s.),:]|$)/.test(rest)) return { why: twoAnswers };
  const others = new Set([...rest.matchAll(/\(([A-Z])\)/g)].map((match) => match[1]));
  others.delete(option.key);
  if ([...others].some((key) => options.some((other) => other.key === key)) && /\b(?:or|and|both|either)\b/i.test(rest))
    return { why: twoAnswers };
  const words = rest === "" ? [] : named(rest, options);
  if (words.length > 0 && !words.includes(option))
    return { why: "the letter and the words refer to different options" };
  if (alone && explained !== null && listsOptions(text, options))
    return { why: "the reply lists the options without choosing one" };
  return { choice: option.key };
}

/** The options with this text. */
function named(words: string, options: readonly Option[]): Option[] {
  // Longer than any option: running text, not normalised.
  if (options.every(({ text }) => words.length > 2 * text.length + 20)) return [];
  const normalised = normal(words);
  return options.filter(({ text }) => normalOption(text) === normalised);
}

/** Several lines that each begin with another option's letter are the question repeated. */
function listsOptions(text: string, options: readonly Option[]): boolean {
  const begun = new Set(
    text
      .split("\n")
      .map((line) => /^\W*([A-Z])\W*[).:]/.exec(line.trim())?.[1])
      .filter((key) => options.some((option) => option.key === key)),
  );
  return begun.size > 1;
}

function labelOf(text: string, options: readonly Option[], alone: boolean): Closed {
  // Marked answers are handled by the caller.
  if (alone && /final\s+answer/i.test(text)) return { why: noMarker };
  const labels = options.map(({ text: label }) => label);
  const line = undecoratedLine(text).replace(connector, "");
  if (/^(?:not|neither|none)\b/i.test(line) && !labels.some((label) => /^(?:not|neither|none)\b/i.test(label)))
    return { why: `the answer matches no option: ${line.slice(0, 60)}` };
  // Marked answers are read as such; a text without a mark has to begin with the label.
  const chosen = parseChoice(alone ? text : `Final Answer: ${line}`, labels);
  if (chosen === undefined) return { why: `the answer matches no option: ${line.slice(0, 60)}` };
  if (alone && !beginsFirmly(text, chosen.choice)) return { why: noMarker };
  return { choice: options.find(({ text: label }) => label === chosen.choice)!.key };
}

/** `No evidence of ...` or `Stable angina is ...` begins with a label but is running text: the label must end its clause. */
function beginsFirmly(text: string, label: string): boolean {
  const rest = undecoratedLine(text).slice(label.length).trimStart();
  return rest === "" || /^[,.;:!)\-–—]/.test(rest);
}

const normalOptions = new Map<string, string>();
const maxCachedOptions = 10_000;

/** Options are the same for every sample of a question. */
function normalOption(text: string): string {
  let form = normalOptions.get(text);
  if (form === undefined) {
    if (normalOptions.size >= maxCachedOptions) normalOptions.clear();
    form = normal(text);
    normalOptions.set(text, form);
  }
  return form;
}

/** Lower case, punctuation replaced by spaces. */
function normal(text: string): string {
  return text
    .toLowerCase()
    .normalize("NFKC")
    .replace(/[^\p{L}\p{N}+\-%/.<>=]+/gu, " ")
    .replace(/\.(?=\s|$)/g, " ")
    .replace(/\s+/g, " ")
    .trim();
}
