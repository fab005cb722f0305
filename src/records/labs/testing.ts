/**
 * Pages for tests, written as text: every character is a cell of one width, every line becomes one run per stretch of
 * text.
 */
import type { LabPage } from "./read-document.ts";

const [letter, pitch, size] = [6, 16, 11];

/** Cells separated by two or more blanks become separate runs, as in PDF files. */
export function page(
  drawing: string,
  { width = 800, height = 1000 } = {},
): LabPage & { text: NonNullable<LabPage["text"]> } {
  const text = drawing
    .replace(/^\n/, "")
    .split("\n")
    .flatMap((line, i) =>
      [...line.matchAll(/\S+(?: \S+)*/g)].map((run) => ({
        text: run[0],
        x: 40 + run.index * letter,
        y: 40 + i * pitch,
        width: run[0].length * letter,
        height: size,
        angle: 0,
      })),
    );
  return { width, height, text };
}
