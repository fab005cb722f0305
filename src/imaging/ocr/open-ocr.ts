/** OCR of pages: words with boxes from an image. */
import { PolyclinicError } from "../../base/errors.ts";
import type { Image } from "../types.ts";
import { detect, type Piece } from "./detect.ts";
import { type FlatPage, flatten, type Homography, project } from "./geometry.ts";
import { type Grey, toGrey, turnBack, turned } from "./grey.ts";
import { findModels } from "./models.ts";
import { recognise } from "./recognise.ts";
import type { OcrRuntime } from "./runtime.ts";
import { splitWords } from "./split-words.ts";
import { type Box, boxOf, cellsOf, stripOf } from "./strips.ts";

/** A word recognised on a page image. */
export interface RecognisedWord extends Box {
  /** Coordinates `x0` to `y1` refer to the upright, flattened page. */
  readonly text: string;
  /** Upright bounding box of the word in image pixels. */
  readonly box: Box;
  /** 0 to 1, confidence of the least certain character. */
  readonly confidence: number;
}

/** All words recognised on a page image, with warnings about its quality. */
export interface RecognisedPage {
  readonly words: readonly RecognisedWord[];
  readonly warnings: readonly string[];
  /** Number of clockwise 90-degree rotations that made the image upright. */
  readonly quarters: number;
}

/** Opened text recognition: detection and recognition models in memory until it is closed. */
export interface Ocr {
  /** @throws `ocr/no-text` when nothing on the image looks like text. */
  readPage(picture: Image): Promise<RecognisedPage>;
  /**
   * Recognises the content of boxes on an upright image. `room`: horizontal distance around a box that is free of other
   * text, if known.
   */
  readBoxes(
    picture: Image,
    boxes: readonly (Box & { readonly room?: readonly [x0: number, x1: number] })[],
  ): Promise<{ readonly text: string; readonly confidence: number }[]>;
  close(): Promise<void>;
}

/**
 * @param runtime opens the two models; see `runtime.ts`.
 * @throws `ocr/not-installed` when the optional models are missing.
 */
