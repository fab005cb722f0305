/** Reads pages into validated rows; the entry point of this module. */
import { PolyclinicError } from "../../base/errors.ts";
import type { Fact, PageBox } from "../fact.ts";
import { splitJoinedWord } from "./apart.ts";
import { dateOrder } from "./dates.ts";
import { parseDocument } from "./document.ts";
import { factsOf } from "./facts.ts";
import type { Unread } from "./layout/table.ts";
import { inkShare, linesOutside, type Picture, printOutside } from "./picture.ts";
import { readRows } from "./read-rows.ts";
import type { LabRow, ReviewMark } from "./row.ts";
import { type TextRun, type Word, wordsOfRuns } from "./words.ts";

/** A page: its text layer, its image, or preferably both. */
export interface LabPage {
  /** In the same pixels as the text's boxes. */
  readonly width: number;
  readonly height: number;
  readonly text?: readonly TextRun[];
  readonly picture?: Picture;
  /** Name of the file, for facts and messages. */
  readonly document?: string;
}

/** Recognition of images: `imaging/ocr` has one. */
export interface PageRecogniser {
  /** Words of the upright, flattened page, with their positions in the given image. */
  readPage(picture: Picture): Promise<{ readonly words: readonly Word[]; readonly warnings: readonly string[] }>;
  /**
   * Recognises the content of boxes, one text each; `room`: horizontal distance around a box that is free of other
   * text.
   */
  readBoxes(
    picture: Picture,
    boxes: readonly (PageBox & { readonly room: readonly [x0: number, x1: number] })[],
  ): Promise<readonly { readonly text: string; readonly confidence: number }[]>;
}

/** A laboratory document: validated rows, facts, and what was not read. */
export interface LabDocument {
  readonly rows: readonly LabRow[];
  /** Rows with marks, the same objects as in `rows`. */
  readonly review: readonly LabRow[];
  readonly facts: readonly Fact[];
  /** Table content that was not recognised as a result. */
  readonly unread: readonly Unread[];
  readonly collected?: string;
  readonly reported?: string;
  readonly specimen?: string;
  /** Warnings about the whole document. */
  readonly warnings: readonly string[];
  /** Origin of each page's words. */
  readonly sources: readonly ("text" | "recognised" | "empty")[];
}

/**
 * Reads laboratory results from pages.
 *
 * The text layer is used if there is one, and each of its values is compared with the image if an OCR engine is given, since a text layer can
 * disagree with what is printed. A page without text is read by OCR. Nothing is corrected: a value that may be wrong has marks in `review`.
 *
 * @throws `labs/no-text` for a page without text when no recogniser is given; `labs/no-results` when no page holds a result.
 */
export async function readLabDocument(
  pages: readonly LabPage[],
  { ocr }: { ocr?: PageRecogniser } = {},
): Promise<LabDocument> {
  const warnings: string[] = [];
  const sources: LabDocument["sources"][number][] = [];
  const words: Word[][] = [];
  for (const [i, page] of pages.entries()) {
    const where = `${page.document === undefined ? "" : `${page.document}, `}page ${i + 1}`;
    const layer = page.text === undefined ? [] : wordsOfRuns(page.text, page);
    const share = page.picture && layer.length > 0 ? printOutside(page.picture, layer) : 0;
    if (layer.length > 0 && (share < 0.5 || ocr === undefined)) {
      if (share >= 0.5)
        warnings.push(
          `${where}: most of the printed text is not in the text layer and was not read; it needs text recognition (OCR)`,
        );
      words.push(layer);
      sources.push("text");
    } else if (page.picture !== undefined && !isBlank(page.picture)) {
      if (ocr === undefined)
        throw new PolyclinicError("labs/no-text", "has no text layer, and no text recognition (OCR) was given", {
          where,
          hint: "In a program, pass { ocr: await openOcr(ocrRuntime()) }; the polyclinic command does so by itself.",
        });
      const read = await ocr.readPage(page.picture).catch((error: unknown) => {
        // A photograph of something else among the pages must not hide the results of the others.
        if (!PolyclinicError.is(error) || error.code !== "ocr/no-text") throw error;
        return { words: [], warnings: [error.summary] };
      });
      warnings.push(...read.warnings.map((warning) => `${where}: ${warning}`));
      words.push(read.words.flatMap(splitJoinedWord));
      sources.push(read.words.length > 0 ? "recognised" : "empty");
    } else {
      words.push([]);
      sources.push("empty");
    }
  }
  const order = dateOrder(words.flatMap((page) => page.map(({ text }) => text)).join(" "));
  const parsed = parseDocument(
    words.map((page, i) => ({ page: i + 1, words: page })),
    order,
  );
  for (const date of parsed.unclearDates)
    warnings.push(`the date ${date} is ambiguous (day and month) and was left out`);
  if (parsed.rows.length === 0)
    throw new PolyclinicError("labs/no-results", "contains no readable laboratory result", {
      ...(pages[0]?.document !== undefined && { where: pages[0].document }),
      found: [
        `${words.flat().length} words on ${pages.length} ${pages.length === 1 ? "page" : "pages"}`,
        ...warnings,
      ].join("; "),
      hint: "Check that it is a laboratory report. Photograph a page from directly above, in even light.",
    });
  const rows = await compareWithPicture(readRows(parsed.rows, parsed.mark), pages, words, sources, ocr);
  for (const [i, { picture, document }] of pages.entries()) {
    if (sources[i] !== "text" || picture === undefined) continue;
    for (const { x0, y0, x1, y1 } of resultsOutside(
      picture,
      words[i],
      rows.filter(({ page }) => page === i + 1),
    ))
      warnings.push(
        `${document === undefined ? "" : `${document}, `}page ${i + 1}: print among the results (${x0},${y0},${x1},${y1}) is not in the text layer and was not read`,
      );
  }
  const { collected, reported, specimen } = parsed;
  const about = { ...(collected && { collected }), ...(reported && { reported }), ...(specimen && { specimen }) };
  return {
    rows,
    review: rows.filter(({ review }) => review.length > 0),
    facts: factsOf(
      rows,
      about,
      pages.map(({ document }) => document),
    ),
    unread: parsed.unread,
    ...about,
    warnings,
    sources,
  };
}

