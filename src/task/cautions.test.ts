import { describe, expect, test } from "vitest";
import type { Model } from "../model/contract.ts";
import type { Study } from "../study/types.ts";
import { type AskOptions, ask, classify, compare } from "./index.ts";
import { film, mri, scripted, study } from "./testing.ts";

describe("cautions", () => {
  const pictured = (modality: string) => study(film(40, 30, modality));
  const compared = (prior: Study, current: Study) =>
    compare({ prior, current }, scripted(["Final Answer: stable"]), {}).then(({ cautions }) => cautions);
  test("a prior and a current of different kinds", async () => {
    expect(await compared(pictured("DX"), study(mri(3)))).toEqual([expect.stringMatching(/DX image, MR volume/)]);
    expect(await compared(pictured("DX"), pictured("CT"))).toEqual([expect.stringMatching(/DX image, CT image/)]);
    expect(await compared(pictured("DX"), pictured("CR"))).toBeUndefined();
    expect(await compared(pictured("OT"), pictured("CR"))).toBeUndefined();
  });
  test("the embedded model outside of what it was trained on; no other model", async () => {
    const nano = () => Object.assign(scripted(["Final Answer: yes", "Final Answer: no"]), { recipe: "nano" as const });
    const asked = async (model: Model, question: string, of = pictured("DX")) =>
      (await ask(of, model, { question })).cautions;
    expect(await asked(nano(), "Is there pneumonia?")).toBeUndefined();
    expect(await asked(nano(), "Is there a fracture?")).toEqual([expect.stringMatching(/never trained on this/)]);
    expect(await asked(nano(), "Is there pneumonia?", pictured("MR"))).toEqual([expect.stringMatching(/X-ray only/)]);
    expect(await asked(scripted(["Final Answer: yes"]), "Is there a fracture?")).toBeUndefined();
    const { cautions } = await classify(pictured("DX"), nano(), { labels: ["pneumonia", "gout"], multi: true });
    expect(cautions?.length).toBe(1);
  });

  test("a volume measured as nano learned it: on twelve slices, the first and the last among them, unless told otherwise", async () => {
    const nano = () => Object.assign(scripted(["anterior hippocampus 1503 mm3"]), { recipe: "nano" as const });
    const question = "What is the volume of the anterior hippocampus and of the posterior hippocampus in mm3?";
    const shown = async (model: Model, options: Partial<AskOptions> = {}, of: Study = study(mri(35))) => {
      const { saw, cautions } = await ask(of, model, { question, ...options });
      return { slices: saw.images.map(({ index }) => index), cautions };
    };
    const own = await shown(nano());
    expect(own).toEqual({ slices: [0, 3, 6, 9, 12, 15, 19, 22, 25, 28, 31, 34], cautions: undefined });
    expect((await shown(nano(), { view: { maxSlices: 20 } })).cautions).toEqual([expect.stringMatching(/at most 12/)]);
    expect((await shown(nano(), { question: "What is seen?" })).slices.length).toBe(35);
    expect((await shown(scripted(["x"]))).slices.length).toBe(35);
    expect((await shown(nano(), {}, study(mri(9)))).slices.length).toBe(9);
  });
});

test("more pictures than the model takes are an error that says how many it takes; parts may be chosen", async () => {
  const many = study(...Array.from({ length: 9 }, () => film()));
  const model = scripted(["ok", "ok"], { contextTokens: 100 });
  await expect(ask(many, model, { question: "What is seen?" })).rejects.toMatchObject({
    code: "task/too-many-images",
    found: "9",
    expected: expect.stringMatching(/^at most [1-8]$/),
  });
  const { saw } = await ask(many, model, { question: "What is seen?", view: { parts: [0, 8] } });
  expect(saw.images.map(({ part }) => part)).toEqual([0, 8]);
});
