/**
 * Generated reports as input for readers: PDF pages with text, and scans and photographs of their images; reference
 * boxes in pixels of each.
 */

import { readPdf } from "../../../dist/imaging/page/index.js";
import { readPhoto } from "../../../dist/imaging/photo/index.js";
import { lastLayouts } from "./last-layouts.mjs";
import { laterLayouts } from "./later-layouts.mjs";
import { layouts } from "./layouts.mjs";
import { toPdf } from "./page.mjs";
import { photograph, scan } from "./photo.mjs";
import { randomOf } from "./random.mjs";

/** One generated document: its pages' gold and its PDF. */
export function makeDocument(layout, seed) {
  const pages = { ...layouts, ...laterLayouts, ...lastLayouts }[layout](randomOf(seed));
  return { layout, seed, pages, bytes: toPdf(pages) };
}

export async function pdfPages({ bytes, pages }, dpi = 150) {
  const drawn = (await readPdf(bytes, { dpi })).pages;
  return drawn.map(({ image, text }, i) => ({
    page: { width: image.width, height: image.height, text, picture: image },
    gold: pages[i].gold.map((one) => ({ ...one, box: scaled(one.box, (x, y) => [(x * dpi) / 72, (y * dpi) / 72]) })),
  }));
}

/** The first page, printed at 200 pixels an inch, then scanned or photographed. */
export async function picturePage(document, kind, dpi = 200) {
  const random = randomOf(document.seed * 7919 + (kind === "scan" ? 1 : 2));
  const { image } = (await readPdf(document.bytes, { dpi, maxPages: 1 })).pages[0];
  const { bytes, place } = await (kind === "scan" ? scan(image, random) : photograph(image, random));
  const picture = await readPhoto(bytes);
  const gold = document.pages[0].gold.map((one) => ({
    ...one,
    box: scaled(one.box, (x, y) => place((x * dpi) / 72, (y * dpi) / 72)),
  }));
  return { bytes, page: { width: picture.width, height: picture.height, picture }, gold };
}

function scaled({ x0, y0, x1, y1 }, place) {
  const corners = [place(x0, y0), place(x1, y0), place(x1, y1), place(x0, y1)];
  const xs = corners.map(([x]) => x);
  const ys = corners.map(([, y]) => y);
  return { x0: Math.min(...xs), y0: Math.min(...ys), x1: Math.max(...xs), y1: Math.max(...ys) };
}
