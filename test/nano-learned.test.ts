/** What the tasks believe nano was trained on is what its training draws, and nothing else. */
import { expect, test } from "vitest";
import { NanoExamples } from "../src/recipes/nano/train/examples.ts";
import type { NanoImage, NanoPixels } from "../src/recipes/nano/train/pixels.ts";
import { nanoPrompts } from "../src/recipes/nano/train/ship.ts";
import type { Part } from "../src/study/types.ts";
import type { Layout } from "../src/task/layout.ts";
import { beyondNano, learnedKey, learnedPrompts } from "../src/task/learned.ts";

const modalities = { cxr: "DX", lungs: "CR", ct: "CT", histology: "SM", cells: "GM", hippocampus: "MR" };
const labels = {
  cxr: ["normal", "bacterial", "viral"],
  ct: ["normal", "benign", "malignant"],
  histology: ["adenocarcinoma", "squamous cell carcinoma", "normal"],
  lungs: ["lungs"],
  cells: ["cells"],
} as const;

/** One image of every label, and one volume of 15 slices; no pixels, since no example looks at them. */
function everyKind(): NanoPixels {
  const common = { split: "train", group: "1", channels: 1, offset: 0 } as const;
  const images: NanoImage[] = Object.entries(labels).flatMap(([set, ofSet]) =>
    ofSet.map((label) => ({
      ...common,
      set: set as NanoImage["set"],
      path: `${set}/${label}`,
      label,
      ...(set === "lungs" && {
        lungs: [
          [0.1, 0.1, 0.4, 0.9],
          [0.6, 0.1, 0.9, 0.9],
        ],
      }),
    })),
  );
  const volume = { path: "v", split: "train", first: images.length, slices: 15, sideMm: 60, spacingMm: 1 } as const;
  for (let index = 0; index < 15; index++)
    images.push({ ...common, set: "hippocampus", path: "v", label: "volume", slice: { volume: 0, index } });
  return { size: 128, images, volumes: [{ ...volume, anterior: 1500, posterior: 1400 }], bytes: new Uint8Array() };
}

function layoutOf(images: readonly NanoImage[], volume: boolean): Layout {
  const parts = (volume ? images.slice(0, 1) : images).map(
    ({ set }) => ({ kind: volume ? "volume" : "image", modality: modalities[set] }) as Part,
  );
  return { images: images.map((_, i) => ({ part: volume ? 0 : i })), study: { parts } } as unknown as Layout;
}

test("every question of the training is known, with its images; no other is", async () => {
  const folder = new URL("../models/nano", import.meta.url).pathname;
  const examples = new NanoExamples(everyKind(), await nanoPrompts(folder, 16), 1);
  const drawn = new Set<string>();
  for (let i = 0; i < 800; i++) {
    const { task, shown, messages } = examples.next().example;
    const text = messages[0].content.map((part) => (part.type === "text" ? part.text : "")).join("");
    const after = text.replace(/^(?:SLICE \d+)+\n\n/, "");
    const layout = layoutOf(
      shown.map(({ image }) => image),
      task === "hippocampus",
    );
    expect(beyondNano(layout, { version: "x", after })).toBeUndefined();
    drawn.add(learnedKey(after));
  }
  expect([...learnedPrompts().keys()].filter((key) => !drawn.has(key))).toEqual([]);
});

test("other words, and other images under the same words, are beyond it", () => {
  const [film, ct, volume] = [{ set: "cxr" }, { set: "ct" }, { set: "hippocampus" }] as NanoImage[];
  const asked = (after: string) => ({ version: "x", after });
  const [[known]] = [...learnedPrompts()].filter(([key]) => key.startsWith("Is there pneumonia?"));
  expect(beyondNano(layoutOf([film], false), asked(known))).toBeUndefined();
  expect(beyondNano(layoutOf([film], false), asked("Is there a fracture?"))).toMatch(/never trained on this question/);
  expect(beyondNano(layoutOf([film], false), { ...asked(known), before: "You are an instructor." })).toMatch(/words/);
  expect(beyondNano(layoutOf([ct], false), asked(known))).toMatch(/one chest X-ray only.*1 image of image \(CT\)/);
  expect(beyondNano(layoutOf([film, film], false), asked(known))).toMatch(/one chest X-ray only/);
  expect(beyondNano(layoutOf([volume, volume], true), asked(known))).toMatch(/2 images of volume \(MR\)/);
});
