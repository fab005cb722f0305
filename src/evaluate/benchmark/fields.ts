/** Converts a row to an item, according to the fields of `benchmark.yaml`. */
import { join } from "node:path";
import { PolyclinicError } from "../../base/errors.ts";
import { parseSpan } from "../../task/parse/span.ts";
import type { ItemFields } from "./definition.ts";
import type { Gold, Item, Option } from "./item.ts";
import { type Row, valueAt } from "./rows.ts";

type Field = string | number;

export interface Where {
  /** File and row, for error messages. */
  readonly where: string;
  /** The data folder. */
  readonly data: string;
  /** 0-based; used for items without an id. */
  readonly index: number;
  readonly category?: string;
}

/** @throws PolyclinicError `evaluate/data` for a missing field or an answer outside the options. */
export function itemOf(row: Row, fields: ItemFields, at: Where): Item {
  const optional = (field: Field | undefined) => (field === undefined ? undefined : textOf(row, field));
  const required = (name: keyof ItemFields, field: Field | undefined) => {
    const text = optional(field);
    if (text !== undefined && text.trim() !== "") return text;
    throw new PolyclinicError("evaluate/data", `has no ${name}`, {
      where: at.where,
      expected: `the field ${field ?? name}`,
      found: `fields ${Object.keys(row).slice(0, 12).join(", ")}`,
      hint: "Is this another version of the benchmark? Compare its fields with `item` in benchmark.yaml.",
    });
  };
  const options = optionsOf(row, fields, at);
  const context = optional(fields.context);
  const category = optional(fields.category) ?? at.category;
  const cluster = optional(fields.cluster);
  const files = filesOf(row, fields.image, fields, at);
  const prior = filesOf(row, fields.prior, fields, at);
  const closed =
    fields.closed &&
    Object.entries(fields.closed).some(([field, values]) => values.includes((textOf(row, field) ?? "").trim()));
  return {
    id: fields.id === undefined ? String(at.index) : required("id", fields.id),
    question: questionOf(fields.question, (field) => required("question", field)),
    ...(context !== undefined && context.trim() !== "" && { context }),
    ...(options !== undefined && { options }),
    ...(files !== undefined && { files }),
    ...(prior !== undefined && { prior }),
    gold: goldOf(row, fields, options, at),
    ...(category !== undefined && { category }),
    ...(cluster !== undefined && { cluster }),
    ...(closed !== undefined && { closed }),
  };
}

function questionOf(question: ItemFields["question"], text: (field: Field) => string): string {
  if (question === undefined) return "";
  if (typeof question !== "object") return text(question);
  const whole = text(question.from);
  const end = whole.indexOf(question.until);
  return end > 0 ? whole.slice(0, end).trimEnd() : whole;
}

function textOf(row: Row, field: Field): string | undefined {
  const name = String(field);
  if (name.startsWith("=")) return name.slice(1);
  if (!name.includes("{")) return asText(valueAt(row, name));
  let whole = true;
  const text = name.replace(/\{([^}]+)\}/g, (_, path: string) => {
    const value = asText(valueAt(row, path));
    if (value === undefined) whole = false;
    return value ?? "";
  });
  return whole ? text : undefined;
}

function asText(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value)) return value.map((part) => asText(part) ?? "").join("\n");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function optionsOf(row: Row, fields: ItemFields, at: Where): Option[] | undefined {
  if (fields.choices !== undefined) return fields.choices.map((choice) => ({ key: choice, text: choice }));
  if (fields.options === undefined) return undefined;
  if (Array.isArray(fields.options))
    return lettered(
      fields.options.map((field) => textOf(row, field)).filter((text): text is string => (text ?? "").trim() !== ""),
    );
  const found = valueAt(row, String(fields.options));
  const value = typeof found === "string" && /^\s*[[{]/.test(found) ? looseJson(found) : found;
  if (Array.isArray(value)) {
    const keyed = value.map((entry: unknown) =>
      typeof entry === "object" && entry !== null
        ? {
            key: String((entry as Row).letter ?? (entry as Row).key ?? ""),
            text: String((entry as Row).content ?? (entry as Row).value ?? (entry as Row).text ?? ""),
          }
        : undefined,
    );
    if (keyed.every((option) => option !== undefined && option.key !== "")) return keyed as Option[];
    return lettered(value.map((entry) => asText(entry) ?? ""));
  }
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).filter(([, text]) => asText(text) !== undefined);
    if (entries.length >= 2) return entries.map(([key, text]) => ({ key: letterOf(key), text: asText(text)! }));
  }
  throw new PolyclinicError("evaluate/data", "has no answer options", {
    where: at.where,
    expected: `the field ${fields.options}: an object or a list`,
    found: JSON.stringify(found)?.slice(0, 80),
  });
}

