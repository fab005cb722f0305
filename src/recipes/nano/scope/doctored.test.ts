/** The shipped detector on a film of the samples, as it is and spoiled. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Random } from "../../../base/random.ts";
import { readPhoto } from "../../../imaging/photo/index.ts";
import { type Rgb, rgb } from "../../../imaging/rgb.ts";
import { blank, remap, upsideDown } from "../../../learn/scope/changes.ts";
import { covered, halved, noised } from "../../../learn/scope/doctored.ts";
import { blended, grained, lettered, tilted } from "../../../learn/scope/overlaid.ts";
import { TowerFeatures } from "../../../learn/tune/tower-features.ts";
import { Detector } from "../../../model/scope/detector.ts";
import { textureAt } from "../../../model/scope/fit.ts";
import { writeDetector } from "../../../model/scope/write-detector.ts";

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

/** What films are taken for, and what they would be without the limit of sharpness and the head on textures, which detectors of earlier versions lack. */
async function kinds(...films: Rgb[]): Promise<{ shipped: string[]; unlimited: string[] }> {
  const { features, texture, sharpness } = await tower.of(films);
  const by = (judge: Detector) =>
    films.map((_, i) => {
      const summary = features.subarray(i * tower.size, (i + 1) * tower.size);
      return judge.recogniseSummary(summary, sharpness[i], () => textureAt({ texture }, i)).within.join();
    });
  const { parts } = detector;
  const { surface: _, ...rest } = parts;
  const unlimited = new Detector({ ...rest, sharpest: parts.kinds.map(() => Number.POSITIVE_INFINITY) });
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

test("a film under letters, tilted, or under fine grains is none, though the soft tokens look like one", async () => {
  const random = new Random(11);
  const spoiled = [lettered, tilted, grained].flatMap((make) => [make(film, random), make(film, random)]);
  const { shipped, unlimited } = await kinds(...spoiled);
  expect(shipped).toEqual(spoiled.map(() => ""));
  expect(unlimited.filter((kind) => kind === "child-chest").length).toBeGreaterThan(1);
});

test("a detector comes back from its file as it was, within half precision", async () => {
  const folder = await mkdtemp(join(tmpdir(), "detector-"));
  try {
    await writeDetector(join(folder, "detector.safetensors"), detector.parts, "test");
    const { parts } = await Detector.open(join(folder, "detector.safetensors"));
    const bytes = ({ whitenings, axes, surface }: typeof parts) =>
      Buffer.concat([...whitenings, axes, ...surface!.head].map((array) => Buffer.from(array.buffer)));
    expect(bytes(parts).equals(bytes(detector.parts))).toBe(true);
    expect([parts.least, parts.surface?.least]).toEqual([detector.parts.least, detector.parts.surface?.least]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("what is made from a film differs from it, keeps its size or side, and is the same for a seed", () => {
  const over = (image: Rgb, random: Random) => blended(image, upsideDown(image), random);
  for (const make of [halved, covered, noised, lettered, tilted, over]) {
    const [one, two] = [make(film, new Random(9)), make(film, new Random(9))];
    expect(Buffer.compare(one.data, two.data)).toBe(0);
    expect(Buffer.compare(one.data, film.data)).not.toBe(0);
    expect([one.width, one.height]).toContain(film.width);
  }
});
