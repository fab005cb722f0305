import { expect, test } from "vitest";
import type { Image, Slide } from "../../imaging/types.ts";
import { studyOf } from "../study.ts";
import type { DocumentPart, ImagePart, Part, SlidePart, TextPart, VolumePart } from "../types.ts";
import { documentView, imagesOf, slideView, textsOf, viewOf } from "./index.ts";
import { subsample } from "./slide/slide.ts";

const limits = { imageSize: 32, tokensPerImage: 20, contextTokens: 8192 };
const base = { origin: { files: ["file"], sha256: "00" }, warnings: [] };

function image(width: number, height: number, shade = 128): Image {
  return { kind: "image", width, height, channels: 3, data: new Uint8Array(width * height * 3).fill(shade) };
}

const film = (label: string, modality = "DX"): ImagePart => ({
  ...base,
  kind: "image",
  label,
  modality,
  image: image(40, 30),
});

const volume = (label: string, depth: number, unit = "HU"): VolumePart => ({
  ...base,
  kind: "volume",
  label,
  modality: unit === "HU" ? "CT" : "MR",
  volume: {
    kind: "volume",
    shape: [depth, 8, 8],
    data: Float32Array.from({ length: depth * 64 }, (_, i) => i),
    affine: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
    unit,
  },
});

/** White, with tissue where `isTissue` says so; level 1 is a quarter. Red and green tell where a pixel lies. */
function slide(
  width: number,
  height: number,
  mpp: number | undefined,
  isTissue: (x: number, y: number) => boolean,
): SlidePart {
  const at: Slide = {
    kind: "slide",
    vendor: "made",
    levels: [
      { width, height, downsample: 1 },
      { width: width / 4, height: height / 4, downsample: 4 },
    ],
    mpp,
    associated: [],
    readRegion: async (level, x0, y0, w, h) => {
      const region = image(w, h, 255);
      const scale = level === 0 ? 1 : 4;
      for (let y = 0; y < h; y++)
        for (let x = 0; x < w; x++) {
          const [sx, sy] = [(x0 + x) * scale, (y0 + y) * scale];
          if (sx >= width || sy >= height || !isTissue(sx, sy)) continue;
          region.data.set([(sx / width) * 200, (sy / height) * 200, 90], (y * w + x) * 3);
        }
      return region;
    },
    readAssociated: async () => image(1, 1),
    close: async () => undefined,
  };
  return { ...base, kind: "slide", label: "section", modality: "SM", slide: at };
}

const study = (...parts: Part[]) => studyOf(parts);

test("a slide gives tissue patches in raster order at the magnification asked for, with their way back", async () => {
  // 0.5 microns: a 10x patch of 32 pixels spans 64 pixels of level 0; tissue in the left half.
  const part = slide(1024, 512, 0.5, (x) => x < 512);
  const view = await slideView(part, limits);
  expect(view.recipe).toBe("slide-10x");
  expect(imagesOf(view)).toHaveLength(64);
  const indices = imagesOf(view).map(({ index }) => index!);
  expect(indices).toEqual([...indices].sort((a, b) => a - b));
  for (const shown of imagesOf(view)) {
    const [x, y] = shown.toSource(16, 16);
    const [red, green] = shown.image.data.slice((16 * 32 + 16) * 3);
    expect(Math.abs(red - (x / 1024) * 200)).toBeLessThan(2);
    expect(Math.abs(green - (y / 512) * 200)).toBeLessThan(2);
  }
  expect(view.leftOut).toEqual(["section: 64 of 128 patches without tissue"]);
  expect(imagesOf(await slideView(part, limits, { magnification: 5 }))).toHaveLength(16);
});

test("more patches than fit are a seeded choice in spatial order; the same seed gives the same choice", async () => {
  const part = slide(2048, 1024, 0.5, () => true);
  const shown = async (seed: number) =>
    imagesOf(await slideView(part, limits, { maxPatches: 20, seed })).map((i) => i.index!);
  const first = await shown(1);
  expect(first).toHaveLength(20);
  expect(first).toEqual([...first].sort((a, b) => a - b));
  expect(await shown(1)).toEqual(first);
  expect(await shown(2)).not.toEqual(first);
  expect(subsample([5, 6, 7], 3, 9)).toEqual([5, 6, 7]);
});