/** AfriMed-QA names its options `option1` and so on; the prompt uses letters. */
function letterOf(key: string): string {
  const place = /^option_?(\d+)$/i.exec(key)?.[1];
  return place === undefined ? key : letters[Number(place) - 1];
}

/** JSON, or a Python literal (dictionary or list with single quotes), which some CSV files contain. */
function looseJson(text: string): unknown {
  for (const form of [text, text.replace(/(?<=[[{,:\s])'|'(?=\s*[,:\]}])/g, '"')]) {
    try {
      return JSON.parse(form);
    } catch {}
  }
  return undefined;
}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const lettered = (texts: readonly string[]): Option[] => texts.map((text, i) => ({ key: letters[i], text }));

function goldOf(row: Row, fields: ItemFields, options: readonly Option[] | undefined, at: Where): Gold {
  const read = (field: Field) => textOf(row, field)?.trim();
  if (options !== undefined && fields.answer !== undefined)
    return { kind: "choice", choice: choiceOf(row, fields, options, at) };
  if (fields.value !== undefined) {
    const value = Number(read(fields.value));
    if (!Number.isFinite(value) || read(fields.value) === "")
      throw new PolyclinicError("evaluate/data", "the value is not a number", {
        where: at.where,
        found: read(fields.value),
      });
    return { kind: "number", value };
  }
  if (fields.span !== undefined) return spanOf([read(fields.span.from), read(fields.span.to)], at);
  const named =
    fields.references ??
    (typeof fields.answer === "object" ? [fields.answer.from] : fields.answer === undefined ? [] : [fields.answer]);
  const references = named.map(read).filter((text): text is string => text !== undefined && text !== "");
  if (named.length === 0) return { kind: "judged" };
  if (references.length > 0) return { kind: "text", references };
  throw new PolyclinicError("evaluate/data", "has no answer", {
    where: at.where,
    expected: `the field ${named.join(" or ")}`,
  });
}

function spanOf(ends: readonly (string | undefined)[], at: Where): Gold {
  const span = parseSpan(ends.map((end) => end ?? "").join(" - "));
  if (typeof span === "object" && "from" in span) return { kind: "span", from: span.from, to: span.to };
  throw new PolyclinicError("evaluate/data", "is not a time span", {
    where: at.where,
    expected: "a start and an end, in seconds or as mm:ss",
    found: ends.map((end) => end ?? "nothing").join(" to "),
  });
}

function choiceOf(row: Row, { answer }: ItemFields, options: readonly Option[], at: Where): string {
  const {
    from,
    as,
    base = 0,
    map,
  } = typeof answer === "object" ? answer : { from: answer!, as: "key" as const, base: 0, map: undefined };
  const published = textOf(row, from)?.trim() ?? "";
  const value = map?.[published] ?? published;
  const folded = value.toLowerCase();
  const found =
    as === "number"
      ? options[Number(value) - base]
      : options.find(({ key, text }) =>
          as === "text" ? text.trim().toLowerCase() === folded : letterOf(value).toLowerCase() === key.toLowerCase(),
        );
  if (value !== "" && found !== undefined) return found.key;
  throw new PolyclinicError("evaluate/data", "the answer is not one of the options", {
    where: at.where,
    expected: options.map(({ key, text }) => (as === "text" ? text : key)).join(", "),
    found: published === "" ? `an empty field ${from}` : published.slice(0, 80),
    hint: "Is this another version of the benchmark, or a split without answers?",
  });
}

function filesOf(row: Row, named: ItemFields["image"], { images }: ItemFields, at: Where): string[] | undefined {
  if (named === undefined) return undefined;
  const fields = Array.isArray(named) ? named : [named];
  const values = fields.flatMap((field) => {
    const value = String(field).includes("{") ? undefined : valueAt(row, String(field));
    return Array.isArray(value) ? value.map(String) : [textOf(row, field)];
  });
  const paths = values.filter((path): path is string => path !== undefined && path.trim() !== "");
  if (paths.length > 0) return paths.map((path) => join(at.data, images ?? "", path.trim()));
  throw new PolyclinicError("evaluate/data", "has no image path", {
    where: at.where,
    expected: `the field ${fields.join(", ")}`,
  });
}
