import { describe, expect, test } from "vitest";
import type { Generator, Message } from "../../model/contract.ts";
import { ScriptedModel } from "../../model/scripted/index.ts";
import { finalAnswer } from "../../prompts/index.ts";
import { classify } from "../index.ts";
import { film, scripted, study } from "../testing.ts";

/** The same, with no way to weigh answers. */
const withoutScore = (model: ScriptedModel): Generator =>
  Object.assign(Object.create(model) as ScriptedModel, { score: undefined });
const said = (messages: readonly Message[]) =>
  messages.map(
    ({ role, content }) =>
      `${role}: ${content.map((item) => (item.type === "image" ? "<image>" : item.text)).join("|")}`,
  );

describe("classify", () => {
  const weights: Record<string, number> = { normal: 0.2, pneumonia: 0.5, "pneumonia, viral": 0.1 };
  const weighing = () =>
    new ScriptedModel([], {
      limits: { imageSize: 32 },
      // All of a continuation's likelihood on its first word.
      score: (_, word, continuation) =>
        word === "Final" ? Math.log(weights[continuation.replace("Final Answer: ", "")]) : 0,
    });

  test("probabilities of labels sum to one; what begins alike is told apart", async () => {
    const { answer, finishReason } = await classify(study(film()), weighing(), { labels: Object.keys(weights) });
    expect(finishReason).toBe("scored");
    expect(answer?.labels).toEqual(["pneumonia"]);
    // Of the 0.5 of everything that begins with pneumonia 0.1 is the viral kind.
    const expected = [0.2, 0.4, 0.1].map((p) => p / 0.7);
    answer?.probabilities?.forEach(({ probability }, i) => {
      expect(probability).toBeCloseTo(expected[i]);
    });
  });

  test("several labels are one yes/no question each, on images that are prepared once", async () => {
    let asked = 0;
    const model = new ScriptedModel([], {
      limits: { imageSize: 32 },
      score: (messages, word) => {
        if (word === "Final") asked++;
        const [turn] = said(messages);
        return word.trim() === "yes"
          ? Math.log(turn.includes("effusion") ? 0.9 : 0.2)
          : word.trim() === "no"
            ? Math.log(turn.includes("effusion") ? 0.1 : 0.8)
            : 0;
      },
    });
    const { answer, usage } = await classify(study(film()), model, { labels: ["effusion", "fracture"], multi: true });
    expect(answer?.labels).toEqual(["effusion"]);
    expect(answer?.probabilities?.map(({ probability }) => probability)).toEqual([
      expect.closeTo(0.9),
      expect.closeTo(0.2),
    ]);
    expect(asked).toBe(4);
    expect(usage.cachedTokens).toBeGreaterThan(0);
  });

  test("an engine that cannot weigh is asked; silence on one label is not a no", async () => {
    const single = await classify(study(film()), withoutScore(scripted([finalAnswer("b")])), { labels: ["a", "b"] });
    expect(single.answer).toEqual({ kind: "single", labels: ["b"] });
    const each = await classify(study(film()), withoutScore(scripted([finalAnswer("yes"), "hm"])), {
      labels: ["a", "b"],
      multi: true,
    });
    expect(each.parse).toEqual({ status: "unparsed", problems: ["no yes or no for: b"] });
  });

  test("labels that cannot be told apart are refused", async () => {
    await expect(classify(study(film()), scripted([]), { labels: ["a", "A "] })).rejects.toMatchObject({
      code: "task/labels",
    });
    await expect(classify(study(film()), scripted([]), { labels: ["a"] })).rejects.toMatchObject({
      code: "task/labels",
    });
  });
});

test("a threshold is a probability", async () => {
  const asked = (threshold: number) =>
    classify(study(film()), scripted(["yes"]), { labels: ["cough"], multi: true, threshold });
  await expect(asked(7)).rejects.toMatchObject({ code: "task/argument", where: "threshold", found: "7" });
  await expect(asked(1)).resolves.toBeDefined();
  const single = classify(study(film()), scripted(["a"]), { labels: ["a", "b"], threshold: 0.9 });
  await expect(single).rejects.toMatchObject({ code: "task/argument", message: /only with multi/ });
});
