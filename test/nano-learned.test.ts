/** What the tasks believe nano was trained on is what its training draws, and nothing else. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { parseScope } from "../src/model/scope/read-scope.ts";
import { NanoExamples } from "../src/recipes/nano/train/examples.ts";
import type { NanoImage, NanoPixels } from "../src/recipes/nano/train/pixels.ts";
import { nanoPrompts } from "../src/recipes/nano/train/ship.ts";
import type { Layout } from "../src/task/layout.ts";
import { taskNamed } from "../src/task/tasks.ts";
import { Wording } from "../src/task/wording/index.ts";

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

/** Labels come in any order; a scale before a question about millimetres is not part of it. */
const key = (after: string) =>
  after.replace(
    /^Choose one of: (.*)\.$/m,
    (_, list: string) => `Choose one of: ${list.split(", ").sort().join(", ")}.`,
  );

/** What its training draws and its scope leaves out, because it did not hold on other patients' data. */
const retired = ["ct", "hippocampus"];

test("every request of nano's scope is one its training draws, in those words; all that is drawn is in scope, but for what was retired", async () => {
  const folder = new URL("../models/nano/", import.meta.url);
  const scope = parseScope(await readFile(new URL("scope.json", folder), "utf8"), "scope.json");
  const examples = new NanoExamples(everyKind(), await nanoPrompts(fileURLToPath(folder), 16), 1);
  const drawn = new Map<string, string>();
  for (let i = 0; i < 800; i++) {
    const { task, messages } = examples.next().example;
    const text = messages[0].content.map((part) => (part.type === "text" ? part.text : "")).join("");
    drawn.set(key(text.replace(/^(?:SLICE \d+)+\n\n/, "")), task);
  }
  const questions = new Set<string>();
  for (const { requests, pictures } of scope.abilities)
    for (const { task, options = {} } of requests)
      for (const subject of ["image", "chest X-ray", "histopathology image"] as const) {
        const images = Array.from({ length: pictures?.to ?? 1 }, (_, part) => ({ part }));
        const layout = { subject, form: "brief", images, items: images } as unknown as Layout;
        const { prompts } = taskNamed(task).render(layout, options as never, undefined);
        for (const { after } of prompts) if (drawn.has(key(after))) questions.add(key(after));
        // The words for a picture without a header are always learned ones.
        if (subject === "image")
          expect([task, prompts.every(({ after }) => drawn.has(key(after)))]).toEqual([task, true]);
      }
  const left = [...drawn].filter(([words, task]) => !questions.has(words) && !retired.includes(task));
  // Asked with other words that were learned too: `Is there pneumonia?` finds `Is there pneumonia in this image?`.
  const wording = new Wording(scope);
  expect(left.filter(([words]) => !("ask" in wording.match(words)))).toEqual([]);
});
