/** Generated clips for the reader: in training as frames, in the evaluation through DICOM, the view and the task `when`, as a user's clip would come. */
import { Random } from "../../../base/random.ts";
import { ScriptedModel } from "../../../model/scripted/index.ts";
import { openStudy } from "../../../study/index.ts";
import { type Layout, layOut } from "../../../task/layout.ts";
import { run } from "../../../task/run.ts";
import { whenTask } from "../../../task/when/when.ts";
import { drawEvent, framesOf, shuffledTimes } from "../mechanism.ts";
import { drawFrame, simulateCine } from "../simulate.ts";
import { frameSide, type ReaderClip, shownFrames } from "./model.ts";

const framesPerSecond = 10;
/** Share of the training clips without the event. */
const withoutEvent = 0.1;

/** Training and validation clips are numbers; those of the evaluation have other seeds. */
export function trainingClip(number: number): ReaderClip {
  const random = new Random(number);
  const { length, event } = drawEvent(random);
  const shown = random.next() < withoutEvent ? undefined : event;
  const last = length * framesPerSecond - 1;
  const times = Array.from({ length: shownFrames }, (_, i) => Math.round((i * last) / (shownFrames - 1)));
  const pixels = new Uint8Array(shownFrames * frameSide * frameSide);
  const phase = random.next() * 2 * Math.PI;
  for (const [i, tenths] of times.entries()) {
    const frame = pixels.subarray(i * frameSide * frameSide, (i + 1) * frameSide * frameSide);
    drawFrame(frame, { time: tenths / framesPerSecond, event: shown, side: frameSide, phase }, random);
  }
  // Brightness of the view depends on the whole clip.
  const [gain, offset] = [0.85 + 0.35 * random.next(), -20 + 30 * random.next()];
  for (let i = 0; i < pixels.length; i++) pixels[i] = Math.max(0, Math.min(255, gain * pixels[i] + offset));
  return { times, pixels, answer: shown && spanOf(times, shown) };
}

/** From the first frame inside the event to the first frame after it; undefined if none is inside. */
function spanOf(times: readonly number[], event: { from: number; to: number }): [number, number] | undefined {
  const inside = times.filter(
    (tenths) => tenths / framesPerSecond >= event.from && tenths / framesPerSecond < event.to,
  );
  if (inside.length === 0) return undefined;
  const end = inside[inside.length - 1];
  return [inside[0], times.find((tenths) => tenths > end) ?? end];
}

/** A held-out clip as the prompt of `when` shows it. */
export interface TestClip {
  readonly event: { readonly from: number; readonly to: number } | undefined;
  readonly layout: Layout;
  readonly shown: ReaderClip;
  readonly shuffled: ReaderClip;
}

/** @param withEvent false for a clip in which the disc is never bright. */
export async function testClip(number: number, withEvent = true): Promise<TestClip> {
  const random = new Random(2 ** 30 + number);
  const { length, event } = drawEvent(random);
  const { dicom } = simulateCine({
    frames: length * framesPerSecond,
    framesPerSecond,
    ...(withEvent && { event }),
    side: frameSide,
    seed: 2 ** 20 + number,
  });
  await using study = await openStudy({ name: `clip-${number}.dcm`, data: dicom });
  let seen: ReaderClip | undefined;
  const watcher = new ScriptedModel(
    (messages) => {
      const frames = framesOf(messages);
      const pixels = new Uint8Array(frames.length * frameSide * frameSide);
      for (const [f, { picture }] of frames.entries()) {
        const { data } = picture.image;
        const channels = data.length / frameSide ** 2;
        for (let i = 0; i < frameSide ** 2; i++) pixels[f * frameSide ** 2 + i] = data[i * channels];
      }
      seen = { times: frames.map(({ time }) => Math.round(time * framesPerSecond)), pixels, answer: undefined };
      return "Final Answer: none";
    },
    // The view's budget expects an image of at least ten tokens; with fewer it shows fewer frames than asked.
    { limits: { imageSize: frameSide, tokensPerImage: 16, contextTokens: 4096 } },
  );
  const layout = await layOut(study, watcher, { view: { maxFrames: shownFrames } });
  const shownOf = async (as: Layout) => {
    await run(whenTask, as, watcher, { event: "the disc is bright" });
    return seen!;
  };
  const shown = await shownOf(layout);
  return {
    event: withEvent ? event : undefined,
    layout,
    shown,
    shuffled: await shownOf(shuffledTimes(layout, random)),
  };
}
