/**
 * MS-CXR-T: a table of image pairs with one column per finding for its course. One item per pair and labelled finding.
 */
import { basename, join } from "node:path";
import { z } from "zod";
import { PolyclinicError } from "../../../base/errors.ts";
import { courses } from "../../../prompts/index.ts";
import type { Item } from "../item.ts";
import type { Source } from "../load.ts";
import { readRows } from "../rows.ts";
import { optionsOf } from "./options.ts";

const options = z.strictObject({
  /** Column -> finding. */
  findings: z.record(z.string(), z.string()),
  /** Path template of an image, with `{dicom_id}`, `{subject_id}`, `{p}` (its first two digits) and `{study_id}`. */
  image: z.string(),
  images: z.string().default(""),
});

/** Published label -> label used here. */
const words: Readonly<Record<string, string>> = {
  improving: "improved",
  improved: "improved",
  stable: "stable",
  worsening: "worsened",
  worsened: "worsened",
};

export async function readCourse(source: Source): Promise<Item[]> {
  const own = optionsOf(source, options);
  const items: Item[] = [];
  for (const { path } of await source.tables())
    for (const [i, row] of (await readRows(path, source.definition)).entries()) {
      const where = `${basename(path)}, row ${i + 1}`;
      const subject = String(row.subject_id);
      const file = (dicom: unknown, study: unknown) => {
        if (dicom === undefined || dicom === "")
          throw new PolyclinicError("evaluate/data", "has no pair of images", {
            where,
            expected: "dicom_id and previous_dicom_id",
            found: Object.keys(row).slice(0, 8).join(", "),
          });
        const placeholders: Record<string, string> = {
          dicom_id: String(dicom),
          study_id: String(study),
          subject_id: subject,
          p: subject.slice(0, 2),
        };
        return join(
          source.data,
          own.images,
          own.image.replace(/\{(\w+)\}/g, (_, name: string) => placeholders[name] ?? ""),
        );
      };
      for (const [column, finding] of Object.entries(own.findings)) {
        const cellText = String(row[column] ?? "").trim();
        if (cellText === "") continue;
        const course = words[cellText.toLowerCase()];
        if (course === undefined)
          throw new PolyclinicError("evaluate/data", "is not a valid progression of a finding", {
            where: `${where}, ${column}`,
            expected: Object.keys(words).join(", "),
            found: cellText,
          });
        items.push({
          id: `${row.dicom_id}/${column}`,
          question: finding,
          options: courses.map((key) => ({ key, text: key })),
          files: [file(row.dicom_id, row.study_id)],
          prior: [file(row.previous_dicom_id, row.previous_study_id)],
          gold: { kind: "choice", choice: course },
          category: finding,
          cluster: subject,
        });
      }
    }
  return items;
}
