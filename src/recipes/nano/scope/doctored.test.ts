/** The shipped detector on a film of the samples, as it is and spoiled. */
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Random } from "../../../base/random.ts";
import { readPhoto } from "../../../imaging/photo/index.ts";
import { TowerFeatures } from "../../../learn/tune/tower-features.ts";
import { Detector } from "../../../model/scope/detector.ts";
import { blank, type Rgb, remap } from "./changes.ts";
import { covered, halved, noised } from "./doctored.ts";
import { rgb } from "./examples.ts";

const file = (path: string) => fileURLToPath(new URL(`../../../../${path}`, import.meta.url));
let tower: TowerFeatures;
let detector: Detector;
let film: Rgb;
beforeAll(async () => {
  tower = await TowerFeatures.open(file("models/nano"), 1);
  detector = await Detector.open(file("models/nano/detector.safetensors"));
  film = rgb(await readPhoto(file("samples/chest-xray.jpg")));
});
afterAll(() => tower.close());

/** What films are taken for, and what they would be without the limit of sharpness that a detector of an earlier version lacks. */
async function kinds(...films: Rgb[]): Promise<{ shipped: string[]; unlimited: string[] }> {
  const { features, sharpness } = await tower.of(films);
  const by = (judge: Detector) =>
    films.map((_, i) => {
      const summary = features.subarray(i * tower.size, (i + 1) * tower.size);
      return judge.recogniseSummary(summary, sharpness[i]).within.join();
    });
  const { parts } = detector;
  const unlimited = new Detector({ ...parts, sharpest: parts.kinds.map(() => Number.POSITIVE_INFINITY) });
  return { shipped: by(detector), unlimited: by(unlimited) };
}

/** Grains of this standard deviation, one a pixel. */
function grainy({ data, ...rest }: Rgb, spread: number): Rgb {
  const random = new Random(4);
  return { ...rest, data: data.map((value) => Math.max(0, Math.min(255, value + spread * random.normal()))) };
}

test("a film is one, and half of it, a part of it under a patch, or under heavy noise is none", async () => {
  const half = (from: number) => remap(film, blank(film.width >> 1, film.height), (x, y) => [from + x / 2, y]);
  const patched = (colour: number, right: boolean) => ({
    ...film,
    data: film.data.map((value, i) => (Math.floor(i / 3) % film.width >= film.width / 2 === right ? colour : value)),
  });
  const spoiled = [
    half(0),
    half(0.5),
    ...[0, 128, 255].flatMap((colour) => [patched(colour, false), patched(colour, true)]),
    grainy(film, 40),
    grainy(film, 80),
  ];
  const { shipped, unlimited } = await kinds(film, ...spoiled);
  expect(shipped).toEqual(["child-chest", ...spoiled.map(() => "")]);
  // Noise of this strength the tower hardly sees.
  expect(unlimited.at(-2)).toBe("child-chest");
});

test("what is made from a film differs from it, keeps its size or side, and is the same for a seed", () => {
  for (const make of [halved, covered, noised]) {
    const [one, two] = [make(film, new Random(9)), make(film, new Random(9))];
    expect(Buffer.compare(one.data, two.data)).toBe(0);
    expect(Buffer.compare(one.data, film.data)).not.toBe(0);
    expect([one.width, one.height]).toContain(film.width);
  }
});
