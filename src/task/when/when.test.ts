/** Spans as models write them, and what becomes of them; a score of each criterion, or none at all. */
import { expect, test } from "vitest";
import { ScriptedModel } from "../../model/scripted/index.ts";
import type { VideoPart } from "../../study/types.ts";
import { criticalViewTask } from "../critical-view/critical-view.ts";
import { parseSpan } from "../parse/span.ts";
import { run } from "../run.ts";
import { film, study } from "../testing.ts";
import { whenTask } from "./when.ts";

test.each([
  ["12.5 s - 20 s", 12.5, 20],
  ["00:12 - 00:20.5", 12, 20.5],
  ["1:02:03 to 1:02:10", 3723, 3730],
  ["from 12 to 20 seconds", 12, 20],
  ["2 - 3 minutes", 120, 180],
  ["[3.0, 4.5]", 3, 4.5],
  ["500 ms - 2 s", 0.5, 2],
])("%s", (text, from, to) => {
  expect(parseSpan(text)).toEqual({ from, to });
});

test.each([
  ["none", "none"],
  ["Not seen in this video.", "none"],
  ["12 s", { why: "one time and no span" }],
  ["1 s, 2 s and 3 s", { why: "more than two times" }],
  ["20 s - 12 s", { why: "the span ends before it begins" }],
  ["00:75 - 01:90", { why: "00:75 is no time" }],
  ["soon", { why: "the answer holds no time" }],
  ["9".repeat(500), { why: "the answer is longer than a span of time" }],
])("%.40s is no span", (text, read) => {
  expect(parseSpan(text)).toEqual(read);
});

/** Four frames a second for ten seconds, of one grey each. */
function clip(): VideoPart {
  const times = Array.from({ length: 40 }, (_, i) => i / 4);
  return {
    kind: "video",
    label: "clip",
    modality: "US",
    origin: { files: ["clip.dcm"], sha256: "00" },
    warnings: [],
    video: {
      kind: "video",
      width: 4,
      height: 4,
      times,
      duration: 10,
      readFrames: async (indices) =>
        indices.map((index) => ({
          kind: "image",
          width: 4,
          height: 4,
          channels: 1,
          data: new Uint8Array(16).fill(index),
        })),
      close: async () => {},
    },
  };
}

const model = (...replies: string[]) =>
  new ScriptedModel(replies, { limits: { imageSize: 16, tokensPerImage: 20, contextTokens: 8192 } });

test("a span is answered in seconds, with the spacing of the frames that were seen", async () => {
  const asked = model("It begins in frame 9.\nFinal Answer: 2.0 s - 4.0 s");
  const { answer, saw } = await run(whenTask, study(clip()), asked, { event: "the clip is placed" });
  expect(answer).toMatchObject({ span: { from: 2, to: 4 }, step: 0.25, part: 0, reasoning: "It begins in frame 9." });
  expect(saw.images[9]).toMatchObject({ index: 9, time: 2.25, label: "2.25 s" });
  expect(whenTask.text(answer!)).toBe("2 s to 4 s (frames 0.25 s apart)");
  expect(JSON.stringify(asked.calls[0].messages)).toContain("When does this happen: the clip is placed?");
  const question = model("Final Answer: 2.0 s - 4.0 s");
  await run(whenTask, study(clip()), question, { event: "How is a clip placed? " });
  expect(JSON.stringify(question.calls[0].messages)).toContain("answers this question: How is a clip placed?\\n");
});

test("what reaches beyond the end is cut and said; what begins there, and what is no span, is unparsed", async () => {
  const ask = async (reply: string) => run(whenTask, study(clip()), model(reply), { event: "x" });
  const cut = await ask("Final Answer: 8 s - 20 s");
  expect([cut.answer?.span, cut.parse.problems]).toEqual([
    { from: 8, to: 10 },
    ["the span reaches beyond the video's end: cut to 10 s"],
  ]);
  expect((await ask("Final Answer: 12 s - 20 s")).parse).toMatchObject({ status: "unparsed" });
  expect((await ask("Somewhere.\nIn the middle.")).parse.problems).toEqual(["no final answer with a span of time"]);
  const none = await ask("Final Answer: none");
  expect([none.answer?.span, none.parse.status]).toEqual([undefined, "parsed"]);
});

test("an image is no video", async () => {
  await expect(run(whenTask, study(film()), model("x"), { event: "x" })).rejects.toMatchObject({
    code: "task/does-not-fit",
  });
});

test("each criterion of the critical view has its score, by likelihood where the engine has them", async () => {
  const scored = new ScriptedModel([""], {
    limits: { imageSize: 16, tokensPerImage: 20, contextTokens: 8192 },
    score: (messages, word, continuation) => {
      const second = JSON.stringify(messages).includes("hepatocystic");
      return (continuation.includes("partially") ? second : continuation.includes("not") ? false : !second)
        ? -0.1 * word.length
        : -word.length;
    },
  });
  const { answer } = await run(criticalViewTask, study(clip()), scored, {});
  expect(answer!.criteria.map(({ id, score }) => [id, score])).toEqual([
    ["C1", 2],
    ["C2", 1],
    ["C3", 2],
  ]);
  expect(answer!.achieved).toBe(false);
  expect(answer!.criteria[0].probabilities).toHaveLength(3);
});

test("a criterion without an answer is not one that is not achieved", async () => {
  const written = model("Final Answer: achieved", "I cannot tell.", "Final Answer: not achieved");
  written.score = undefined as never;
  const { answer, parse } = await run(criticalViewTask, study(clip()), written, {});
  expect([answer, parse.problems]).toEqual([
    undefined,
    ["no final answer out of not achieved, partially achieved, achieved for C2"],
  ]);
});
