/** Splits the characters of a strip into words with boxes: at recognised blanks, and at gaps that the recogniser misses. */
import { type Letter, rowHeight } from "./recognise.ts";
import { type Box, columnsWithInk, inkOf } from "./strips.ts";

export interface StripWord {
  readonly text: string;
  /** Confidence of the least certain character. */
  readonly confidence: number;
  readonly box: Box;
}

/** Minimum width of a blank, in text heights; larger between digits, because a 1 has wide margins, and a decimal point in monospaced print has wider ones. */
const [blank, blankInNumbers, blankAtPoint] = [0.3, 0.6, 0.8];

export function splitWords(
  letters: readonly Letter[],
  strip: { width: number; data: Float32Array; box: Box },
  print: Box,
): StripWord[] {
  const ink = inkOf(strip.data, rowHeight, strip.width);
  const filled = columnsWithInk(ink, strip.width, 4, rowHeight - 5);
  const scale = (strip.box.x1 - strip.box.x0) / strip.width;
  const high = (print.y1 - print.y0) / scale;
  const words: Letter[][] = [];
  let open: Letter[] = [];
  const cuts: number[] = [];
  for (const [i, letter] of letters.entries()) {
    const last = open.at(-1);
    const gap = last === undefined ? undefined : widestGap(filled, last.x, letter.x);
    const isBlank = letter.text.trim() === "";
    const after = isBlank ? letters[i + 1] : letter;
    if (
      isBlank &&
      last !== undefined &&
      after !== undefined &&
      atPoint(last, after) &&
      widestGap(filled, last.x, after.x).width < blankAtPoint * high
    )
      continue;
    const least =
      last === undefined
        ? 0
        : atPoint(last, letter)
          ? blankAtPoint * high
          : (even(letters) ?? (inNumber(last, letter) ? blankInNumbers : blank) * high);
    // A unit that fills its column can touch the reference bound after it.
    const bound = /[<>≤≥]/.test(letter.text) && /[a-z\d%]/i.test(last?.text ?? "");
    const apart = bound || (gap !== undefined && gap.width > least);
    if (isBlank || apart) {
      if (open.length > 0) {
        words.push(open);
        const next = after;
        const between = next === undefined ? undefined : widestGap(filled, open.at(-1)!.x, next.x);
        cuts.push(between === undefined ? strip.width : between.middle);
      }
      open = letter.text.trim() === "" ? [] : [letter];
    } else open.push(letter);
  }
  if (open.length > 0) words.push(open);
  const [y0, y1] = emBox(letters.map(({ text }) => text).join(""), print);
  return words.map((some, i) => {
    const [from, to] = trim(filled, i === 0 ? 0 : cuts[i - 1], i < words.length - 1 ? cuts[i] : strip.width);
    return {
      text: some.map(({ text }) => normal(text)).join(""),
      confidence: Math.min(...some.map(({ confidence }) => confidence)),
      box: { x0: strip.box.x0 + from * scale, x1: strip.box.x0 + to * scale, y0, y1 },
    };
  });
}

/**
 * Top and bottom of the font's em box, as in PDF text layers, so that text without ascenders or descenders does not
 * appear smaller. Fractions of an em are those of common sans serif fonts.
 */
function emBox(text: string, { y0, y1 }: Box): [top: number, bottom: number] {
  const tall = /[A-Z0-9bdfhiklt()[\]/%|!?<>*^"']/.test(text);
  const tails = /[gjpqyµ()[\],;/|Q]/.test(text);
  const small = /[a-z]/.test(text);
  if (!tall && !small) return [y0, y1];
  const above = tall ? 0.72 : 0.53;
  const below = tails ? 0.2 : 0;
  const em = (y1 - y0) / (above + below);
  const baseline = y1 - below * em;
  return [baseline - 0.8 * em, baseline + 0.2 * em];
}

/**
 * Maps full-width and other Chinese forms of the dictionary to their Latin equivalents, and the micro sign to Greek mu.
 */
function normal(letter: string): string {
  const code = letter.charCodeAt(0);
  if (code >= 0xff01 && code <= 0xff5e) return String.fromCharCode(code - 0xfee0);
  return forms[letter] ?? letter;
}

const forms: Readonly<Record<string, string>> = {
  "、": ",",
  "。": ".",
  "—": "-",
  "–": "-",
  "－": "-",
  "～": "~",
  "〜": "~",
  "“": '"',
  "”": '"',
  "‘": "'",
  "’": "'",
  "【": "[",
  "】": "]",
  μ: "µ",
  "×": "x",
};

const inNumber = (one: Letter, two: Letter) => /[\d.,]/.test(one.text) && /[\d.,]/.test(two.text);
const atPoint = (one: Letter, two: Letter) => inNumber(one, two) && /[.,]/.test(one.text + two.text);

/** Minimum width of a blank in monospaced text, from the distance of its characters; undefined for other text. */
function even(letters: readonly Letter[]): number | undefined {
  const steps = letters
    .slice(1)
    .map((letter, i) => letter.x - letters[i].x)
    .sort((a, b) => a - b);
  if (steps.length < 6) return undefined;
  const at = (share: number) => steps[Math.floor(share * (steps.length - 1))];
  return at(0.8) - at(0.2) < 0.22 * at(0.5) ? 0.85 * at(0.5) : undefined;
}

function widestGap(filled: Uint8Array, from: number, to: number): { width: number; middle: number } {
  let best = { width: 0, middle: (from + to) / 2 };
  let start = -1;
  for (let x = Math.max(0, Math.floor(from)); x <= Math.min(filled.length - 1, Math.ceil(to)); x++) {
    if (filled[x]) start = -1;
    else {
      if (start < 0) start = x;
      if (x - start + 1 > best.width) best = { width: x - start + 1, middle: (start + x) / 2 };
    }
  }
  return best;
}

function trim(filled: Uint8Array, from: number, to: number): [number, number] {
  let [first, last] = [Math.max(0, Math.floor(from)), Math.min(filled.length - 1, Math.ceil(to) - 1)];
  while (first < last && !filled[first]) first++;
  while (last > first && !filled[last]) last--;
  return [first, last + 1];
}