export async function openOcr(runtime: OcrRuntime): Promise<Ocr> {
  const models = await findModels();
  const [detector, recogniser] = await Promise.all([runtime.open(models.detection), runtime.open(models.recognition)]);
  const read = (strips: Parameters<typeof recognise>[2]) => recognise(recogniser, models.letters, strips);

  /** Mean confidence of the longest pieces, to compare upright with upside down. */
  async function sureness(grey: Grey, page: FlatPage, boxes: readonly Box[], headDown: boolean): Promise<number> {
    const longest = [...boxes]
      .sort((a, b) => (b.x1 - b.x0) / (b.y1 - b.y0) - (a.x1 - a.x0) / (a.y1 - a.y0))
      .slice(0, 40);
    const some = longest.filter((_, i) => i % 4 === 0).slice(0, 8);
    const strips = some.map((box) => {
      const strip = stripOf(grey, page.toPicture, box, 0.75);
      return headDown ? { ...strip, data: strip.data.slice().reverse() } : strip;
    });
    const letters = (await read(strips)).flat();
    return letters.length === 0 ? 0 : letters.reduce((sum, { confidence }) => sum + confidence, 0) / letters.length;
  }

  async function readPage(picture: Image): Promise<RecognisedPage> {
    const { scale, ...first } = toGrey(picture);
    const warnings: string[] = [];
    let grey: Grey = first;
    let quarters = 0;
    let pieces = await detect(detector, grey);
    if (isSideways(pieces)) {
      quarters = 1;
      grey = turned(first, 1);
      pieces = await detect(detector, grey);
    }
    if (pieces.length === 0)
      throw new PolyclinicError("ocr/no-text", "contains nothing that looks like text", {
        where: "the image",
        hint: "Photograph the page again from directly above, from closer, in even light.",
      });
    let page = flatten(pieces, grey.width, grey.height);
    let boxes = pieces.map((piece) => boxOf(piece, page, grey.width / 1280));
    const upright = await sureness(grey, page, boxes, false);
    if (upright < 0.9 && (await sureness(grey, page, boxes, true)) > upright + 0.1) {
      quarters = (quarters + 2) % 4;
      grey = turned(first, quarters);
      pieces = await detect(detector, grey);
      page = flatten(pieces, grey.width, grey.height);
      boxes = pieces.map((piece) => boxOf(piece, page, grey.width / 1280));
    }
    if (quarters !== 0) warnings.push(`the image was rotated by ${quarters * 90} degrees`);
    const found = boxes.flatMap((box) => cellsOf(grey, page.toPicture, box));
    const heights = found.map(({ box }) => box.y1 - box.y0).sort((a, b) => a - b);
    const usual = heights[heights.length >> 1] ?? 0;
    // A dash is so flat that the recogniser reads it as a digit; it is identified by its shape instead.
    const dashes = found.filter(({ box }) => isDash(box, usual));
    const cells = found.filter(({ box }) => !isDash(box, usual));
    const strips = cells.map(({ box }) => stripOf(grey, page.toPicture, box));
    const letters = await read(strips);
    const words = strips.flatMap((strip, i) =>
      splitWords(letters[i], strip, cells[i].box).map(
        ({ text, confidence, box }): RecognisedWord => ({
          text,
          confidence,
          ...box,
          box: inPicture(box, page.toPicture, quarters, first, scale),
        }),
      ),
    );
    for (const { box } of dashes) {
      const middle = (box.y0 + box.y1) / 2;
      const line = { ...box, y0: middle - 0.7 * usual, y1: middle + 0.7 * usual };
      words.push({
        text: "-",
        confidence: 0.95,
        ...line,
        box: inPicture(line, page.toPicture, quarters, first, scale),
      });
    }
    if (usual < 7) warnings.push("the print is very small: photograph the page from closer");
    return { words: words.filter(({ text }) => text !== ""), warnings, quarters };
  }

  return {
    readPage,
    async readBoxes(picture, boxes) {
      const { scale, ...grey } = toGrey(picture);
      const same: Homography = [1, 0, 0, 0, 1, 0, 0, 0, 1];
      const parts = boxes.map(({ x0, y0, x1, y1, room = [-Infinity, Infinity] }) => {
        const height = (y1 - y0) / scale;
        const wide = {
          x0: Math.max(x0 / scale - 0.3 * height, Math.min(x0, room[0]) / scale),
          x1: Math.min(x1 / scale + 0.3 * height, Math.max(x1, room[1]) / scale),
          y0: y0 / scale - 0.2 * height,
          y1: y1 / scale + 0.2 * height,
        };
        return cellsOf(grey, same, wide)[0]?.box ?? wide;
      });
      const letters = await read(parts.map((box) => stripOf(grey, same, box, 0.7)));
      return letters.map((some) => ({
        text: some.map(({ text }) => text).join(""),
        confidence: some.length === 0 ? 0 : Math.min(...some.map(({ confidence }) => confidence)),
      }));
    },
    async close() {
      await Promise.all([detector.close?.(), recogniser.close?.()]);
    },
  };
}

const isDash = ({ x0, y0, x1, y1 }: Box, usual: number) =>
  y1 - y0 < 0.38 * usual && x1 - x0 < 1.2 * usual && x1 - x0 > 1.3 * (y1 - y0);

/** Whether most of the text runs up or down. */
function isSideways(pieces: readonly Piece[]): boolean {
  let [wide, tall] = [0, 0];
  for (const { points, x0, x1 } of pieces) {
    let [y0, y1] = [Number.POSITIVE_INFINITY, 0];
    for (let i = 1; i < points.length; i += 2) {
      y0 = Math.min(y0, points[i]);
      y1 = Math.max(y1, points[i]);
    }
    if (x1 - x0 > 2 * (y1 - y0)) wide += points.length;
    if (y1 - y0 > 2 * (x1 - x0)) tall += points.length;
  }
  return tall > 1.5 * wide;
}

function inPicture(box: Box, toPicture: Homography, quarters: number, size: Grey, scale: number): Box {
  const corners = [
    [box.x0, box.y0],
    [box.x1, box.y0],
    [box.x1, box.y1],
    [box.x0, box.y1],
  ].map(([x, y]) => turnBack(...project(toPicture, x, y), quarters, size));
  const xs = corners.map(([x]) => x * scale);
  const ys = corners.map(([, y]) => y * scale);
  return { x0: Math.min(...xs), y0: Math.min(...ys), x1: Math.max(...xs), y1: Math.max(...ys) };
}
