import { describe, expect, test } from "vitest";
import type { Study } from "../study/types.ts";
import { ask, compare, locate } from "./index.ts";
import { film, mri, scripted, study } from "./testing.ts";

describe("cautions", () => {
  const pictured = (modality: string, sha256 = modality) =>
    study({ ...film(40, 30, modality), origin: { files: ["x"], sha256 } });
  const compared = (prior: Study, current: Study) =>
    compare({ prior, current }, scripted(["Final Answer: stable"]), {}).then(({ cautions }) => cautions);
  test("a prior and a current of different kinds", async () => {
    expect(await compared(pictured("DX"), study(mri(3)))).toEqual([expect.stringMatching(/DX image, MR volume/)]);
    expect(await compared(pictured("DX"), pictured("CT"))).toEqual([expect.stringMatching(/DX image, CT image/)]);
    expect(await compared(pictured("DX"), pictured("CR"))).toBeUndefined();
    expect(await compared(pictured("OT"), pictured("CR"))).toBeUndefined();
  });

  test("the same file twice", async () => {
    expect(await compared(pictured("DX"), pictured("DX"))).toEqual([expect.stringMatching(/the same file/)]);
    expect(await compared(pictured("DX"), pictured("DX", "other"))).toBeUndefined();
  });

  test("which of several pictures a box is of", async () => {
    const box = () => scripted(["[[0, 0, 500, 500]]"]);
    const two = study(film(), { ...film(), label: "second" });
    expect((await locate(two, box(), { object: "heart" })).cautions).toEqual([
      'of 2 images the model saw only "second".',
    ]);
    expect((await locate(study(film()), box(), { object: "heart" })).cautions).toBeUndefined();
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
