/** The text layer of a page as lines. */
import type { TextRun } from "../types.ts";

/**
 * Joins runs in the order of the file, which follows columns if a page has them: a run at another height, or to the
 * left of the previous run's end, begins a new line. Wide gaps (columns of a table) become two spaces.
 */
export function pageText(runs: readonly TextRun[]): string {
  const lines: string[] = [];
  let last: TextRun | undefined;
  for (const run of runs) {
    const height = Math.max(run.height, 1);
    const middle = ({ y, height: h }: TextRun) => y + h / 2;
    const end = last === undefined ? 0 : last.x + last.width;
    if (last === undefined || Math.abs(middle(run) - middle(last)) > height / 2 || run.x < end - height)
      lines.push(run.text.trim());
    else {
      const gap = run.x - end;
      lines[lines.length - 1] += `${gap > height ? "  " : gap > height * 0.1 ? " " : ""}${run.text.trim()}`;
    }
    last = run;
  }
  return lines.join("\n");
}
