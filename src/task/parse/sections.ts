/** Headed sections and lists, as report writers and models write them: markdown headings, bold, capitals, with or without colons. */

import { maxAnswerLength } from "./longest.ts";

export interface Section {
  /** Lower case, without marks. */
  readonly heading: string;
  readonly body: string;
}

const knownHeadings =
  "findings|impression|impressions|conclusion|summary|indication|clinical information|history|clinical history|technique|comparison|examination|exam|recommendation|recommendations|limitations|differential diagnosis|disclaimer";
/** A line without leading white space and quote marks. */
const headingLine = new RegExp(
  `^(?:#{1,6}\\s{0,8})?(?:\\d{1,3}[.)]\\s{0,8})?(?:\\*\\*|__)?\\s{0,8}(${knownHeadings})\\s{0,8}(?:\\*\\*|__)?\\s{0,8}(?::\\s{0,8}(?:\\*\\*|__)?|$)\\s{0,8}(.*)$`,
  "i",
);

/** The sections with a known heading, in order; text before the first heading is not one. */
export function findSections(text: string): Section[] {
  if (text.length > maxAnswerLength) return [];
  const sections: { heading: string; lines: string[] }[] = [];
  for (const line of withoutFence(text).split("\n")) {
    const match = headingLine.exec(line.replace(/^[\s>]+/, "").trimEnd());
    if (match !== null) sections.push({ heading: match[1].toLowerCase(), lines: match[2] === "" ? [] : [match[2]] });
    else sections.at(-1)?.lines.push(line);
  }
  return sections.map(({ heading, lines }) => ({ heading, body: lines.join("\n").trim() }));
}

function withoutFence(text: string): string {
  const fence = /^\s*```[a-z]*\n([\s\S]*?)(?:\n```\s*$|$)/.exec(text);
  return fence === null ? text : fence[1];
}

const bullet = /^\s*(?:[-*•+]|\d+[.)])\s+/;

/** Splits a section into statements: one per list item, or one per sentence if there is no list. */
export function statementsOf(body: string): string[] {
  const lines = body.split("\n").filter((line) => line.trim() !== "");
  const listed = lines.some((line) => bullet.test(line));
  if (!listed) return sentencesOf(lines.map(plain).join(" "));
  const statements: string[] = [];
  let group: string | undefined;
  for (const line of lines) {
    const item = bullet.test(line);
    const statement = plain(line.replace(bullet, ""));
    if (statement === "") continue;
    if (/:$/.test(statement)) group = statement;
    else if (item || statements.length === 0)
      statements.push(group !== undefined && /^\s{2,}/.test(line) ? `${group} ${statement}` : statement);
    else statements[statements.length - 1] += ` ${statement}`;
    if (item && !/^\s{2,}/.test(line) && !/:$/.test(statement)) group = undefined;
  }
  return statements;
}

/** Without emphasis marks. */
export function plain(text: string): string {
  return text
    .replace(/(\*\*|__)(.*?)\1/g, "$2")
    .replace(/\*\*|__/g, "")
    .replace(/\s+/g, " ")
    .trim();
}

/** Splits after a full stop that is followed by a capital; `No. 2` and decimals are not split. */
function sentencesOf(text: string): string[] {
  return text
    .split(/(?<=[.!?])\s+(?=[A-Z])/)
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== "");
}
