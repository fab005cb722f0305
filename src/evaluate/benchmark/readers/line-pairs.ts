/**
 * Two text files with matching lines, input and reference, as report summarisation sets are published
 * (`test.findings.tok`, `test.impression.tok`).
 */
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { z } from "zod";
import { PolyclinicError } from "../../../base/errors.ts";
import type { Item } from "../item.ts";
import type { Source } from "../load.ts";
import { optionsOf } from "./options.ts";

const options = z.strictObject({
  given: z.array(z.string()).min(1),
  wanted: z.array(z.string()).min(1),
  question: z.string(),
});

export async function readLinePairs(source: Source): Promise<Item[]> {
  const own = optionsOf(source, options);
  const [given, wanted] = [await source.find(own.given), await source.find(own.wanted)];
  const lines = async (path: string) =>
    (await readFile(path, "utf8")).replace(/\r/g, "").replace(/\n$/, "").split("\n");
  const [inputs, outputs] = [await lines(given), await lines(wanted)];
  if (inputs.length !== outputs.length)
    throw new PolyclinicError("evaluate/data", "the two files have different numbers of lines", {
      where: `${basename(given)}, ${basename(wanted)}`,
      expected: String(inputs.length),
      found: String(outputs.length),
    });
  let empty = 0;
  const items = inputs.flatMap((input, i): Item[] => {
    if (input.trim() === "" || outputs[i].trim() === "") {
      empty++;
      return [];
    }
    return [
      {
        id: String(i + 1),
        question: own.question,
        context: input.trim(),
        gold: { kind: "text", references: [outputs[i].trim()] },
      },
    ];
  });
  if (empty > 0) source.warnings.push(`${empty} empty lines are left out`);
  return items;
}
