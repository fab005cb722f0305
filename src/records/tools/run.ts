/** Runs the tools on a record. They are read-only and return text. */
import { PolyclinicError } from "../../base/errors.ts";
import { searchNotes } from "../chart/index.ts";
import { chartOf } from "../chart/of-record.ts";
import { checkQuery } from "../compute/query.ts";
import { compute } from "../compute/run.ts";
import { dayWords, whenOf } from "../compute/words.ts";
import { conceptsOf, isComponentOf, resolveConcept } from "../concepts/resolve.ts";
import { clockToday, compareDates, spanOf, within } from "../dates.ts";
import type { Fact, FactKind } from "../fact.ts";
import type { HealthRecord } from "../record.ts";
import { factLine, headings, patientLine, referencesOf } from "../view/lines.ts";
import { toolDefinitions } from "./definitions.ts";

/** The text of a tool call for the model, and the facts that this text shows. */
export interface ToolResult {
  text: string;
  /** The facts the text shows. */
  facts: readonly Fact[];
}

export interface ToolOptions {
  today?: string;
}

/**
 * Runs one tool call.
 * @throws `records/tool` for an unknown tool or arguments that do not fit its schema; the message is meant for the model that called.
 */
export function runTool(record: HealthRecord, name: string, given: unknown, options: ToolOptions = {}): ToolResult {
  const today = options.today ?? clockToday();
  const definition = toolDefinitions.find((each) => each.name === name);
  if (definition === undefined)
    throw new PolyclinicError("records/tool", `there is no tool ${name}`, {
      where: name,
      expected: toolDefinitions.map((each) => each.name).join(", "),
    });
  if (name === "compute") {
    const answer = compute(record, checkQuery(given), { today });
    const references = referencesOf(record);
    return {
      text: [
        answer.text,
        answer.facts.length > 0
          ? `Facts: ${answer.facts
              .slice(0, 20)
              .map((fact) => `[${references.get(fact)}]`)
              .join(" ")}`
          : "",
        ...answer.cautions.map((caution) => `Caution: ${caution}.`),
      ]
        .filter(Boolean)
        .join("\n"),
      facts: answer.facts,
    };
  }
  const values = checkArguments(
    name,
    given,
    definition.parameters.properties as Record<string, { type: string; enum?: readonly string[] }>,
  );
  if (name === "manifest") return manifest(record, today, values.kind as FactKind | undefined);
  if (name === "read") return read(record, values.id as string | undefined);
  return search(record, values);
}

function checkArguments(
  tool: string,
  given: unknown,
  properties: Record<string, { type: string; enum?: readonly string[] }>,
): Record<string, unknown> {
  const fail = (where: string, expected: string, found: unknown): never => {
    throw new PolyclinicError("records/tool", `the arguments of ${tool} do not fit`, {
      where,
      expected,
      found: JSON.stringify(found),
    });
  };
  if (given === undefined || given === null) return {};
  if (typeof given !== "object" || Array.isArray(given)) fail("arguments", "an object", given);
  const values: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(given as object)) {
    if (value === null) continue;
    const schema = properties[key];
    if (schema === undefined) fail(key, Object.keys(properties).join(", "), key);
    if (schema.type === "integer" ? !Number.isInteger(value) : typeof value !== schema.type)
      fail(key, schema.type, value);
    if (schema.enum !== undefined && !schema.enum.includes(value as string)) fail(key, schema.enum.join(", "), value);
    if ((key === "from" || key === "to") && spanOf(value as string) === undefined)
      fail(key, "YYYY, YYYY-MM or YYYY-MM-DD", value);
    values[key] = value;
  }
  return values;
}

/** An overview of the record by kind and name. */
export function manifest(record: HealthRecord, today: string, kind?: FactKind): ToolResult {
  const lines = [patientLine(record, today)];
  for (const [each, heading] of headings) {
    if (kind !== undefined && each !== kind) continue;
    const concepts = conceptsOf(record).filter((concept) => concept.kind === each);
    if (concepts.length === 0) continue;
    const names = concepts.slice(0, kind === undefined ? 40 : 200).map(({ display, codes, facts }) => {
      const dates = facts
        .map(whenOf)
        .filter((date) => date !== undefined)
        .sort(compareDates);
      const span =
        dates.length === 0
          ? ""
          : dates.length === 1
            ? `, ${dayWords(dates[0])}`
            : `, ${dayWords(dates[0])} to ${dayWords(dates[dates.length - 1])}`;
      return `${display}${codes[0].code ? ` (${codes[0].code})` : ""}: ${facts.length}${span}`;
    });
    lines.push(
      `${heading} ["${each}"]: ${names.join("; ")}${concepts.length > names.length ? `; and ${concepts.length - names.length} more names` : ""}`,
    );
  }
  if (record.texts.length > 0) lines.push(`Texts that search can look into: ${record.texts.length}`);
  for (const caution of record.cautions) lines.push(`Caution: ${caution}.`);
  return { text: lines.join("\n"), facts: [] };
}

