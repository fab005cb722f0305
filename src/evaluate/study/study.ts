/**
 * A rating study as a folder: `study.json` (rubric, sources, seed), `units.jsonl` (what is rated), `assignments.jsonl`
 * (who rates what, in which order and on which side), `ratings.jsonl` (append-only), `forms/`. Raters see texts, never
 * sources.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { PolyclinicError } from "../../base/errors.ts";
import { requireFree, writeWhole } from "../../base/files.ts";
import { Random } from "../../base/random.ts";
import { readRows } from "../benchmark/rows.ts";
import { openRun } from "../run/folder.ts";
import { recordsOf } from "../run/json-lines.ts";
import type { CallRecord, ItemRecord, SampleRecord } from "../run/records.ts";
import { loadRubric, type Rubric } from "./rubric.ts";

export interface StudyRecord {
  readonly schema: "polyclinic.study/1";
  readonly rubric: Rubric;
  /** The origin of the rated texts: runs, or columns of a table. */
  readonly sources: readonly string[];
  readonly seed: number;
  readonly created: string;
}

export interface UnitText {
  readonly source: string;
  readonly text: string;
  /** Counterfactual: each text answers its own question. */
  readonly question?: string;
}

export interface Unit {
  readonly id: string;
  /** Cluster for uncertainty: units about one question are resampled together. */
  readonly item: string;
  readonly question: string;
  readonly texts: readonly UnitText[];
}

export interface InitOptions {
  readonly rubric: string;
  /**
   * Folders of runs: one or more for an independent rubric, two for a pairwise one, one with paired items for a
   * counterfactual one.
   */
  readonly runs?: readonly string[];
  /** A table with the columns id, question, and one column per source. */
  readonly table?: string;
  /** Maximum number of questions, drawn with the seed. */
  readonly limit?: number;
  readonly seed?: number;
}

/** @throws PolyclinicError `study/sources` if the sources do not fit the rubric's shape, `study/rubric`, `file/exists`. */
export async function initStudy(
  folder: string,
  { rubric: name, runs = [], table, limit, seed = 0 }: InitOptions,
): Promise<{ units: number }> {
  await requireFree(join(folder, "study.json"));
  const rubric = await loadRubric(name);
  const given = table === undefined ? await textsOfRuns(runs) : await textsOfTable(table);
  if (given.sources.length === 0)
    throw new PolyclinicError("study/sources", "contains no texts to rate", {
      where: folder,
      expected: "--runs RUN [RUN], or --table FILE.csv",
    });
  const chosen =
    limit === undefined || limit >= given.items.length
      ? given.items
      : new Random(seed).shuffle([...given.items]).slice(0, limit);
  const units = unitsOf(rubric, given.sources, chosen, folder);
  const study: StudyRecord = {
    schema: "polyclinic.study/1",
    rubric,
    sources: given.sources,
    seed,
    created: new Date().toISOString(),
  };
  await writeWhole(join(folder, "units.jsonl"), units.map((unit) => `${JSON.stringify(unit)}\n`).join(""));
  await writeWhole(join(folder, "study.json"), `${JSON.stringify(study, undefined, 2)}\n`);
  return { units: units.length };
}

interface Texts {
  readonly sources: readonly string[];
  readonly items: readonly {
    readonly id: string;
    readonly question: string;
    readonly cluster?: string;
    readonly texts: ReadonlyMap<string, string>;
  }[];
}

async function textsOfRuns(folders: readonly string[]): Promise<Texts> {
  const items = new Map<string, { id: string; question: string; cluster?: string; texts: Map<string, string> }>();
  for (const folder of folders) {
    const run = await openRun(folder);
    const answers = new Map<string, string>();
    for await (const { id, answer } of recordsOf<SampleRecord>(run.path("samples")))
      if (answer.length > 0) answers.set(answer[0], id);
    const texts = new Map<string, string>();
    for await (const { key, text } of recordsOf<CallRecord>(run.path("calls"))) {
      const id = answers.get(key);
      if (id !== undefined) texts.set(id, text);
    }
    for await (const { id, input, cluster } of recordsOf<ItemRecord>(run.path("items"))) {
      const text = texts.get(id);
      if (text === undefined) continue;
      const item = items.get(id) ?? {
        id,
        question: input,
        ...(cluster !== undefined && { cluster }),
        texts: new Map<string, string>(),
      };
      item.texts.set(folder, text);
      items.set(id, item);
    }
  }
  return { sources: folders, items: [...items.values()].filter(({ texts }) => texts.size === folders.length) };
}

async function textsOfTable(path: string): Promise<Texts> {
  const rows = await readRows(path);
  const sources = Object.keys(rows[0] ?? {}).filter((name) => !["id", "question", "cluster"].includes(name));
  return {
    sources,
    items: rows.map((row, i) => ({
      id: String(row.id ?? i),
      question: String(row.question ?? ""),
      ...(row.cluster !== undefined && { cluster: String(row.cluster) }),
      texts: new Map(sources.map((source) => [source, String(row[source] ?? "")])),
    })),
  };
}

function unitsOf({ shape }: Rubric, sources: readonly string[], items: Texts["items"], where: string): Unit[] {
  const wrong = (expected: string, found: string) =>
    new PolyclinicError("study/sources", "do not fit the rubric", { where, expected, found });
  switch (shape) {
    case "independent":
      return items.flatMap(({ id, question, texts }) =>
        sources.map((source, i) => ({
          id: sources.length === 1 ? id : `${id}/${i + 1}`,
          item: id,
          question,
          texts: [{ source, text: texts.get(source)! }],
        })),
      );
    case "pairwise":
      if (sources.length !== 2) throw wrong("two sources", String(sources.length));
      return items.map(({ id, question, texts }) => ({
        id,
        item: id,
        question,
        texts: sources.map((source) => ({ source, text: texts.get(source)! })),
      }));
    case "counterfactual": {
      if (sources.length !== 1) throw wrong("one source", String(sources.length));
      const pairs = new Map<string, Texts["items"][number][]>();
      for (const item of items)
        if (item.cluster !== undefined) pairs.set(item.cluster, [...(pairs.get(item.cluster) ?? []), item]);
      const whole = [...pairs].filter(([, members]) => members.length === 2);
      if (whole.length === 0) throw wrong("questions in pairs (two of one cluster)", "none");
      return whole.map(([id, members]) => ({
        id,
        item: id,
        question: "",
        texts: members.map(({ question, texts }) => ({ source: sources[0], question, text: texts.get(sources[0])! })),
      }));
    }
  }
}

export interface Study {
  readonly folder: string;
  readonly study: StudyRecord;
  readonly units: readonly Unit[];
}

/** @throws PolyclinicError `study/none`. */
export async function openStudyFolder(folder: string): Promise<Study> {
  const text = await readFile(join(folder, "study.json"), "utf8").catch(() => undefined);
  if (text === undefined)
    throw new PolyclinicError("study/none", "contains no rating study", {
      where: folder,
      hint: "Create one with `polyclinic study init`.",
    });
  const units: Unit[] = [];
  for await (const unit of recordsOf<Unit>(join(folder, "units.jsonl"))) units.push(unit);
  return { folder, study: JSON.parse(text) as StudyRecord, units };
}
