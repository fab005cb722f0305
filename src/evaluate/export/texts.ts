/**
 * A run's answers and references as two tables for labelling tools; CheXbert requires the column `Report Impression`.
 */
import { join } from "node:path";
import { writeWhole } from "../../base/files.ts";
import type { RunFolder } from "../run/folder.ts";
import { scoreRun } from "../score/score.ts";

const cell = (text: string) => `"${text.replace(/"/g, '""')}"`;

/**
 * Writes the generated and the reference texts of a run as CSV files for external labelling tools.
 *
 * @returns the paths of `candidates.csv` and `references.csv`, whose rows correspond. An unparsed answer is an empty
 * text.
 * @throws PolyclinicError `file/exists`.
 */
export async function textsFor(run: RunFolder, folder: string): Promise<string[]> {
  const { items } = await scoreRun(run, { texts: true });
  const sides = {
    candidates: items.map(({ id, texts }) => [id, texts?.candidate] as const),
    references: items.map(({ id, texts }) => [id, texts?.references[0]] as const),
  };
  const written: string[] = [];
  for (const [side, rows] of Object.entries(sides)) {
    const lines = rows.flatMap(([id, text]) =>
      text === undefined ? [] : [`${cell(id)},${side.slice(0, -1)},${cell(text)}`],
    );
    const path = join(folder, `${side}.csv`);
    await writeWhole(path, `id,side,Report Impression\n${lines.join("\n")}\n`);
    written.push(path);
  }
  return written;
}
