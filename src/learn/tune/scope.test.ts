/** What `tune` writes about a user's own model: questions, labels and headers of the data, and the texture head. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sliceBytes } from "../../../test/support/dicom.ts";
import { Random } from "../../base/random.ts";
import type { Image } from "../../imaging/types.ts";
import { Detector } from "../../model/scope/detector.ts";
import { parseScope } from "../../model/scope/read-scope.ts";
import type { Scope } from "../../model/scope/scope.ts";
import { textureOf } from "../../model/scope/texture.ts";
import { classifyPrompt } from "../../prompts/index.ts";
import type { Example } from "../data/index.ts";
import { taughtBy } from "../scope/asked.ts";
import { surfaceAgainst } from "../scope/surface.ts";
import { TrainingImages } from "./images.ts";
import type { TuneResult } from "./outcome.ts";
import { type TunedScope, writeTunedScope } from "./scope.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tuned-scope-"));
});
afterAll(() => rm(folder, { recursive: true }));

const example = (text: string, answer: string): Example => ({
  line: 1,
  messages: [
    { role: "user", content: [{ type: "text", text }] },
    { role: "assistant", content: [{ type: "text", text: answer }] },
  ],
});

/** Radiographs of the hand, 64 pixels wide; the ages as given. */
async function radiographs(
  ages: readonly (string | undefined)[],
  change: Record<string, string> = {},
): Promise<string[]> {
  const paths: string[] = [];
  for (const [i, age] of ages.entries()) {
    const path = join(folder, `${Object.values(change).join("-")}${i}-${age}.dcm`);
    const pixels = Int16Array.from({ length: 64 * 80 }, (_, k) => (k * (i + 3)) % 900);
    await writeFile(
      path,
      sliceBytes({
        Modality: "DX",
        BodyPartExamined: "HAND",
        ViewPosition: "PA",
        PatientAge: age,
        ImagePositionPatient: undefined,
        ImageOrientationPatient: undefined,
        SOPInstanceUID: `2.25.9${i}`,
        Rows: 80,
        Columns: 64,
        PixelData: new Uint8Array(pixels.buffer),
        ...change,
      }),
    );
    paths.push(path);
  }
  return paths;
}

async function written(trained: readonly string[], more: Partial<TunedScope> = {}): Promise<Scope> {
  const images = new TrainingImages(32);
  for (const path of trained) await images.read(path);
  await writeTunedScope({
    model: "hands",
    result: { saved: folder, before: { loss: 2 }, after: { loss: 1 } } as TuneResult,
    trainFile: "data/train.jsonl",
    examples: trained.length,
    taught: taughtBy([example("Is it broken?", "yes")], undefined, "train.jsonl"),
    pictures: { from: 1, to: 1 },
    trained,
    held: [],
    images,
    tower: undefined,
    ...more,
  });
  return parseScope(await readFile(join(folder, "scope.json"), "utf8"), "scope.json");
}

test("the kind of picture is what the headers have in common", async () => {
  const scope = await written(await radiographs(["023Y", "081Y", "044Y"]));
  expect(scope.kinds).toEqual([
    {
      id: "trained",
      name: "images of the kind in train.jsonl (DX, HAND, PA, patients of 23 to 81 years)",
      parts: ["image"],
      modalities: ["DX"],
      bodyParts: ["HAND"],
      views: ["PA"],
      age: { from: 23, to: 81 },
      minimumSide: 32,
    },
  ]);
  expect(scope.abilities).toEqual([
    {
      id: "ask",
      description: '"Is it broken?"',
      kinds: ["trained"],
      pictures: { from: 1, to: 1 },
      requests: [{ task: "ask", options: { question: "Is it broken?" }, open: ["free"] }],
    },
  ]);
});

test("what many headers do not state is left open, and text alone has no kind of picture", async () => {
  const { kinds } = await written(await radiographs(["023Y", undefined, undefined], { BodyPartExamined: "" }));
  expect(kinds[0]).toMatchObject({ modalities: ["DX"] });
  expect(kinds[0]).not.toHaveProperty("age");
  expect(kinds[0]).not.toHaveProperty("bodyParts");
  const text = await written([], { pictures: { from: 0, to: 0 } });
  expect([text.kinds, text.abilities[0].kinds, text.abilities[0].pictures]).toEqual([[], [], { from: 0, to: 0 }]);
});

test("every request of the data is listed once; hundreds of different questions are any question", () => {
  const labels = ["broken", "whole"];
  const { after } = classifyPrompt({ labels, subject: "chest X-ray", form: "brief" });
  const some = [
    example(after, "Final Answer: broken"),
    example(after, "Final Answer: whole"),
    example("Where is the thumb?", '[{"box_2d": [1, 2, 3, 4], "label": "thumb"}]'),
    example("Where is the fracture?", "In the thumb."),
    example("Write a report of this image with the sections Findings and Impression.", "Findings: none."),
  ];
  expect(taughtBy(some, undefined, "x").map(({ requests: [ask] }) => ask)).toEqual([
    { task: "classify", options: { labels }, open: ["threshold"] },
    { task: "locate", options: { object: "thumb" }, open: ["image"] },
    { task: "ask", options: { question: "Where is the fracture?" }, open: ["free"] },
    { task: "report", open: ["*"] },
  ]);
  expect(taughtBy(some.slice(0, 2), labels, "x").map(({ requests: [ask] }) => ask)).toEqual([
    { task: "classify", options: { labels }, open: ["threshold", "question"] },
  ]);
  const many = Array.from({ length: 200 }, (_, i) => example(`What is number ${i}?`, "A bone."));
  expect(taughtBy(many, undefined, "x.jsonl")).toEqual([
    { id: "ask", description: "questions like those of x.jsonl (ask)", requests: [{ task: "ask", open: ["*"] }] },
  ]);
});

test("a texture head keeps pictures like those it was made of, and refuses what is written over or made up", async () => {
  const random = new Random(5);
  /** Soft blobs on a dark ground with fine grain, each a little different. */
  const picture = (): Image => {
    const data = new Uint8Array(64 * 64);
    const [cx, cy, r] = [28 + 8 * random.next(), 28 + 8 * random.next(), 12 + 6 * random.next()];
    for (let i = 0; i < data.length; i++)
      data[i] =
        40 + 150 * Math.exp(-(((i % 64) - cx) ** 2 + (Math.floor(i / 64) - cy) ** 2) / r ** 2) + random.below(8);
    return { kind: "image", width: 64, height: 64, channels: 1, data };
  };
  const [own, unseen] = [48, 12].map((length) => Array.from({ length }, picture));
  const surface = await surfaceAgainst(own, { upright: false, kept: 96, perFamily: 6, steps: 60 });
  const judge = new Detector({ surface } as Detector["parts"]);
  const kept = (image: Image) => judge.surfaces(textureOf(image))![0];
  const striped = unseen.map((image) => ({
    ...image,
    data: image.data.map((v, i) => (i % 64 < 3 || (i >> 6) % 9 < 2 ? 255 : v)),
  }));
  const noise: Image = { ...own[0], data: Uint8Array.from(own[0].data, () => random.below(256)) };
  expect(Math.min(...unseen.map(kept))).toBeGreaterThan(Math.max(...striped.map(kept), kept(noise)));
});
