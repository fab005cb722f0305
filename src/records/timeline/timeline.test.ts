import { expect, test } from "vitest";
import { recordOf, sampleRecord, today } from "../testing.ts";
import { fitText, textWidth, timeTicks } from "./scale.ts";
import { timelineSvg } from "./svg.ts";

/** The box of every text of the image. */
function boxes(svg: string) {
  return [
    ...svg.matchAll(/<text x="([\d.-]+)" y="([\d.-]+)" font-size="(\d+)"[^>]*?(text-anchor="middle")?>([^<]*)</g),
  ].map(([, x, y, size, middle, words]) => {
    const width = textWidth(words, Number(size));
    const left = Number(x) - (middle === undefined ? 0 : width / 2);
    return { words, left, right: left + width, top: Number(y) - Number(size), bottom: Number(y) };
  });
}

test("no text covers another, none leaves the picture", () => {
  for (const width of [900, 1200, 1600]) {
    const svg = timelineSvg(sampleRecord(), { today, width });
    const all = boxes(svg);
    expect(all.length).toBeGreaterThan(30);
    for (const [index, a] of all.entries()) {
      expect(a.right).toBeLessThanOrEqual(width);
      for (const b of all.slice(index + 1))
        expect(
          a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom,
          `${a.words} | ${b.words}`,
        ).toBe(false);
    }
  }
});

test("the latest value, the range and what is active are shown", () => {
  const svg = timelineSvg(sampleRecord(), { today });
  expect(svg).toContain(">10.4 g/dL<");
  expect(svg).toContain("Research software, not for clinical use.");
  expect(svg.match(/>active</g)).toHaveLength(5);
});

test("a possible diagnosis is an outline, and a limit near results that are all outside it is in the picture", () => {
  const svg = timelineSvg(sampleRecord(), { today });
  expect(svg).toMatch(
    />Iron deficiency anemia \(disorder\)<\/text><rect [^>]*fill="none"[^>]*\/><text [^>]*>possible</,
  );
  expect(svg).not.toContain("Not shown");
  const series = (high: number) =>
    timelineSvg(recordOf([6.1, 6.6].map((value, i) => ({ value, high, start: `2024-0${i + 1}-01` }))), { today });
  const band = (svg: string) => Number(/height="([\d.]+)" fill="#e8f3ec"/.exec(svg)?.[1]);
  expect(band(series(5.6))).toBeGreaterThan(1);
  expect(band(series(0.5))).toBe(0);
});

test("names are text, not markup; an empty record has a picture that says so", () => {
  const odd = recordOf([1, 2].map((value) => ({ value, start: `2024-0${value}-01`, code: { display: '<script>"&' } })));
  const svg = timelineSvg(odd, { today });
  expect(svg).not.toContain("<script>");
  expect(svg).toContain("&lt;script&gt;&quot;&amp;");
  expect(timelineSvg(recordOf([]), { today })).toContain("contains no dated series");
});

test("ticks are round dates, at most as many as asked", () => {
  const ticks = timeTicks(Date.UTC(2003, 4), Date.UTC(2021, 2), 8);
  expect(ticks.values.map(ticks.words)).toEqual(["2005", "2010", "2015", "2020"]);
  expect(fitText("Hemoglobin [Mass/volume] in Blood", 12, 100)).toMatch(/^Hemoglobin.*\u2026$/);
});
