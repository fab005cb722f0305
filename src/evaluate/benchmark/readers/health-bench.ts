/** HealthBench as published: JSON Lines with `prompt` (turns) and `rubrics` (criteria with points and tags). Its score needs a judge; the reader keeps the criteria. */
import { basename } from "node:path";
import { PolyclinicError } from "../../../base/errors.ts";
import type { Item, Turn } from "../item.ts";
import type { Source } from "../load.ts";
import { readRows } from "../rows.ts";

export async function readHealthBench(source: Source): Promise<Item[]> {
  const [{ path }] = await source.tables();
  return (await readRows(path)).map((row, i) => {
    const { prompt, rubrics } = row;
    if (!Array.isArray(prompt) || !Array.isArray(rubrics))
      throw new PolyclinicError("evaluate/data", "is not a HealthBench entry", {
        where: `${basename(path)}, line ${i + 1}`,
        expected: "prompt and rubrics",
        found: Object.keys(row).join(", "),
      });
    const turns = prompt.map(
      (turn: { role: Turn["role"]; content: string }): Turn => ({ role: turn.role, text: turn.content }),
    );
    const criteria = rubrics.map((rubric: { criterion: string; points: number; tags?: string[] }) => ({
      criterion: rubric.criterion,
      points: rubric.points,
      tags: rubric.tags ?? [],
    }));
    const theme = Array.isArray(row.example_tags)
      ? row.example_tags.map(String).find((tag) => tag.startsWith("theme:"))
      : undefined;
    return {
      id: String(row.prompt_id ?? i),
      question: turns.at(-1)?.text ?? "",
      turns,
      gold: { kind: "judged", criteria },
      ...(theme !== undefined && { category: theme.slice("theme:".length) }),
    };
  });
}
