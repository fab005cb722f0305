/** The query language of computed answers: one operation over the facts of a concept, in a period, above or below a bound. */
import { PolyclinicError } from "../../base/errors.ts";
import { type Period, spanOf } from "../dates.ts";
import type { Fact, FactKind } from "../fact.ts";

export const operations = [
  "ever",
  "count",
  "list",
  "first",
  "latest",
  "previous",
  "min",
  "max",
  "mean",
  "trend",
  "change",
  "interval",
  "duration",
  "active",
  "age",
  "patient",
] as const;
/** An operation of a query; see `operations`. */
export type Operation = (typeof operations)[number];

export const fields = ["value", "date", "end", "by", "reason", "dosage", "range", "birthDate", "sex", "name"] as const;
/** The field of a fact that a query returns; see `fields`. */
export type Field = (typeof fields)[number];

export const factKinds = [
  "condition",
  "observation",
  "medication",
  "procedure",
  "immunization",
  "allergy",
  "encounter",
  "report",
  "note",
  "device",
  "carePlan",
  "goal",
  "familyHistory",
  "imaging",
] as const satisfies readonly FactKind[];

/** A query over the facts of a record, as the grammar of questions and the `compute` tool produce it. */
export interface ComputeQuery {
  op: Operation;
  /** A name, synonym, abbreviation or code (`718-7`, `http://loinc.org|718-7`). Without it, all facts of the kind. */
  concept?: string;
  kind?: FactKind;
  /**
   * The requested field of the fact; `range`: its position relative to the reference range, or to `above` or `below` where one is given. Default `value` for
   * results, `date` for events.
   */
  field?: Field;
  period?: Period;
  /** Only results strictly above or below, in `unit` or the unit of the results. */
  above?: number;
  below?: number;
  unit?: string;
  /** `list` and `count` of observations (all, or a group as `concept`: `liver values`): only tests whose latest result lies outside its reference range, on this side or on either (`range`). */
  outside?: "range" | "above" | "below";
  /** `interval`: from the first (or latest) of `concept` to the first (or latest) of this. Without it, between the last two of `concept`. */
  to?: string;
  /** Which fact `age`, `interval` and `duration` take (`previous`: only `age`). Default `first`. */
  which?: "first" | "previous" | "latest";
  /** Only results of the day on which this happened (`at: "Encounter for symptom"`): the latest such day. */
  at?: string;
  /** `list`: only medications with this reason. */
  reason?: string;
}

/** The computed result of one query, with the facts it is based on. */
export interface Answer {
  query: ComputeQuery;
  /** The computed value: a number, a boolean, a date, a name, or names. Undefined if the record does not state it. */
  value?: number | string | boolean | readonly string[];
  unit?: string;
  /** When the fact that answers the question was true. */
  date?: string;
  /** The answer as a sentence, with numbers, units and dates as in the record. */
  text: string;
  /** The facts that the answer is based on. */
  facts: readonly Fact[];
  /** Reasons why the answer may be incomplete: imprecise dates, differing units, omitted facts. */
  cautions: readonly string[];
}

/** Beginning of the answer that no fact has the name asked about. */
export const unnamed = "Nothing in this record is called";

/** The JSON Schema of a query, for grammars and tools. */
export const computeSchema = {
  type: "object",
  additionalProperties: false,
  required: ["op"],
  properties: {
    op: { type: "string", enum: [...operations] },
    concept: { type: "string" },
    kind: { type: "string", enum: [...factKinds] },
    field: { type: "string", enum: [...fields] },
    period: {
      type: "object",
      additionalProperties: false,
      properties: { from: { type: "string" }, to: { type: "string" } },
    },
    above: { type: "number" },
    below: { type: "number" },
    unit: { type: "string" },
    outside: { type: "string", enum: ["range", "above", "below"] },
    to: { type: "string" },
    which: { type: "string", enum: ["first", "previous", "latest"] },
    at: { type: "string" },
    reason: { type: "string" },
  },
} as const;

/** Validates a query given as JSON. @throws PolyclinicError `records/query` naming the field. */
export function checkQuery(given: unknown): ComputeQuery {
  const fail = (where: string, expected: string, found: unknown) => {
    throw new PolyclinicError("records/query", "the query is not valid", {
      where,
      expected,
      found: JSON.stringify(found),
    });
  };
  if (typeof given !== "object" || given === null || Array.isArray(given)) fail("query", "an object", given);
  const query = given as Record<string, unknown>;
  for (const [key, value] of Object.entries(query)) {
    const schema = (computeSchema.properties as Record<string, { type: string; enum?: readonly string[] }>)[key];
    if (schema === undefined) fail(key, `one of ${Object.keys(computeSchema.properties).join(", ")}`, key);
    if (typeof value !== schema.type) fail(key, `a ${schema.type}`, value);
    if (schema.enum !== undefined && !schema.enum.includes(value as string)) fail(key, schema.enum.join(", "), value);
  }
  if (query.op === undefined) fail("op", operations.join(", "), undefined);
  const period = query.period as Record<string, unknown> | undefined;
  for (const end of ["from", "to"] as const) {
    const date = period?.[end];
    if (date !== undefined && (typeof date !== "string" || spanOf(date) === undefined))
      fail(`period.${end}`, "an ISO date: 2019, 2019-03 or 2019-03-04", date);
  }
  return query as unknown as ComputeQuery;
}

/** Makes the answer to a query from its text and further fields. */
export type Make = (text: string, rest?: Partial<Answer>) => Answer;