/** Print in the column of the values, from the first row to a row below the last, that the text layer lacks. */
function resultsOutside(picture: Picture, words: readonly Word[], rows: readonly LabRow[]): PageBox[] {
  const values = rows.map(({ boxes }) => boxes.value);
  if (values.length === 0) return [];
  const [top, bottom] = [Math.min(...values.map(({ y0 }) => y0)), Math.max(...values.map(({ y1 }) => y1))];
  const region = {
    x0: Math.min(...values.map(({ x0 }) => x0)),
    y0: top,
    x1: Math.max(...values.map(({ x1 }) => x1)),
    y1: bottom + (values.length > 1 ? (bottom - top) / (values.length - 1) : 0),
  };
  return linesOutside(
    picture,
    words.map(({ box }) => box),
    region,
  );
}

/** Compares values of text layers with the image: by OCR, or at least by whether anything is printed there. */
async function compareWithPicture(
  rows: readonly LabRow[],
  pages: readonly LabPage[],
  words: readonly (readonly Word[])[],
  sources: LabDocument["sources"],
  ocr: PageRecogniser | undefined,
): Promise<LabRow[]> {
  const marks = new Map<LabRow, ReviewMark[]>();
  for (const [i, { picture }] of pages.entries()) {
    if (sources[i] !== "text" || picture === undefined) continue;
    const own = rows.filter(({ page }) => page === i + 1);
    const seen = await ocr?.readBoxes(
      picture,
      own.map(({ boxes }) => withRoom(boxes.value, words[i])),
    );
    for (const [j, row] of own.entries()) {
      const printed = inkShare(picture, row.boxes.value) > 0.004;
      const text = seen?.[j];
      if (!printed)
        marks.set(row, [
          {
            code: "labs/not-printed",
            field: "value",
            message: `the text layer has ${row.value}, but nothing is visible there`,
          },
        ]);
      else if (text !== undefined && row.number !== undefined && digitsOf(text.text) !== digitsOf(row.value))
        marks.set(row, [
          {
            code: "labs/picture-differs",
            field: "value",
            message: `the text layer has ${row.value}, but text recognition reads ${text.text || "nothing"}`,
          },
        ]);
    }
  }
  return rows.map((row) => (marks.has(row) ? { ...row, review: [...row.review, ...marks.get(row)!] } : row));
}

/**
 * A value with its close neighbours (half a percent sign is recognised as a 9, a whole one correctly; and a digit
 * missing in the text layer is detected), and the distance to the middle of the surrounding gaps.
 */
function withRoom(value: PageBox, words: readonly Word[]): PageBox & { room: readonly [x0: number, x1: number] } {
  const middle = (value.y0 + value.y1) / 2;
  const line = words.filter(({ box }) => box.y0 < middle && box.y1 > middle);
  const after = line.filter(({ box }) => box.x0 >= value.x1).sort((a, b) => a.box.x0 - b.box.x0);
  const close =
    after[0] !== undefined &&
    after[0].box.x0 - value.x1 < 0.6 * (value.y1 - value.y0) &&
    !/^[\d.,]/.test(after[0].text);
  const x1 = close ? after[0].box.x1 : value.x1;
  const left = Math.max(...line.map(({ box }) => box.x1).filter((x) => x <= value.x0));
  return { ...value, x1, room: [(left + value.x0) / 2, (x1 + (after[close ? 1 : 0]?.box.x0 ?? Infinity)) / 2] };
}

/** Flags and units may be in the same box: only the characters of the number are compared. */
const digitsOf = (text: string) =>
  (/\d[\d.,]*/.exec(text.replace(/\s/g, ""))?.[0] ?? "").replace(/[.,]$/, "").replace(",", ".");

function isBlank(picture: Picture): boolean {
  return inkShare(picture, { x0: 0, y0: 0, x1: picture.width, y1: picture.height }) < 0.0005;
}
