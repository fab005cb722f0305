/**
 * A table of studies with one column per finding (CheXpert, MIMIC-CXR's labels, ChestX-ray14, or the user's own): one
 * yes/no question per finding and study. Blank cells are used only if the options say so; uncertain ones (-1) follow
 * the stated policy, which is part of the benchmark's name.
 */
import { basename, join } from "node:path";
import { z } from "zod";
import { PolyclinicError } from "../../../base/errors.ts";
import { presenceQuestion } from "../../../prompts/index.ts";
import type { Item } from "../item.ts";
import type { Source } from "../load.ts";
import { type Row, readRows, valueAt } from "../rows.ts";
import { optionsOf } from "./options.ts";
import { matchesFilter } from "./table.ts";

const options = z.strictObject({
  /** Column -> wording of the finding in the question. */
  findings: z.record(z.string(), z.string()),
  /** Column with the image's path; or a path template with `{column}`. */
  image: z.string(),
  images: z.string().default(""),
  study: z.string(),
  patient: z.string().optional(),
  /** A prefix to remove from the image's path, such as CheXpert's `CheXpert-v1.0-small/`. */
  strip: z.string().optional(),
  /**
   * Folder of a file derived from its name: CT-RATE's `valid_1_a_1.nii.gz` is in `valid_1/valid_1_a/`. A regular
   * expression and its replacement.
   */
  place: z.strictObject({ match: z.string(), to: z.string() }).optional(),
  subject: z.enum(["image", "CT volume", "MRI volume"]).default("image"),
  uncertain: z.enum(["positive", "negative", "leave out"]),
  blank: z.enum(["negative", "leave out"]),
  /** One column holds all findings, separated by a character: ChestX-ray14. */
  list: z.strictObject({ column: z.string(), separator: z.string() }).optional(),
});

export async function readFindings(source: Source): Promise<Item[]> {
  const { findings, image, images, study, patient, strip, uncertain, blank, list, place, subject } = optionsOf(
    source,
    options,
  );
  const policies = { positive: true, negative: false, "leave out": undefined } as const;
  const items: Item[] = [];
  for (const { path } of await source.tables()) {
    for (const [i, row] of (await readRows(path, source.definition)).entries()) {
      if (!matchesFilter(row, source.split.where)) continue;
      const where = `${basename(path)}, row ${i + 1}`;
      const published = textAt(row, image, where).replace(strip ?? "\u0000", "");
      const file = place === undefined ? published : published.replace(new RegExp(place.match), place.to);
      const id = textAt(row, study, where);
      const listed =
        list === undefined
          ? undefined
          : textAt(row, list.column, where)
              .split(list.separator)
              .map((name) => name.trim());
      for (const [column, finding] of Object.entries(findings)) {
        const present = listed === undefined ? cellOf(row, column, where) : listed.includes(column) ? 1 : 0;
        const positive = present === undefined ? policies[blank] : present === -1 ? policies[uncertain] : present === 1;
        if (positive === undefined) continue;
        items.push({
          id: `${id}/${column}`,
          question: presenceQuestion(finding, subject),
          options: ["yes", "no"].map((key) => ({ key, text: key })),
          files: [join(source.data, images, file)],
          gold: { kind: "choice", choice: positive ? "yes" : "no" },
          category: column,
          cluster: patient === undefined ? id : textAt(row, patient, where),
        });
      }
    }
  }
  return items;
}

function textAt(row: Row, column: string, where: string): string {
  const text = column.includes("{")
    ? column.replace(/\{([^}]+)\}/g, (_, name: string) => String(valueAt(row, name) ?? ""))
    : valueAt(row, column);
  if (text !== undefined && String(text).trim() !== "") return String(text).trim();
  throw new PolyclinicError("evaluate/data", `has no ${column}`, {
    where,
    found: `columns ${Object.keys(row).slice(0, 12).join(", ")}`,
  });
}

/** 1, 0, -1, or undefined for a blank cell. */
function cellOf(row: Row, column: string, where: string): number | undefined {
  if (!(column in row))
    throw new PolyclinicError("evaluate/data", `has no column ${column}`, {
      where,
      found: Object.keys(row).slice(0, 16).join(", "),
    });
  const text = String(row[column] ?? "").trim();
  if (text === "" || /^nan$/i.test(text)) return undefined;
  const value = Number(text);
  if (value === 1 || value === 0 || value === -1) return value;
  throw new PolyclinicError("evaluate/data", "is not a valid label", {
    where: `${where}, column ${column}`,
    expected: "1, 0, -1 or an empty cell",
    found: text.slice(0, 30),
  });
}
