import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { Random } from "../../../base/random.ts";
import { canonicalName, hubName } from "../../../checkpoint/canonical-names.ts";
import { SafetensorsFile } from "../../../checkpoint/index.ts";
import { sentencePieceModel } from "../../sentencepiece.ts";
import { drawChange, moveBox, noAugmentation, warp, weakened } from "./augment.ts";
import { shownSlices, turn } from "./examples.ts";
import { checkSplits, chestPatient, type NanoFile, type SplitList, summariseSplits } from "./splits.ts";

test("film names give their patient", () => {
  expect(chestPatient("person1089_bacteria_3029.jpeg")).toBe("person1089");
  expect(chestPatient("person1089_virus_1.jpeg")).toBe("person1089");
  expect(chestPatient("NORMAL2-IM-0381-0001.jpeg")).toBe("IM-0381");
  expect(chestPatient("IM-0656-0001-0002.jpeg")).toBe("IM-0656");
});

test("the folder opens in other engines: tensors have the Hub's names, and its tokenizer.model is its tokenizer", async () => {
  const nano = fileURLToPath(new URL("../../../../models/nano", import.meta.url));
  const weights = await SafetensorsFile.open(join(nano, "model.safetensors"));
  const names = [...weights.header.tensors.keys()];
  await weights.close();
  expect(names).toEqual(names.map((name) => hubName(canonicalName(name, "multimodal"), "multimodal")));
  expect(names).toContain("vision_tower.vision_model.embeddings.patch_embedding.weight");
  const tokenizer = JSON.parse(readFileSync(join(nano, "tokenizer.json"), "utf8"));
  const made = sentencePieceModel(tokenizer);
  expect(Buffer.compare(readFileSync(join(nano, "tokenizer.model")), made)).toBe(0);
  const { merges } = tokenizer.model;
  expect(() =>
    sentencePieceModel({ ...tokenizer, model: { ...tokenizer.model, merges: [...merges, merges[0]] } }),
  ).toThrow(/a piece has two merges/);
});

test("another set of files than the committed one is refused, naming the split", () => {
  const file = (path: string, split: NanoFile["split"]): NanoFile => ({
    set: "ct",
    path,
    split,
    label: "normal",
    group: "1",
  });
  const files = [file("a", "train"), file("b", "test")];
  const committed = summariseSplits(files);
  expect(() => checkSplits(files, committed)).not.toThrow();
  expect(() => checkSplits([files[0]], committed)).toThrow(/ct test: 0 files instead of 1/);
});

test("no patient, run or volume of a held-out split stands in another one", () => {
  const path = new URL("../../../../models/nano/splits.json", import.meta.url);
  const splits = JSON.parse(readFileSync(path, "utf8")) as SplitList;
  for (const set of ["lungs", "ct", "hippocampus"]) {
    const [validation, test] = [splits[set].val.groups!, splits[set].test.groups!];
    expect(validation.filter((group) => test.includes(group))).toEqual([]);
    expect(test.length).toBeGreaterThan(0);
  }
  expect(splits.cxr.test.count).toBe(624);
});

test("no augmentation shows the image as it is; a box moves with its pixels", () => {
  const size = 16;
  const bytes = new Uint8Array(size * size);
  const box = [4 / size, 6 / size, 9 / size, 12 / size];
  for (let y = 6; y < 12; y++) for (let x = 4; x < 9; x++) bytes[y * size + x] = 255;
  const target = new Float32Array(size * size);
  warp(bytes, 0, size, drawChange(new Random(1), noAugmentation, size).map, target, 0, 1, 0);
  expect([...target]).toEqual([...bytes]);
  const range = { ...noAugmentation, zoom: 0.1, aspect: 0.1, shift: 0.05, mirror: 1 };
  for (const seed of [1, 2, 3, 4]) {
    const change = drawChange(new Random(seed), range, size);
    warp(bytes, 0, size, change.map, target, 0, 1, 0);
    const [x0, y0, x1, y1] = moveBox(box, change, size).map((share) => share * size);
    let [sum, sx, sy] = [0, 0, 0];
    for (let i = 0; i < target.length; i++) {
      sum += target[i];
      sx += target[i] * ((i % size) + 0.5);
      sy += target[i] * (Math.floor(i / size) + 0.5);
    }
    expect(sx / sum).toBeCloseTo((x0 + x1) / 2, 0);
    expect(sy / sum).toBeCloseTo((y0 + y1) / 2, 0);
    expect(sum / 255 / ((x1 - x0) * (y1 - y0))).toBeCloseTo(1, 0);
  }
});

test("slices shown are equal steps with both ends, and labels stand after their images", () => {
  expect(shownSlices(34)).toEqual([0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30, 33]);
  expect(shownSlices(5)).toEqual([0, 1, 2, 3, 4]);
  const { content } = turn(2, { version: "x", after: "How large?" }, true);
  expect(content.map((part) => (part.type === "text" ? part.text : part.type))).toEqual([
    "image",
    "SLICE 1",
    "image",
    "SLICE 2\n\nHow large?",
  ]);
});

test("weakened changes go less far, and not at all at strength zero", () => {
  const range = {
    ...noAugmentation,
    zoom: 0.1,
    aspect: 0.1,
    turn: 0.2,
    shift: 0.05,
    brightness: 0.1,
    contrast: 0.2,
    mirror: 1,
  };
  expect(weakened(range, 1)).toEqual(range);
  expect(weakened(range, 0)).toEqual({ ...noAugmentation, mirror: 1 });
  const shifted = (strength: number) => drawChange(new Random(9), weakened(range, strength), 64).offset;
  expect(shifted(0.5)).toBeCloseTo(shifted(1) / 2, 9);
});