test("edges narrower than a patch are said to be left out; a slide smaller than a patch is shown whole", async () => {
  const uneven = await slideView(
    slide(896 + 40, 512 + 12, 0.5, () => true),
    limits,
  );
  expect(imagesOf(uneven)).toHaveLength(14 * 8);
  expect(uneven.leftOut).toEqual([
    "section: 40 pixels at the right and 12 pixels at the bottom, too narrow for a patch of 64",
  ]);
  const small = await slideView(
    slide(40, 20, 0.5, () => true),
    limits,
  );
  expect(imagesOf(small)).toHaveLength(1);
  expect(small.leftOut).toEqual([]);
});

test("a slide without a resolution asks for it, and one scanned too coarsely is shown as it is and says so", async () => {
  const unknown = slide(256, 256, undefined, () => true);
  await expect(slideView(unknown, limits)).rejects.toMatchObject({ code: "view/no-resolution" });
  expect(imagesOf(await slideView(unknown, limits, { mpp: 1 }))).toHaveLength(64);
  const coarse = await slideView(
    slide(256, 256, 2, () => true),
    limits,
  );
  expect(coarse.recipe).toBe("slide-5x");
  expect(coarse.leftOut[0]).toContain("scanned at 5.0x");
});

test("a slide the mask finds empty is shown whole rather than not at all", async () => {
  const view = await slideView(
    slide(128, 128, 0.5, () => false),
    limits,
  );
  expect(imagesOf(view)).toHaveLength(4);
  expect(view.leftOut[0]).toContain("it excluded every patch");
});

test("two films of one modality are a pair, prior first; other studies take each part by its own recipe", async () => {
  expect((await viewOf(study(film("prior"), film("current")), limits)).recipe).toBe("longitudinal-pair");
  expect((await viewOf(study(film("film"), film("photo", "XC")), limits)).recipe).toBe("image-2d");
  const mixed = await viewOf(study(film("film"), volume("CT", 9), volume("T1", 7, "arbitrary")), limits);
  expect(mixed.recipe).toBe("image-2d+ct-1.5+mri-1.5");
  expect(imagesOf(mixed).map(({ part }) => part)).toEqual([0, ...new Array(9).fill(1), ...new Array(7).fill(2)]);
  expect(imagesOf(await viewOf(study(film("a"), film("b")), limits, { parts: [1] })).map(({ part }) => part)).toEqual([
    1,
  ]);
});

test("one budget holds all series: pictures first, the rest shared, what is left out said", async () => {
  const tight = { ...limits, contextTokens: 700 }; // (700 - 175) / 26 = 20 images
  const view = await viewOf(study(film("film"), volume("CT", 60), volume("T1", 40, "arbitrary")), tight);
  expect(imagesOf(view)).toHaveLength(20);
  expect(view.leftOut).toEqual([
    "CT: 51 of 60 slices, to stay within the model's limits",
    "T1: 30 of 40 slices, to stay within the model's limits",
  ]);
  const films = study(...Array.from({ length: 25 }, (_, i) => film(`film ${i}`)));
  const latest = await viewOf(films, tight);
  expect(imagesOf(latest).map(({ part }) => part)).toEqual(Array.from({ length: 20 }, (_, i) => i + 5));
  expect(latest.leftOut).toHaveLength(5);
});

test("documents are shown page by page, the first pages when there are too many", () => {
  const pages = Array.from({ length: 50 }, () => ({ image: image(20, 28), text: [] }));
  const part: DocumentPart = { ...base, kind: "document", label: "labs", modality: "DOC", pages };
  const view = documentView(part, limits, { index: 3 });
  expect(imagesOf(view).map(({ part, index }) => [part, index])).toEqual(Array.from({ length: 40 }, (_, i) => [3, i]));
  expect(view.leftOut).toEqual(["labs: the last 10 of 50 pages"]);
});

