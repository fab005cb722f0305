/** Words of a page with boxes, the input of the parser: from a PDF's text layer or from OCR. */
import type { PageBox } from "../fact.ts";

/** A text run of a PDF's text layer, as `imaging/page` returns it. */
export interface TextRun {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Direction of the baseline, degrees clockwise; default 0. */
  readonly angle?: number;
}

/** A word of a page, from the text layer or from OCR. */
export interface Word extends PageBox {
  /** Coordinates `x0` to `y1` on the upright, flattened page, which the parser uses. */
  readonly text: string;
  /** Position in the page's own image. */
  readonly box: PageBox;
  /** 0 to 1; absent for text that does not come from OCR. */
  readonly confidence?: number;
}

export const wordAt = (text: string, box: PageBox, confidence?: number): Word => ({
  text,
  ...box,
  box,
  ...(confidence !== undefined && { confidence }),
});

/**
 * Words of a text layer. PDF.js breaks words and joins cells as the file does, so runs that touch are joined first and all are then cut
 * at blanks, each word getting its share of the run's width by what its letters take in a common sans serif font.
 *
 * @param size of the page image, to turn a page whose text runs upside down or sideways.
 */
export function wordsOfRuns(runs: readonly TextRun[], size: { width: number; height: number }): Word[] {
  const angle = mainAngle(runs);
  const turned = runs
    .filter((run) => quarter(run.angle ?? 0) === angle && run.text.trim() !== "")
    .map((run) => ({ text: run.text, ...turn(run, angle, size) }));
  return joinTouching(turned)
    .flatMap(cut)
    .map((word) => ({ ...word, box: turnBack(word, angle, size) }));
}

/** The direction of most characters: 0, 90, 180 or 270. */
export function mainAngle(runs: readonly TextRun[]): number {
  const letters = new Map<number, number>();
  for (const { text, angle = 0 } of runs)
    letters.set(quarter(angle), (letters.get(quarter(angle)) ?? 0) + text.trim().length);
  return [...letters].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 0;
}

const quarter = (angle: number) => (((Math.round(angle / 90) * 90) % 360) + 360) % 360;

interface Placed extends PageBox {
  text: string;
}

/** A run's box on the page, rotated so that its text runs to the right. */
function turn({ x, y, width, height }: TextRun, angle: number, size: { width: number; height: number }): PageBox {
  const box = { x0: x, y0: y, x1: x + width, y1: y + height };
  if (angle === 180)
    return { x0: size.width - box.x1, y0: size.height - box.y1, x1: size.width - box.x0, y1: size.height - box.y0 };
  if (angle === 90) return { x0: box.y0, y0: size.width - box.x1, x1: box.y1, y1: size.width - box.x0 };
  if (angle === 270) return { x0: size.height - box.y1, y0: box.x0, x1: size.height - box.y0, y1: box.x1 };
  return box;
}

function turnBack({ x0, y0, x1, y1 }: PageBox, angle: number, size: { width: number; height: number }): PageBox {
  if (angle === 180) return { x0: size.width - x1, y0: size.height - y1, x1: size.width - x0, y1: size.height - y0 };
  if (angle === 90) return { x0: size.width - y1, y0: x0, x1: size.width - y0, y1: x1 };
  if (angle === 270) return { x0: y0, y0: size.height - x1, x1: y1, y1: size.height - x0 };
  return { x0, y0, x1, y1 };
}

/** Joins runs on one baseline without a gap. Runs drawn twice (for bold print) are merged as well. */
function joinTouching(runs: readonly Placed[]): Placed[] {
  const sorted = [...runs].sort((a, b) => a.y1 - b.y1 || a.x0 - b.x0);
  const joined: Placed[] = [];
  for (const run of sorted) {
    const height = run.y1 - run.y0;
    const duplicate = joined.find(
      (one) =>
        one.text === run.text && Math.abs(one.x0 - run.x0) < 0.15 * height && Math.abs(one.y1 - run.y1) < 0.15 * height,
    );
    if (duplicate !== undefined) continue;
    const left = joined.find(
      (one) =>
        Math.abs(one.y1 - run.y1) < 0.15 * height &&
        Math.abs(one.y1 - one.y0 - height) < 0.2 * height &&
        Math.abs(run.x0 - one.x1) < 0.08 * height &&
        !/\s$/.test(one.text) &&
        // Touching cells: a unit that fills its column, and the range after it.
        !/^[\s<>≤≥([]/.test(run.text),
    );
    if (left === undefined) joined.push({ ...run });
    else {
      left.text += run.text;
      left.x1 = run.x1;
      left.y0 = Math.min(left.y0, run.y0);
    }
  }
  return joined;
}

function cut({ text, x0, y0, x1, y1 }: Placed): Word[] {
  // Text aligned with blanks is set in a monospaced font.
  const even = /\S {2,}\S/.test(text);
  const widths = [...text].map((letter) => (even ? 1 : letterWidth(letter)));
  const total = widths.reduce((sum, width) => sum + width, 0) || 1;
  const words: Word[] = [];
  let at = 0;
  let open: { text: string; from: number } | undefined;
  const close = (to: number) => {
    if (open === undefined) return;
    const place = (share: number) => x0 + ((x1 - x0) * share) / total;
    words.push(wordAt(open.text, { x0: place(open.from), y0, x1: place(to), y1 }));
    open = undefined;
  };
  for (const [i, letter] of [...text].entries()) {
    // A unit that fills its column runs into the bound after it: `mL/min/1.73m2> 60`.
    if (/\s/.test(letter) || (/[<>≤≥]/.test(letter) && /[a-z\d%]$/i.test(open?.text ?? ""))) close(at);
    if (/\s/.test(letter)) {
      at += widths[i];
      continue;
    }
    if (open === undefined) open = { text: letter, from: at };
    else open.text += letter;
    at += widths[i];
  }
  close(at);
  return words;
}

/** Roughly the advance widths of Helvetica and Arial, in ems. */
function letterWidth(letter: string): number {
  if (/[ijl'|]/.test(letter)) return 0.22;
  if (/[\s.,:;!ft/\\I[\]()r-]/.test(letter)) return 0.3;
  if (/[mMW%@]/.test(letter)) return 0.87;
  if (/[A-Zw]/.test(letter)) return 0.69;
  return 0.55;
}
