/** Textures, and when a detector computes them. */
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { readPhoto } from "../../imaging/photo/index.ts";
import { resizeToSquare } from "../../imaging/resize/index.ts";
import type { Image } from "../../imaging/types.ts";
import { Detector } from "./detector.ts";
import { textureOf, textureSize } from "./texture.ts";

const file = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
let film: Image;
beforeAll(async () => {
  film = resizeToSquare(await readPhoto(file("samples/chest-xray.jpg")), 128);
});

test("the texture of a film has the numbers that the shipped detector was fitted on", () => {
  // Every sixth number, by the version of textureOf with which models/nano/detector.safetensors was fitted.
  const fitted = [
    0.3996, 0.3402, 0.2938, 0.2542, -2.561, -2.4637, -2.8237, -2.8803, -2.3776, -2.4774, -1.1233, -0.5334, -1.3708,
    -1.0423, -1.4682, 0.2812, 0.3146, 0.286, 0.2756, 0.6629, 1.5071, 0, -0.402, -1.2285,
  ];
  const texture = textureOf(film);
  expect(texture.length).toBe(textureSize);
  expect([...texture].filter((_, i) => i % 6 === 1).map((value) => Math.round(value * 1e4) / 1e4)).toEqual(fitted);
});

test("a texture does not depend on the images before it, nor on whether grey is given once or three times", () => {
  const noise = (side: number, step: number): Image => {
    const data = Uint8Array.from({ length: side * side }, (_, i) => (i * step) % 251);
    return { kind: "image", width: side, height: side, channels: 1, data };
  };
  const [small, large] = [noise(48, 37), noise(300, 91)];
  const grey: Image = { ...film, channels: 1, data: film.data.filter((_, i) => i % film.channels === 0) };
  const first = [film, small, large].map(textureOf);
  expect([film, large, small, grey].map(textureOf)).toEqual([first[0], first[2], first[1], first[0]]);
});

test("stripes have one direction: upright ones no edges downwards, and a picture without edges none", () => {
  const made = (value: (x: number, y: number) => number): Image => {
    const data = Uint8Array.from({ length: 64 * 64 }, (_, i) => value(i % 64, Math.floor(i / 64)));
    return { kind: "image", width: 64, height: 64, channels: 1, data };
  };
  // Directions begin after four scales of six numbers and four maps of 16 cells; shares times four.
  const directions = (image: Image) => [...textureOf(image).subarray(24 + 64, 24 + 64 + 12)];
  const upright = directions(made((x) => 100 + 60 * Math.sin(x / 3)));
  const level = directions(made((_, y) => 100 + 60 * Math.sin(y / 3)));
  expect(upright.map((share) => Math.round(share * 100))).toEqual([400, ...new Array(11).fill(0)]);
  expect(level.map((share) => Math.round(share * 100)).indexOf(400)).toBe(6);
  expect(directions(made(() => 77))).toEqual(new Array(12).fill(0));
  // Steps larger than the table of directions holds give the same direction as small ones.
  const steep = directions(made((x) => (x % 8 < 4 ? 0 : 255)));
  expect(Math.round(steep[0] * 100)).toBe(400);
});

test("a texture is computed only for what the cheaper tests leave, and decides nothing that they refused", async () => {
  const detector = await Detector.open(file("models/nano/detector.safetensors"));
  const { size } = detector.parts;
  let computed = 0;
  const texture = () => {
    computed++;
    return textureOf(film);
  };
  const far = detector.recogniseSummary(new Float32Array(size).fill(9), 0.1, texture);
  expect([far.within, computed]).toEqual([[], 0]);
  // The centre of a kind, as far as the axes can express it.
  const { axes, centres, mean, kinds, sharpness } = detector.parts;
  const child = kinds.indexOf("child-chest");
  const count = axes.length / size;
  const centre = mean.map((value, j) => {
    let sum = value;
    for (let a = 0; a < count; a++) {
      let length = 0;
      for (let i = 0; i < size; i++) length += axes[a * size + i] ** 2;
      sum += (centres[child][a] * axes[a * size + j]) / length;
    }
    return sum;
  });
  const near = detector.recogniseSummary(centre, 1.5 * sharpness[child], texture);
  expect([near.within, computed]).toEqual([["child-chest"], 1]);
  expect(detector.recogniseSummary(centre, 1.5 * sharpness[child], undefined).within).toEqual(["child-chest"]);
  expect(detector.recogniseSummary(centre, 0, texture).within).toEqual([]);
  expect(computed).toBe(1);
});
