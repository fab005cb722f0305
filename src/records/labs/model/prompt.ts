/**
 * The prompt for reading a laboratory report with a model, and the form of its answer. Persona and fields are those of
 * the MedGemma 1.5 report (Table 11: name, result, unit, range, panel, method, specimen, collection time as DD-MM-YYYY
 * HH:MM:SS); the wording is this project's own.
 */

export const labPrompt = {
  version: "labs@1",
  text: [
    "You are a Clinical Data Extraction Specialist.",
    "The image is a page of a laboratory report. List every laboratory test on it as a JSON array, one object a test, in the order of the page.",
    "Copy name, result, unit and range exactly as printed. Take the current result, not an earlier one printed beside it.",
    "Write null for what is not printed. Times are DD-MM-YYYY HH:MM:SS. Answer with the JSON array alone.",
  ].join("\n"),
} as const;

/** One test of a model's answer; every field but the name may be null. */
export interface ModelLabRow {
  readonly name: string;
  readonly result: string | null;
  readonly unit: string | null;
  readonly range: string | null;
  readonly flag?: string | null;
  readonly panel: string | null;
  readonly method: string | null;
  readonly specimen: string | null;
  readonly sample_collection_time: string | null;
}

const text = { anyOf: [{ type: "string" }, { type: "null" }] } as const;

/** JSON Schema of the answer, within the subset that decoding can enforce. */
export const labSchema = {
  type: "array",
  items: {
    type: "object",
    properties: {
      name: { type: "string" },
      result: text,
      unit: text,
      range: text,
      panel: text,
      method: text,
      specimen: text,
      sample_collection_time: text,
    },
    required: ["name", "result", "unit", "range", "panel", "method", "specimen", "sample_collection_time"],
    additionalProperties: false,
  },
} as const;

/** The rows of a model's JSON answer that are valid, and problems of the others. */
export interface ParsedModelRows {
  readonly rows: readonly ModelLabRow[];
  /** Parts of the answer that could not be used. */
  readonly problems: readonly string[];
}

/**
 * Rows of a model's answer, from the first `[` to the last `]`. Never throws on a model's text: failures are in
 * `problems`.
 */
export function parseModelRows(answer: string): ParsedModelRows {
  const [from, to] = [answer.indexOf("["), answer.lastIndexOf("]")];
  if (from < 0 || to < from) return { rows: [], problems: ["no JSON array"] };
  let value: unknown;
  try {
    value = JSON.parse(answer.slice(from, to + 1));
  } catch (error) {
    return { rows: [], problems: [`not JSON: ${error instanceof Error ? error.message : String(error)}`] };
  }
  const rows: ModelLabRow[] = [];
  const problems: string[] = [];
  for (const [i, one] of (value as unknown[]).entries()) {
    if (typeof one !== "object" || one === null || typeof (one as { name?: unknown }).name !== "string") {
      problems.push(`row ${i + 1} has no name`);
      continue;
    }
    const given = one as Record<string, unknown>;
    const field = (name: string) => {
      const held = given[name];
      if (typeof held === "string") return held.trim() === "" ? null : held.trim();
      return typeof held === "number" ? String(held) : null;
    };
    rows.push({
      name: (given.name as string).trim(),
      result: field("result"),
      unit: field("unit"),
      range: field("range"),
      ...(given.flag !== undefined && { flag: field("flag") }),
      panel: field("panel"),
      method: field("method"),
      specimen: field("specimen"),
      sample_collection_time: field("sample_collection_time"),
    });
  }
  return { rows, problems };
}
