/**
 * A video as frames in order, each followed by its time in seconds, then the speech. Frames are equally spaced in time,
 * including the first and the last, as many as the model accepts. Med-Gemini's frame rate and labels are unpublished
 * (arXiv 2404.18416); seconds are given as text, so that an answer can refer to them.
 */

import type { ModelLimits } from "../../model/contract.ts";
import { timeLabel } from "../../prompts/index.ts";
import type { ImageItem, Part, TextItem, VideoPart, View } from "../types.ts";
import { squareViewImage } from "./image-2d.ts";
import { cutToTokens, imageBudget, imageSizeOf, labelTokens, requireRoom, textTokens } from "./limits.ts";
import type { Recipe, ViewOptions } from "./recipe.ts";

/** Same as the slices of a volume: the maximum in MedGemma 1.5's training. */
const defaultMaxFrames = 85;
/** Tokens of `1234.56 s` and its line break. */
const timeTokens = 10;

/** Maximum ratio of a labelled frame's tokens to a labelled slice's, reached with images of 10 tokens. */
const longerLabels = (10 + timeTokens) / (10 + labelTokens);

/** Indices of the frames nearest to equally spaced times, ascending and without duplicates; all of them if they fit. */
export function sampleFrames(times: readonly number[], most: number): number[] {
  if (times.length <= most) return times.map((_, i) => i);
  if (most === 1) return [Math.floor((times.length - 1) / 2)];
  const [first, last] = [times[0], times[times.length - 1]];
  const chosen: number[] = [];
  let next = 0;
  for (let i = 0; i < most; i++) {
    const targetTime = first + (i * (last - first)) / (most - 1);
    while (next + 1 < times.length && Math.abs(times[next + 1] - targetTime) <= Math.abs(times[next] - targetTime))
      next++;
    if (chosen.at(-1) !== next) chosen.push(next);
  }
  return chosen;
}

/** Number of decimals with which a label is accurate to a tenth of the frame interval. */
export function decimalsFor(times: readonly number[]): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 1; i < times.length; i++) least = Math.min(least, times[i] - times[i - 1]);
  if (!Number.isFinite(least)) return 1;
  return least >= 5 ? 0 : least >= 0.5 ? 1 : least >= 0.05 ? 2 : 3;
}

/**
 * @param images number of images of the model's limits that may be used.
 * @param maxTokens for the subtitles.
 * @throws `view/no-room`, `view/text-only-model`, and the errors of decoding a frame.
 */
export async function videoView(
  { video, subtitles = [], label }: VideoPart,
  limits: ModelLimits,
  {
    index = 0,
    images = imageBudget(limits, true),
    maxFrames = defaultMaxFrames,
    maxTokens = 0,
  }: { index?: number; images?: number; maxFrames?: number; maxTokens?: number } = {},
): Promise<View> {
  const size = imageSizeOf(limits);
  const room = Math.floor((images * (limits.tokensPerImage + labelTokens)) / (limits.tokensPerImage + timeTokens));
  requireRoom(room, limits);
  const chosen = sampleFrames(video.times, Math.min(room, maxFrames));
  const decimals = decimalsFor(chosen.map((frame) => video.times[frame]));
  const frames = await video.readFrames(chosen);
  const items: (ImageItem | TextItem)[] = frames.map((image, i) => {
    const time = video.times[chosen[i]];
    return { ...squareViewImage(image, size, index, chosen[i], timeLabel(time, decimals)), time };
  });
  const leftOut: string[] = [];
  const missing = video.times.length - chosen.length;
  if (missing > 0)
    leftOut.push(`${label}: ${missing} of ${video.times.length} frames, to stay within what the model takes`);
  const lines = subtitles.map(
    ({ from, to, text }) => `${timeLabel(from, decimals)} - ${timeLabel(to, decimals)}: ${text}`,
  );
  if (lines.length > 0) {
    const whole = `Subtitles:\n${lines.join("\n")}`;
    const text = maxTokens > 0 ? cutToTokens(whole, maxTokens) : "";
    if (text !== "") items.push({ kind: "text", part: index, text });
    if (text.length < whole.length)
      leftOut.push(`${label}: the last ${whole.length - text.length} of ${whole.length} characters of its subtitles`);
  }
  return { recipe: "video", items, leftOut };
}

const subtitleTokens = ({ subtitles = [] }: VideoPart) =>
  subtitles.reduce((sum, { text }) => sum + textTokens(text) + 2 * timeTokens, 0);

export const videoRecipe: Recipe<VideoPart> = {
  accepts: (part: Part): part is VideoPart => part.kind === "video",
  demand: ([part], { maxFrames = defaultMaxFrames }: ViewOptions) => ({
    // Labels are longer than those of slices, so extra space is requested in units of images.
    images: Math.ceil(Math.min(maxFrames, part.video.times.length) * longerLabels),
    ...(part.subtitles && { tokens: subtitleTokens(part) }),
  }),
  lay: ([{ part, index }], { images, tokens }, limits, { maxFrames = defaultMaxFrames }) =>
    videoView(part, limits, { index, images, maxFrames, maxTokens: tokens }),
};
