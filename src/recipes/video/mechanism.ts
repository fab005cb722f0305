/**
 * Tests the video path without a video model: a reader that knows only the images and the text of its prompt, with a
 * given error rate, must find the event's span; with the frame times shuffled it must not. Has no medical content.
 */
import { Random } from "../../base/random.ts";
import { temporalIou } from "../../measure/index.ts";
import type { Content, Message } from "../../model/contract.ts";
import { ScriptedModel } from "../../model/scripted/index.ts";
import { spanAnswer } from "../../prompts/index.ts";
import { openStudy } from "../../study/index.ts";
import { changeLayout, type Layout, layOut } from "../../task/layout.ts";
import { run } from "../../task/run.ts";
import { whenTask } from "../../task/when/when.ts";
import { discLevels, simulateCine } from "./simulate.ts";

/** Probability of misreading a frame. */
const errorRate = 0.05;
const between = (discLevels[0] + discLevels[1]) / 2;

/** Answers with the times between which most frames look bright; every time in the answer occurs in the prompt. */
export function frameReader(seed: number): ScriptedModel {
  const random = new Random(seed);
  return new ScriptedModel(
    (messages) => {
      const frames = framesOf(messages);
      const bright = frames.map(({ picture }) => isBright(picture) !== random.next() < errorRate);
      // The interval with the most bright minus dim frames.
      const order = frames.map((_, i) => i).sort((a, b) => frames[a].time - frames[b].time);
      let best = { sum: 0, from: -1, to: -1 };
      for (let a = 0; a < order.length; a++)
        for (let b = a, sum = 0; b < order.length; b++) {
          sum += bright[order[b]] ? 1 : -1;
          if (sum > best.sum) best = { sum, from: a, to: b };
        }
      if (best.from < 0) return "Final Answer: none";
      const next = order[best.to + 1] ?? order[best.to];
      return spanAnswer(frames[order[best.from]].time, frames[next].time, 2);
    },
    { limits: { imageSize: 32, tokensPerImage: 16, contextTokens: 4096 } },
  );
}

/** The frames of a prompt with the times that its text gives them, in its order. */
export function framesOf([{ content }]: readonly Message[]): {
  picture: Extract<Content, { type: "image" }>;
  time: number;
}[] {
  return content.flatMap((part, i) => {
    const after = content[i + 1];
    const label = part.type === "image" && after?.type === "text" ? /^(\d+(?:\.\d+)?) s\b/.exec(after.text) : null;
    return part.type === "image" && label !== null ? [{ picture: part, time: Number(label[1]) }] : [];
  });
}

function isBright({ image }: Extract<Content, { type: "image" }>): boolean {
  const bytes = image.data.slice().sort();
  // The disc covers some 6 % of the frame.
  return bytes[Math.floor(bytes.length * 0.97)] > between;
}

/** The same images, each with the time of another one. */
export function shuffledTimes(layout: Layout, random: Random): Layout {
  const order = random.shuffle(layout.images.map((_, i) => i));
  let next = 0;
  return changeLayout(layout, {
    items: layout.items.map((item) => {
      if (item.kind !== "image") return item;
      const { label, time } = layout.images[order[next++]];
      return { ...item, label, time };
    }),
  });
}

/** Clips of 4 to 10 s with an event of 1 to 3 s. */
export function drawEvent(random: Random): { length: number; event: { from: number; to: number } } {
  const length = 4 + random.below(7);
  const lasts = 1 + 2 * random.next();
  const from = random.next() * (length - lasts);
  return { length, event: { from, to: from + lasts } };
}

export interface SpanResult {
  /** Temporal IoU of each clip. */
  readonly ious: readonly number[];
  readonly shuffled: readonly number[];
}

/** @param clips each of 4 to 10 s at 10 frames a second, with an event of 1 to 3 s. */
export async function spanMechanism({ clips, seed }: { clips: number; seed: number }): Promise<SpanResult> {
  const random = new Random(seed);
  const [ious, shuffled]: number[][] = [[], []];
  for (let clip = 0; clip < clips; clip++) {
    const { length, event } = drawEvent(random);
    const { dicom } = simulateCine({
      frames: length * 10,
      framesPerSecond: 10,
      event,
      side: 32,
      seed: seed * 10_000 + clip,
    });
    await using study = await openStudy({ name: `clip-${clip}.dcm`, data: dicom });
    const model = frameReader(seed + clip);
    const layout = await layOut(study, model);
    for (const [shown, into] of [
      [layout, ious],
      [shuffledTimes(layout, random), shuffled],
    ] as const) {
      const { answer } = await run(whenTask, shown, model, { event: "the disc is bright" });
      const span = answer?.span;
      into.push(span === undefined ? 0 : temporalIou([span.from, span.to], [event.from, event.to]));
    }
  }
  return { ious, shuffled };
}
