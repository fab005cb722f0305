/**
 * Parses a time span as models write it: `12.5 s - 20 s`, `00:12 - 00:20`, `from 12 to 20 seconds`. Every step is
 * linear in the length of a line.
 */

export interface TimeSpan {
  /** Seconds. */
  readonly from: number;
  readonly to: number;
}

export type SpanText = TimeSpan | "none" | { readonly why: string };

const clock = /(?:(\d{1,3}):)?(\d{1,3}):(\d{2}(?:\.\d{1,6})?)/y;
const plain =
  /(\d{1,7}(?:\.\d{1,6})?)\s{0,3}(milliseconds?\b|ms\b|minutes?\b|min\b|hours?\b|h\b|seconds?\b|secs?\b|s\b)?/iy;
const longest = 400;

/** @param line the text after `Final Answer:`. */
export function parseSpan(line: string): SpanText {
  if (line.length > longest) return { why: "the answer is longer than a span of time" };
  if (/^\W*(?:none|never|not (?:seen|visible|present|shown)|no such)\b/i.test(line)) return "none";
  const times: { seconds: number; unit: boolean }[] = [];
  for (let at = 0; at < line.length; ) {
    if (!/\d/.test(line[at])) {
      at++;
      continue;
    }
    clock.lastIndex = at;
    const dial = clock.exec(line);
    if (dial !== null) {
      if (Number(dial[3]) >= 60) return { why: `${dial[0]} is no time` };
      times.push({ seconds: Number(dial[1] ?? 0) * 3600 + Number(dial[2]) * 60 + Number(dial[3]), unit: true });
      at = clock.lastIndex;
      continue;
    }
    plain.lastIndex = at;
    const [, number, unit = ""] = plain.exec(line)!;
    times.push({ seconds: Number(number) * inSeconds(unit), unit: unit !== "" });
    at = plain.lastIndex;
  }
  if (times.length === 0) return { why: "the answer holds no time" };
  if (times.length !== 2) return { why: times.length === 1 ? "one time and no span" : "more than two times" };
  // `2 - 3 minutes`: the unit applies to both.
  const [from, to] = times;
  const factor = !from.unit && to.unit ? inSeconds(/[a-z]+\W*$/i.exec(line)?.[0].replace(/\W+$/, "") ?? "") : 1;
  const span = { from: from.seconds * factor, to: to.seconds };
  return span.to < span.from ? { why: "the span ends before it begins" } : span;
}

function inSeconds(unit: string): number {
  if (/^m(?:s|illi)/i.test(unit)) return 0.001;
  if (/^m/i.test(unit)) return 60;
  return /^h/i.test(unit) ? 3600 : 1;
}
