/** The published instruments: forms by their items and scales, and the counts of AMIE's outer loop. (McNemar's values are goldens of `measure/`.) */
import { expect, test } from "vitest";
import { visitsPlanned } from "../../strategy/consult/dialogues.ts";
import { loadRubric } from "./rubric.ts";

test("the Bond scale has five steps, of which the two nearest to the diagnosis are favourable", async () => {
  const [quality, appropriateness, comprehensiveness] = (await loadRubric("ddx")).axes;
  expect(quality.options).toEqual([
    "5: it includes the final diagnosis",
    "4: something very close, not exact",
    "3: something closely related that might have helped",
    "2: something related, unlikely to help",
    "1: nothing related",
  ]);
  expect([quality.scale, quality.favourable?.length]).toEqual([[5, 4, 3, 2, 1], 2]);
  expect([appropriateness.options?.length, comprehensiveness.options?.length]).toEqual([5, 4]);
});

test("the GMC questionnaire has seven graded items, two agreements and two yes-or-no questions", async () => {
  const { axes } = await loadRubric("gmcpq");
  const graded = axes.filter(({ options }) => options?.[0] === "Poor");
  expect(graded.map(({ id }) => id)).toEqual([
    "polite",
    "at-ease",
    "listening",
    "assessing",
    "explaining",
    "involving",
    "treatment",
  ]);
  for (const { options, scale, favourable, na } of graded) {
    expect(options).toEqual(["Poor", "Less than satisfactory", "Satisfactory", "Good", "Very good"]);
    expect([scale, favourable, na]).toEqual([[1, 2, 3, 4, 5], ["Good", "Very good"], "Does not apply"]);
  }
  expect(axes.filter(({ options }) => options?.[0] === "Strongly disagree").map(({ id }) => id)).toEqual([
    "confidential",
    "honest",
  ]);
  expect(axes.filter(({ options }) => options?.length === 2).map(({ id }) => id)).toEqual(["confident", "see-again"]);
});

test("613 common conditions of 4 visits and 4,617 others of 2 are 11,686 visits", () => {
  const common = Array.from({ length: 613 }, () => ({ visits: 4 }));
  expect(visitsPlanned([...common, ...Array.from({ length: 4617 }, () => ({}))], 2)).toBe(11_686);
});
