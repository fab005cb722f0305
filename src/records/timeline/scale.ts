/** Time and value axes of the timeline image. */
export interface Ticks {
  values: number[];
  words: (value: number) => string;
}

const day = 86_400_000;

/** Round dates between two instants, at most `most` of them: days, months, or multiples of years. */
export function timeTicks(from: number, to: number, most: number): Ticks {
  const years = (to - from) / (365.25 * day);
  if (years > most / 12) {
    const months = [1, 2, 3, 6].find((step) => (years * 12) / step <= most);
    if (months !== undefined && years < 4)
      return { values: monthly(from, to, months), words: (at) => new Date(at).toISOString().slice(0, 7) };
    const step = [1, 2, 5, 10, 20, 25, 50, 100].find((each) => years / each <= most) ?? 100;
    const values: number[] = [];
    for (let year = Math.ceil(new Date(from).getUTCFullYear() / step) * step; ; year += step) {
      const at = Date.UTC(year, 0);
      if (at > to) break;
      if (at >= from) values.push(at);
    }
    return { values, words: (at) => String(new Date(at).getUTCFullYear()) };
  }
  const step = [1, 2, 7, 14, 30].find((each) => (to - from) / day / each <= most) ?? 30;
  const values: number[] = [];
  for (let at = Math.ceil(from / day) * day; at <= to; at += step * day) values.push(at);
  return { values, words: (at) => new Date(at).toISOString().slice(0, 10) };
}

function monthly(from: number, to: number, step: number): number[] {
  const values: number[] = [];
  const start = new Date(from);
  for (let month = start.getUTCFullYear() * 12 + Math.ceil(start.getUTCMonth() / step) * step; ; month += step) {
    const at = Date.UTC(Math.floor(month / 12), month % 12);
    if (at > to) return values;
    if (at >= from) values.push(at);
  }
}

/** Upper estimate of the width of a text in a sans-serif font. */
export function textWidth(text: string, size: number): number {
  let width = 0;
  for (const char of text)
    width += /[ilj.,:;|'!()[\]]/.test(char) ? 0.3 : /[mwMW%@]/.test(char) ? 0.88 : /[A-Z0-9]/.test(char) ? 0.64 : 0.53;
  return width * size;
}

/** A text truncated to a width, with an ellipsis. */
export function fitText(text: string, size: number, width: number): string {
  if (textWidth(text, size) <= width) return text;
  let cut = text;
  while (cut.length > 1 && textWidth(`${cut}\u2026`, size) > width) cut = cut.slice(0, -1);
  return `${cut.trimEnd()}\u2026`;
}
