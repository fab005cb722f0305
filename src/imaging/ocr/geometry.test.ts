import { expect, test } from "vitest";
import { Random } from "../../base/random.ts";
import { flatten, type Homography, homography, type Point, project, type TextPiece } from "./geometry.ts";

const [width, height] = [1240, 1754];
const page: Point[] = [
  [0, 0],
  [width, 0],
  [width, height],
  [0, height],
];

/** A page of 40 rows in five columns seen through `h`, with a detector's jitter. */
function pieces(h: Homography, jitter = 1): TextPiece[] {
  const random = new Random(5);
  const found: TextPiece[] = [];
  for (let row = 0; row < 40; row++)
    for (const [column, x] of [100, 480, 600, 720, 900].entries()) {
      const y = 200 + row * 34;
      const long = column === 0 ? 120 + random.below(180) : 40 + random.below(90);
      const at = (px: number): Point => {
        const [u, v] = project(h, px, y);
        return [u + random.normal() * jitter, v + random.normal() * jitter * 0.3];
      };
      const [left, right] = [at(x), at(x + long)];
      found.push({ x0: left[0], x1: right[0], left, right, height: 20 });
    }
  return found;
}

/** How far rows and columns are from straight on the flat page, in pixels. */
function crooked(h: Homography, toFlat: Homography): { rows: number; columns: number } {
  const seen = (x: number, y: number) => project(toFlat, ...project(h, x, y));
  let [rows, columns] = [0, 0];
  for (let y = 200; y <= 1526; y += 34) rows = Math.max(rows, Math.abs(seen(100, y)[1] - seen(1000, y)[1]));
  for (const x of [100, 480, 600, 720, 900]) columns = Math.max(columns, Math.abs(seen(x, 200)[0] - seen(x, 1526)[0]));
  return { rows, columns };
}

test("four points go to their four points and back", () => {
  const corners: Point[] = [
    [40, 90],
    [1180, 20],
    [1230, 1700],
    [10, 1650],
  ];
  const h = homography(page, corners);
  const back = homography(corners, page);
  for (const [x, y] of [
    [0, 0],
    [620, 877],
    [1240, 1754],
  ] as const) {
    const [u, v] = project(back, ...project(h, x, y));
    expect(u).toBeCloseTo(x, 6);
    expect(v).toBeCloseTo(y, 6);
  }
});

test.each([
  ["as it is", page],
  [
    "turned",
    [
      [60, -30],
      [1298, 40],
      [1199, 1791],
      [-39, 1721],
    ],
  ],
  [
    "seen from below",
    [
      [70, 40],
      [1170, 40],
      [1240, 1754],
      [0, 1754],
    ],
  ],
  [
    "seen from the side",
    [
      [0, 60],
      [1240, 0],
      [1240, 1754],
      [0, 1690],
    ],
  ],
  [
    "seen from a corner",
    [
      [50, 20],
      [1215, 70],
      [1240, 1720],
      [10, 1754],
    ],
  ],
] as const)(
  "a page %s is flat afterwards: rows within a third of their print, columns within one letter",
  (_how, corners) => {
    const h = homography(page, corners as unknown as Point[]);
    const flat = flatten(pieces(h), width, height);
    const { rows, columns } = crooked(h, flat.toFlat);
    expect(rows).toBeLessThan(7);
    expect(columns).toBeLessThan(12);
  },
);

test("one turn for the whole page would not do: rows of a page seen from the side would be off by more than a row", () => {
  const h = homography(page, [
    [0, 60],
    [1240, 0],
    [1240, 1754],
    [0, 1690],
  ] as unknown as Point[]);
  const some = pieces(h, 0).slice(90, 95);
  const { toFlat } = flatten(some, width, height);
  expect(crooked(h, toFlat).rows).toBeGreaterThan(25);
});
