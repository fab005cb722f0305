/**
 * Reports of chest X-rays. `iu-x-ray`: Open-i's two tables (`indiana_reports.csv`, `indiana_projections.csv`), one item
 * per study with its frontal images. `r2gen`: `annotation.json` with splits. `mimic-cxr`: reports as text files in the
 * published folders, with split and metadata tables.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { PolyclinicError } from "../../../base/errors.ts";
import { findSections } from "../../../task/parse/sections.ts";
import type { Item } from "../item.ts";
import type { Source } from "../load.ts";
import { type Row, readRows } from "../rows.ts";
import { optionsOf } from "./options.ts";

const options = z.strictObject({
  layout: z.enum(["iu-x-ray", "r2gen", "mimic-cxr"]),
  /** The section that is scored; `both` is findings and impression. */
  section: z.enum(["findings", "impression", "both"]).default("both"),
  images: z.string().default("images"),
  /** Name of the split in the published files. */
  split: z.string().default("test"),
});
type Options = z.infer<typeof options>;

export async function readReports(source: Source): Promise<Item[]> {
  const own = optionsOf(source, options);
  switch (own.layout) {
    case "iu-x-ray":
      return readIndiana(source, own);
    case "r2gen":
      return readR2gen(source, own);
    case "mimic-cxr":
      return readMimic(source, own);
  }
}

const question = "Write a report of this chest X-ray.";

function reportText(section: Options["section"], findings: string, impression: string): string | undefined {
  const parts = [...(section === "impression" ? [] : [findings]), ...(section === "findings" ? [] : [impression])].map(
    (text) => text.trim(),
  );
  const text = parts.filter((part) => part !== "").join("\n");
  return text === "" ? undefined : text;
}

async function readIndiana(source: Source, { section, images }: Options): Promise<Item[]> {
  const frontal = new Map<string, string[]>();
  for (const row of await readRows(await source.find("indiana_projections.csv"))) {
    if (String(row.projection) !== "Frontal") continue;
    const id = String(row.uid);
    frontal.set(id, [...(frontal.get(id) ?? []), String(row.filename)]);
  }
  let without = 0;
  const items = (await readRows(await source.find("indiana_reports.csv"))).flatMap((row): Item[] => {
    const id = String(row.uid);
    const files = frontal.get(id);
    const text = reportText(section, String(row.findings ?? ""), String(row.impression ?? ""));
    if (files === undefined || text === undefined) {
      without++;
      return [];
    }
    const indication = String(row.indication ?? "").trim();
    return [
      {
        id,
        question,
        ...(indication !== "" && { context: indication }),
        files: files.map((file) => join(source.data, images, file)),
        gold: { kind: "text", references: [text] },
        cluster: id,
      },
    ];
  });
  if (without > 0)
    source.warnings.push(`${without} studies without a frontal image or without this section are left out`);
  return items;
}

async function readR2gen(source: Source, { images, split }: Options): Promise<Item[]> {
  const path = await source.find(["annotation.json", "iu_xray/annotation.json"]);
  const all = JSON.parse(await readFile(path, "utf8")) as Record<string, Row[]>;
  const rows = all[split];
  if (!Array.isArray(rows))
    throw new PolyclinicError("evaluate/data", `has no split ${split}`, {
      where: path,
      found: Object.keys(all).join(", "),
    });
  return rows.map((row) => ({
    id: String(row.id),
    question,
    files: [row.image_path].flat().map((file) => join(source.data, images, String(file))),
    gold: { kind: "text", references: [String(row.report)] },
    cluster: String(row.subject_id ?? row.id),
  }));
}

/** `files/p10/p10000032/s50414267.txt` and `files/p10/p10000032/s50414267/<dicom>.jpg` or `.dcm`. */
async function readMimic(source: Source, { section, split, images }: Options): Promise<Item[]> {
  const views = new Map<string, string>();
  for (const row of await readRows(await source.find(["mimic-cxr-2.0.0-metadata.csv"])))
    views.set(String(row.dicom_id), String(row.ViewPosition));
  const studies = new Map<string, { subject: string; dicoms: string[] }>();
  for (const row of await readRows(await source.find(["mimic-cxr-2.0.0-split.csv"]))) {
    if (String(row.split) !== split) continue;
    const id = String(row.study_id);
    const study = studies.get(id) ?? { subject: String(row.subject_id), dicoms: [] };
    if (/^(?:AP|PA)$/.test(views.get(String(row.dicom_id)) ?? "")) study.dicoms.push(String(row.dicom_id));
    studies.set(id, study);
  }
  const items: Item[] = [];
  let without = 0;
  for (const [id, { subject, dicoms }] of studies) {
    const folder = join("files", `p${subject.slice(0, 2)}`, `p${subject}`, `s${id}`);
    const report = await readFile(join(source.data, `${folder}.txt`), "utf8").catch(() => undefined);
    const sections = report === undefined ? [] : findSections(report);
    const named = (name: RegExp) => sections.find(({ heading }) => name.test(heading))?.body ?? "";
    const text = reportText(section, named(/^findings/i), named(/^impression/i));
    if (text === undefined || dicoms.length === 0) {
      without++;
      continue;
    }
    const indication = named(/^indication/i).trim();
    items.push({
      id,
      question,
      ...(indication !== "" && { context: indication }),
      files: dicoms.map((dicom) =>
        join(source.data, images === "dicom" ? join(folder, `${dicom}.dcm`) : join(folder, `${dicom}.jpg`)),
      ),
      gold: { kind: "text", references: [text] },
      cluster: subject,
    });
  }
  if (without > 0)
    source.warnings.push(`${without} studies without a frontal image or without this section are left out`);
  return items;
}
