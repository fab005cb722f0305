/** Slices that do not belong in their volume, found in a body made here, and named by whoever opens it. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sliceBytes, type Value } from "../../test/support/dicom.ts";
import { openStudy } from "../study/index.ts";
import { ask } from "../task/index.ts";
import { scripted } from "../task/testing.ts";
import { oddSlices } from "./odd-slices.ts";

const [depth, side] = [20, 32];
/** A body with two organs that change slowly along z; values 0 to 1000. */
const body = (x: number, y: number, z: number): number => {
  const at = (cx: number, cy: number, r: number) => Math.hypot(x / side - cx, y / side - cy) < r;
  if (!at(0.5, 0.5, 0.42 - 0.004 * z)) return 0;
  if (at(0.35 + 0.005 * z, 0.5, 0.1 + 0.005 * z)) return 900;
  return at(0.65, 0.4, 0.15) ? 250 : 600;
};
const another = (x: number, y: number): number => ((Math.floor(x / 8) + Math.floor(y / 11)) % 2 === 0 ? 950 : 100);
type At = (x: number, y: number, z: number) => number;

function volume(value: At) {
  const data = new Float32Array(depth * side * side);
  for (let i = 0; i < data.length; i++)
    data[i] = value(i % side, Math.floor(i / side) % side, Math.floor(i / side / side));
  return { shape: [depth, side, side] as const, data };
}
const changed = (which: readonly number[], value: At) =>
  volume((x, y, z) => (which.includes(z) ? value(x, y, z) : body(x, y, z)));

describe("oddSlices", () => {
  test.each<[string, readonly number[], At, string]>([
    ["blank", [7], () => 0, "blank"],
    ["inverted", [7], (x, y, z) => 1000 - body(x, y, z), "inverted"],
    ["upside down", [7], (x, y, z) => body(x, side - 1 - y, z + 8), "unlike"],
    ["another picture", [12, 13], another, "unlike"],
    ["another picture at the beginning", [0], another, "unlike"],
    ["inverted at the end", [depth - 1], (x, y, z) => 1000 - body(x, y, z), "inverted"],
  ])("%s", (_, which, value, why) => {
    expect(oddSlices(changed(which, value))).toEqual([{ from: which[0], to: which.at(-1), why }]);
  });

  test.each<[string, readonly number[]]>([
    ["two of one picture, five between them", [4, 9]],
    ["three", [4, 9, 14]],
    ["the first and the third: the right one between them is not named", [2]],
  ])("%s", (name, which) => {
    const all = name.startsWith("the first") ? [0, 2] : which;
    expect(oddSlices(changed(all, another)).map(({ from, to }) => [from, to])).toEqual(which.map((z) => [z, z]));
  });

  test("a volume without contrast is blank as a whole", () => {
    const all = [{ from: 0, to: depth - 1, why: "blank" }];
    expect(oddSlices(volume(() => 0))).toEqual(all);
    expect(oddSlices(volume((_x, _y, z) => 0.1 * z))).toEqual(all);
  });

  test("none in a volume as it was taken: changing, padded with empty slices, noise, one step of contrast", () => {
    const noise = (x: number, y: number, z: number) => ((x * 7919 + y * 104729 + z * 1299709) % 1009) / 1.009;
    const whole: readonly [string, ReturnType<typeof volume>][] = [
      ["as it is", volume(body)],
      ["padded", changed([0, 1, 18, 19], () => 0)],
      ["noise", volume(noise)],
      ["two halves", volume((x, y, z) => (z < 10 ? body(x, y, z) : another(x, y)))],
      ["air above the head", changed([19], (x, y, z) => noise(x, y, z) / 50)],
    ];
    expect(whole.map(([name, one]) => [name, oddSlices(one)])).toEqual(whole.map(([name]) => [name, []]));
    expect(oddSlices({ shape: [2, side, side], data: volume(body).data.subarray(0, 2 * side * side) })).toEqual([]);
  });
});

describe("a series with a slice that does not belong there", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "odd-slices-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function series(name: string, value: At, change: (z: number) => Record<string, Value> = () => ({})) {
    const files: string[] = [];
    for (let z = 0; z < 8; z++) {
      const pixels = Int16Array.from({ length: side * side }, (_, i) => value(i % side, Math.floor(i / side), z));
      const path = join(folder, `${name}-${z}.dcm`);
      const geometry = { ImagePositionPatient: [0, 0, 3 * z], PixelSpacing: [1, 1], Rows: side, Columns: side };
      const own = { InstanceNumber: z + 1, BodyPartExamined: "ABDOMEN", SOPInstanceUID: `2.25.77${z}`, Modality: "MR" };
      const all = { ...geometry, ...own, PixelData: new Uint8Array(pixels.buffer), ...change(z) };
      await writeFile(path, sliceBytes(all));
      files.push(path);
    }
    return openStudy(files);
  }

  test.each<[string, At, ((z: number) => Record<string, Value>) | undefined, RegExp]>([
    ["picture", (x, y, z) => (z === 4 ? another(x, y) : body(x, y, z)), undefined, /picture-4\.dcm.*slice 5 of 8/],
    [
      "inverted",
      (x, y, z) => (z === 2 ? 1000 - body(x, y, z) : body(x, y, z)),
      undefined,
      /slice 3 of 8 is light where/,
    ],
    [
      "header",
      body,
      (z) => ({ BodyPartExamined: z === 6 ? "HEAD" : "ABDOMEN" }),
      /header-6\.dcm.*1 of 8 slices state body part HEAD/,
    ],
  ])("%s: the answer names it", async (name, value, change, said) => {
    await using study = await series(name, value, change);
    const { cautions } = await ask(study, scripted(["ok"]), { question: "What is seen?" });
    expect(cautions?.[0]).toMatch(said);
    expect(cautions?.[1]).toMatch(/does not belong/);
  });

  test("one as it was taken has no caution", async () => {
    await using study = await series("whole", body);
    const { cautions } = await ask(study, scripted(["ok"]), { question: "What is seen?" });
    expect(cautions).toBeUndefined();
  });
});
