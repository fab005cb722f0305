/**
 * `npm run evaluate:nano -- --data PATH [--json] [--precision f32,int8,int4] [--card] [--limit N] [--photographs
 * FOLDER] [--rows answers,refusals|ct-thirds] [--runs FOLDER]`: the scoreboard of the released weights. Answers are recorded as
 * runs of `polyclinic evaluate` below `--runs` (default runs/nano), one per precision and question: an interrupted
 * measurement is resumed, and the rows are computed from the records. The folder of photographs is made by
 * `tools/reference/sample-photographs.py` from the images included in scikit-image and scikit-learn. `--card` writes
 * the tables into the model card.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { embeddedFolder } from "../../base/embedded-model.ts";
import { writeWhole } from "../../base/files.ts";
import { progressBar } from "../../base/progress-bar.ts";
import { type Row, tableOf } from "./evaluate/row.ts";
import { nanoScoreboard } from "./evaluate/scoreboard.ts";
import type { SplitList } from "./train/splits.ts";

const precisions = ["f32", "int8", "int4"] as const;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      data: { type: "string" },
      model: { type: "string", default: "nano" },
      json: { type: "boolean", default: false },
      card: { type: "boolean", default: false },
      precision: { type: "string", default: precisions.join(",") },
      limit: { type: "string" },
      photographs: { type: "string" },
      rows: { type: "string", default: "answers,refusals" },
      runs: { type: "string" },
    },
  });
  if (values.data === undefined)
    throw new Error("missing option --data PATH: the data folder described in models/nano/README.md");
  const selected = precisions.filter((precision) => values.precision.split(",").includes(precision));
  const splits = JSON.parse(await readFile(join(embeddedFolder, "splits.json"), "utf8")) as SplitList;
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  const rows = await nanoScoreboard({
    data: values.data,
    splits,
    model: values.model,
    precisions: selected,
    // A trial on fewer cases is recorded as a separate run.
    runs: values.runs ?? (values.limit === undefined ? "runs/nano" : `runs/nano-${values.limit}`),
    rows: rowsNamed(values.rows),
    ...(values.photographs !== undefined && { photographs: values.photographs }),
    ...(values.limit !== undefined && { limit: Number(values.limit) }),
    signal: stop.signal,
    onProgress: progressBar().onProgress,
  });
  if (values.card) await writeCard(rows);
  process.stdout.write(values.json ? `${JSON.stringify({ rows }, undefined, 2)}\n` : `${tableOf(rows)}\n`);
}

function rowsNamed(list: string): "answers" | "refusals" | "both" | "ct-thirds" {
  const names = list.split(",").sort().join(",");
  if (names === "answers,refusals") return "both";
  if (names === "answers" || names === "refusals" || names === "ct-thirds") return names;
  throw new Error(`--rows ${list}: expected answers, refusals, answers,refusals or ct-thirds`);
}

async function writeCard(rows: readonly Row[]): Promise<void> {
  const path = join(embeddedFolder, "README.md");
  const card = await readFile(path, "utf8");
  const refusals = rows.filter(({ id }) => id.startsWith("scope-"));
  const thirds = rows.filter(({ id }) => /^ct-(?:first|last)-third/.test(id));
  const others = rows.filter((row) => !refusals.includes(row) && !thirds.includes(row));
  // At lower precisions the many groups of which no image is accepted would only repeat those of full precision.
  const shown = refusals.filter(
    ({ id, value }) => !id.includes("@") || value > 0 || /^scope-(kept|leak|milliseconds)/.test(id),
  );
  let text = refusals.length > 0 ? replaced(card, "refusals", shown) : card;
  if (thirds.length > 0) text = replaced(text, "ct-thirds", thirds);
  if (others.length > 0) text = replaced(text, "scoreboard", others);
  await writeWhole(path, text, { overwrite: true });
}

/** Replaces the table between `<!-- name -->` and `<!-- /name -->` in the card. */
function replaced(card: string, name: string, rows: readonly Row[]): string {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [start, stop] = [card.indexOf(begin), card.indexOf(end)];
  if (start < 0 || stop < start) throw new Error(`models/nano/README.md has no section ${begin} ... ${end}`);
  return `${card.slice(0, start + begin.length)}\n${tableOf(rows)}\n${card.slice(stop)}`;
}

await main();
