/**
 * Renders a record within a model's token budget, at three levels as far as they fit: every concept on one line; the
 * full series of the concepts a question is about; every fact in order of time. The text states what does not fit.
 */
import { clockToday } from "../dates.ts";
import type { Fact } from "../fact.ts";
import type { HealthRecord } from "../record.ts";
import { compactLines, factLine, headings, type Line, patientLine, referencesOf } from "./lines.ts";
import { retrieveConcepts } from "./retrieve.ts";

/** Token budget and question of a record view. */
export interface RecordViewOptions {
  /** Maximum number of tokens the text may have, by `count`. */
  budget: number;
  /** Counts the tokens of a text as the model does. */
  count: (text: string) => number;
  /** Chooses the series that are shown in full. */
  question?: string;
  today?: string;
  /** `medgemma` encloses the text in the lines with which MedGemma's record questions were asked. Default `plain`. */
  layout?: "plain" | "medgemma";
}

/** A record as text for a model, summarised to fit a token budget. */
export interface RecordView {
  /** In reading order; a record has texts only. */
  items: readonly { type: "text"; text: string }[];
  text: string;
  /** Tokens of `text` by the counter given. Never more than the budget. */
  tokens: number;
  /** Included levels: concepts, series of the question's concepts, all facts. */
  levels: readonly ("compact" | "series" | "chronology")[];
  /** Facts that are in the text, on a line of their own or within their concept's. */
  facts: readonly Fact[];
  /** A description of what did not fit. */
  leftOut: readonly string[];
}

/** MedGemma's frame of a record (report of MedGemma 1, table A8). */
const frame = ["======= Patient EHR Data =======", "======= End Patient EHR Data ======="] as const;

/**
 * Renders a record as text within a token budget: first what the question is about, then the rest at the most detailed
 * level that fits.
 *
 * @throws PolyclinicError when not even the patient's line fits.
 */
export function viewRecord(record: HealthRecord, options: RecordViewOptions): RecordView {
  const { count, question, layout = "plain" } = options;
  const today = options.today ?? clockToday();
  const wrap = (lines: readonly string[]) =>
    (layout === "medgemma" ? [frame[0], ...lines, frame[1]] : lines).join("\n");
  const writer = new Writer(options.budget, count, wrap);
  writer.require(patientLine(record, today));
  for (const caution of record.cautions) writer.tryAll([{ text: `Caution: ${caution}.`, facts: [] }]);

  const references = referencesOf(record);
  const line = (fact: Fact) => factLine(fact, references.get(fact)!);
  const levels = new Set<"compact" | "series" | "chronology">();
  const leftOut: string[] = [];

  const series = question === undefined ? [] : retrieveConcepts(record, question, today).map(({ facts }) => facts);
  const questionFacts = series.flat();
  const writeSeries = () => {
    if (questionFacts.length === 0) return;
    const unique = [...new Set(questionFacts)];
    const lines = unique.map(line);
    if (writer.tryAll([{ text: "", facts: [] }, { text: "Facts the question is about:", facts: [] }, ...lines]))
      levels.add("series");
    else {
      const written = writer.tryMost(
        [
          { text: "", facts: [] },
          { text: "Facts the question is about, the latest:", facts: [] },
        ],
        lines.reverse(),
      );
      if (written > 0) levels.add("series");
      leftOut.push(`${lines.length - written} of ${lines.length} facts the question is about`);
    }
  };
  const compact = compactLines(record, today);
  const compactAll: Line[] = [];
  for (const [kind, heading] of headings) {
    const lines = compact.get(kind);
    if (lines !== undefined) compactAll.push({ text: "", facts: [] }, { text: `${heading}:`, facts: [] }, ...lines);
  }
  // If space is short, what the question is about precedes the overview.
  if (writer.fits(compactAll)) {
    writer.tryAll(compactAll);
    levels.add("compact");
    const chronology = [...record.facts].map(line);
    const whole = [{ text: "", facts: [] }, { text: "All facts in order of time:", facts: [] }, ...chronology];
    if (writer.tryAll(whole)) levels.add("chronology");
    else {
      writeSeries();
      if (questionFacts.length === 0) {
        const written = writer.tryMost(
          [
            { text: "", facts: [] },
            { text: "The latest facts:", facts: [] },
          ],
          chronology.reverse(),
        );
        if (written > 0) levels.add("chronology");
        leftOut.push(
          `${chronology.length - written} of ${chronology.length} single facts (their concepts are listed above)`,
        );
      } else
        leftOut.push(
          `single facts of ${compact.size === 0 ? "other" : "the other"} concepts (they are listed above by concept)`,
        );
    }
  } else {
    writeSeries();
    let missing = 0;
    for (const [kind, heading] of headings) {
      const lines = compact.get(kind);
      if (lines === undefined) continue;
      const written = writer.tryMost(
        [
          { text: "", facts: [] },
          { text: `${heading}:`, facts: [] },
        ],
        lines,
      );
      if (written > 0) levels.add("compact");
      missing += lines.length - written;
    }
    if (missing > 0) leftOut.push(`${missing} concepts`);
  }
  if (leftOut.length > 0) writer.note(`Left out for length: ${leftOut.join("; ")}.`);
  const text = writer.text();
  return {
    items: [{ type: "text", text }],
    text,
    tokens: count(text),
    levels: [...levels],
    facts: [...writer.facts],
    leftOut,
  };
}