function search(record: HealthRecord, values: Record<string, unknown>): ToolResult {
  const limit = Math.min(100, (values.limit as number | undefined) ?? 20);
  const references = referencesOf(record);
  const kind = values.type as FactKind | undefined;
  const words = values.text as string | undefined;
  const name = values.code as string | undefined;
  const lines: string[] = [];
  let facts: Fact[] = [];
  if (words === undefined || name !== undefined || kind !== undefined) {
    facts = [...record.facts].filter((fact) => kind === undefined || fact.kind === kind);
    if (name !== undefined) {
      const found = resolveConcept(record, name, kind === undefined ? undefined : [kind]);
      const conceptFacts =
        "concepts" in found ? new Set(found.concepts.flatMap((concept) => concept.facts)) : new Set<Fact>();
      const panel = facts.filter((fact) => isComponentOf(fact, name));
      facts = conceptFacts.size > 0 ? facts.filter((fact) => conceptFacts.has(fact)) : panel;
      if (facts.length === 0 && !("concepts" in found)) {
        if (found.ambiguous !== undefined)
          lines.push(`"${name}" may mean: ${found.ambiguous.join("; ")}. Search for one of them.`);
        else
          lines.push(
            `Nothing is called "${name}".${found.close.length > 0 ? ` Close: ${found.close.join("; ")}.` : ""}`,
          );
      }
    }
    const period = {
      ...(values.from === undefined ? {} : { from: values.from as string }),
      ...(values.to === undefined ? {} : { to: values.to as string }),
    };
    if (values.from !== undefined || values.to !== undefined)
      facts = facts.filter((fact) => whenOf(fact) !== undefined && within(whenOf(fact)!, period) !== "out");
    facts.sort((a, b) => compareDates(whenOf(b), whenOf(a)));
    const shown = facts.slice(0, limit);
    for (const fact of shown) lines.push(factLine(fact, references.get(fact)!).text);
    if (facts.length > shown.length)
      lines.push(`${facts.length - shown.length} more facts match: narrow the search by name or dates.`);
    else if (facts.length === 0 && lines.length === 0) lines.push("No fact matches.");
    facts = shown;
  }
  if (words !== undefined) {
    const hits = searchNotes(chartOf(record), words, limit);
    for (const { note, from, to, quote, date } of hits)
      lines.push(`${date ?? "no date"} note ${note}, characters ${from} to ${to}: "${quote.slice(0, 400)}"`);
    if (hits.length === 0) lines.push("No note holds these words.");
  }
  return { text: lines.join("\n"), facts };
}

const maxTextLength = 8000;

function read(record: HealthRecord, id: string | undefined): ToolResult {
  if (id === undefined)
    throw new PolyclinicError("records/tool", "read needs an id", {
      where: "id",
      expected: "a reference like F12, or an id",
    });
  const reference = id.replace(/^\[|\]$/g, "");
  const references = referencesOf(record);
  const fact = record.facts.find((each) => references.get(each) === reference || each.id === reference);
  const text =
    record.texts.find((each) => each.id === reference) ??
    (fact !== undefined && "note" in fact.source
      ? record.texts.find((each) => each.id === (fact.source as { note: string }).note)
      : undefined);
  if (fact === undefined && text === undefined)
    throw new PolyclinicError("records/tool", `there is no fact or note ${id}`, {
      where: "id",
      expected: `F1 to F${record.facts.length}, or the id of a note`,
      found: id,
    });
  const lines: string[] = [];
  if (fact !== undefined)
    lines.push(
      JSON.stringify({ reference: references.get(fact), ...fact, text: undefined }),
      ...(fact.text ? [fact.text] : []),
    );
  if (text !== undefined)
    lines.push(
      `${text.title}${text.date ? `, ${text.date}` : ""}:`,
      text.text.slice(0, maxTextLength),
      ...(text.text.length > maxTextLength ? [`(${text.text.length - maxTextLength} more characters)`] : []),
    );
  return { text: lines.join("\n"), facts: fact === undefined ? [] : [fact] };
}
