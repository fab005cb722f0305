/**
 * Two columns of results side by side that share no header line and no rows, as in discharge letters: the page is cut
 * at the white strip between them. Tables side by side under one header line are separated by their titles
 * (`header.ts`) and need no cut.
 */

import type { DecimalMark } from "../numbers.ts";
import type { Word } from "../words.ts";
import { around, heightOf, median, toLines } from "./items.ts";

/** Minimum number of lines of a column of results. */
const minRows = 3;

/**
 * Ways to cut a page into blocks that are read separately: the part above, the left column, the right one, and the part
 * below. Only cuts with lines of a name and a number on both sides; which of them is right, if any, shows when they are
 * read.
 */
export function cutsAtGutters(words: readonly Word[], mark: DecimalMark | undefined): Word[][][] {
  if (words.length < 20) return [];
  const page = around(words);
  const height = median(words.map(heightOf));
  const width = page.x1 - page.x0;
  const cuts: Word[][][] = [];
  let before = "";
  for (let x = page.x0 + width * 0.25; x < page.x0 + width * 0.75; x += height * 0.7) {
    // The tallest empty part of the strip.
    const across = words
      .filter(({ x0, x1 }) => x0 < x + 0.35 * height && x1 > x - 0.35 * height)
      .sort((a, b) => a.y0 - b.y0);
    let [top, bottom] = [page.y0 - 1, page.y0 - 1];
    let from = page.y0 - 1;
    for (const y of [...across, { y0: page.y1 + 1, y1: page.y1 + 1 }]) {
      if (y.y0 - from > bottom - top) [top, bottom] = [from, y.y0];
      from = Math.max(from, y.y1);
    }
    const middle = ({ y0, y1 }: Word) => (y0 + y1) / 2;
    // With a sloping photographed line, words that begin above the strip can reach into it: cut between lines only.
    const inside = words.filter((word) => middle(word) > top && middle(word) < bottom);
    const left = inside.filter(({ x1 }) => x1 < x);
    const right = inside.filter(({ x0 }) => x0 > x);
    const key = `${Math.round(top)} ${left.length} ${right.length}`;
    if (key === before) continue;
    before = key;
    if (!looksLikeResults(left, mark) || !looksLikeResults(right, mark)) continue;
    const above = words.filter((word) => middle(word) <= top);
    const below = words.filter((word) => middle(word) >= bottom);
    cuts.push([above, left, right, below].filter((block) => block.length > 0));
  }
  return cuts;
}

function looksLikeResults(words: readonly Word[], mark: DecimalMark | undefined): boolean {
  const lines = toLines(words, mark);
  const rows = lines.filter(
    ({ items }) =>
      items[0].type === "text" && items.slice(1).some(({ type }) => type === "number" || type === "result"),
  );
  return rows.length >= minRows && rows.length >= 0.3 * lines.length;
}