/** Adds lines while they fit; the final count is of the whole text, not the sum of its lines. */
class Writer {
  readonly facts = new Set<Fact>();
  readonly #lines: Line[] = [];
  readonly #costs: number[] = [];
  #used: number;
  /** Space reserved for the line that states what was left out. */
  readonly #reserve: number;
  #last?: string;

  constructor(
    readonly budget: number,
    readonly count: (text: string) => number,
    readonly wrap: (lines: readonly string[]) => string,
  ) {
    this.#used = count(wrap([]));
    this.#reserve = Math.min(60, Math.floor(budget / 10));
  }

  #cost(text: string): number {
    return this.count(`${text}\n`);
  }

  require(text: string): void {
    this.#push({ text, facts: [] }, this.#cost(text));
  }

  fits(lines: readonly Line[]): boolean {
    return this.#used + lines.reduce((sum, { text }) => sum + this.#cost(text), 0) <= this.budget - this.#reserve;
  }

  tryAll(lines: readonly Line[]): boolean {
    const costs = lines.map(({ text }) => this.#cost(text));
    if (this.#used + costs.reduce((a, b) => a + b, 0) > this.budget - this.#reserve) return false;
    for (const [index, line] of lines.entries()) this.#push(line, costs[index]);
    return true;
  }

  /** The heads and as many of the lines as fit; nothing if none does. */
  tryMost(heads: readonly Line[], lines: readonly Line[]): number {
    let written = 0;
    let pending = heads.map((line) => ({ line, cost: this.#cost(line.text) }));
    for (const line of lines) {
      const cost = this.#cost(line.text);
      const needed = pending.reduce((sum, each) => sum + each.cost, cost);
      if (this.#used + needed > this.budget - this.#reserve) break;
      for (const each of pending) this.#push(each.line, each.cost);
      pending = [];
      this.#push(line, cost);
      written++;
    }
    return written;
  }

  /** Adds the last line, which is kept when others have to be removed. */
  note(text: string): void {
    this.#last = text;
  }

  #push(line: Line, cost: number): void {
    this.#lines.push(line);
    this.#costs.push(cost);
    this.#used += cost;
    for (const fact of line.facts) this.facts.add(fact);
  }

  /** The text, shortened from the end in the rare case that the joined lines have more tokens than their sum. */
  text(): string {
    const whole = () =>
      this.wrap([...this.#lines.map((line) => line.text), ...(this.#last === undefined ? [] : [this.#last])]);
    let text = whole();
    while (this.#lines.length > 0 && this.count(text) > this.budget) {
      const dropped = this.#lines.pop()!;
      for (const fact of dropped.facts)
        if (!this.#lines.some(({ facts }) => facts.includes(fact))) this.facts.delete(fact);
      this.#last ??= "Left out for length: the last lines.";
      text = whole();
    }
    if (this.count(text) > this.budget) {
      this.#last = undefined;
      text = whole();
    }
    return text;
  }
}
