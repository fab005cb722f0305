/** Pages for tests, written as they look: every letter a cell of one width, every line a run for each stretch of print. */
import type { LabPage } from "./read-document.ts";

const [letter, pitch, size] = [6, 16, 11];

/** Cells apart by two blanks and more are runs of their own, as PDF files have them. */
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