test("a damaged slide beside a film is left out with its reason; alone it is the error", async () => {
  const broken = slide(64, 64, 0.5, () => true);
  const damaged: SlidePart = {
    ...broken,
    slide: { ...broken.slide, readRegion: () => viewOf(study(), limits).then(() => image(1, 1)) },
  };
  const view = await viewOf(study(film("film"), damaged), limits);
  expect(imagesOf(view).map(({ part }) => part)).toEqual([0]);
  expect(view.leftOut[0]).toContain("no part of the study is chosen");
  await expect(viewOf(study(damaged), limits)).rejects.toMatchObject({ code: "view/no-parts" });
});

const note = (text: string): TextPart => ({ ...base, kind: "text", label: "note", modality: "DOC", text });

test("a text is an item of its own, in the study's order; images have the rest of the budget", async () => {
  const view = await viewOf(study(note("Cough for a week."), film("film")), limits);
  expect(view.recipe).toBe("text+image-2d");
  expect(view.items.map(({ kind, part }) => [kind, part])).toEqual([
    ["text", 0],
    ["image", 1],
  ]);
  const tight = { ...limits, contextTokens: 700 }; // 525 for the study, at most 262 of them text.
  const long = await viewOf(study(note("word ".repeat(400)), volume("CT", 60)), tight);
  expect(textsOf(long)[0].text.length).toBeGreaterThan(400);
  expect(textsOf(long)[0].text.length).toBeLessThanOrEqual(524);
  expect(imagesOf(long)).toHaveLength(Math.floor((525 - 262) / 26));
  expect(long.leftOut[0]).toMatch(/^note: the last \d+ of 2000 characters$/);
});

test("text needs no image: a model without images is shown the text, and what it cannot be shown is reported", async () => {
  const blind = { imageSize: undefined, tokensPerImage: 0, contextTokens: 8192 };
  expect((await viewOf(study(note("Cough.")), blind)).items).toEqual([{ kind: "text", part: 0, text: "Cough." }]);
  const mixed = await viewOf(study(note("Cough."), film("film")), blind);
  expect(mixed.items).toHaveLength(1);
  expect(mixed.leftOut[0]).toMatch(/^film: .*this model does not accept images/);
  await expect(viewOf(study(film("film")), blind)).rejects.toMatchObject({ code: "view/text-only-model" });
});

test("the text layer of a document follows each page's image on request, as far as there is room", async () => {
  const run = (text: string, x: number, y: number) => ({ text, x, y, width: text.length * 6, height: 10 });
  const pages = Array.from({ length: 3 }, (_, page) => ({
    image: image(20, 28),
    text: [run("Ferritin", 10, 20), run(`${page + 12}`, 100, 20), run("Iron", 10, 40)],
  }));
  const document: DocumentPart = { ...base, kind: "document", label: "labs", modality: "DOC", pages };
  expect((await viewOf(study(document), limits)).items.map(({ kind }) => kind)).toEqual(["image", "image", "image"]);
  const view = await viewOf(study(document), limits, { textLayer: true });
  expect(view.recipe).toBe("document-pages-text");
  expect(view.items.map(({ kind, index }) => [kind, index])).toEqual([
    ["image", 0],
    ["text", 0],
    ["image", 1],
    ["text", 1],
    ["image", 2],
    ["text", 2],
  ]);
  expect(textsOf(view)[0].text).toBe("Text of page 1:\nFerritin  12\nIron");
  const tight = await viewOf(
    study(document),
    { ...limits, contextTokens: 140 },
    { textLayer: true, reserveTokens: 35 },
  );
  expect([imagesOf(tight).length, textsOf(tight).length]).toEqual([3, 1]);
  expect(tight.leftOut).toEqual(["labs: the text layer of pages 2, 3"]);
  const blind = { imageSize: undefined, tokensPerImage: 0, contextTokens: 8192 };
  expect((await viewOf(study(document), blind, { textLayer: true })).recipe).toBe("document-text");
});

test("a part that no view can lay out is reported; alone it is the error", async () => {
  const molecule: Part = {
    ...base,
    kind: "molecule",
    label: "aspirin",
    modality: "OT",
    smiles: "CC(=O)Oc1ccccc1C(=O)O",
  };
  expect((await viewOf(study(film("film"), molecule), limits)).leftOut[0]).toMatch(
    /^aspirin: .*molecule cannot be shown/,
  );
  await expect(viewOf(study(molecule), limits)).rejects.toMatchObject({ code: "view/no-recipe" });
});
