/**
 * Checks that a device computes the same as the CPU on this machine: both get generated images and a question before
 * the first answer. Drivers differ; onnxruntime-web's own WebGPU kernels were found to be wrong by several per cent in
 * a vision tower.
 */
import type { Image } from "../imaging/types.ts";
import type { Generator } from "../model/contract.ts";
import { generatedImage } from "../model/engine/device/generated-image.ts";

/** Tolerance for f32 rounding in a different order: 1e-5 was measured with correct kernels. */
const tolerance = 1e-3;

/** @returns a description of the difference with numbers; undefined if there is none. */
export async function parityProblem(device: Generator, processor: Generator): Promise<string | undefined> {
  const side = processor.limits.imageSize;
  const pictures = side === undefined ? [] : [1, 2].map((seed) => generatedImage(side, seed));
  for (const [i, image] of pictures.entries()) {
    const messages = [
      {
        role: "user" as const,
        content: [
          { type: "image" as const, image },
          { type: "text" as const, text: "Is there pneumonia?" },
        ],
      },
    ];
    const [theirs, ours] = await Promise.all([device, processor].map((one) => numbersOf(one, image, messages)));
    for (const [name, value] of ours) {
      const other = theirs.get(name) ?? Number.NaN;
      const off = Math.abs(other - value) / Math.max(1, Math.abs(value));
      if (!(off <= tolerance))
        return `${name} for test image ${i + 1} is ${other.toPrecision(6)} on this device and ${value.toPrecision(6)} on the CPU (relative difference ${off.toExponential(1)}, at most ${tolerance} allowed)`;
    }
  }
  return undefined;
}

/** The numbers that determine answers: likelihoods of continuations and, with a detector, its distances. */
async function numbersOf(model: Generator, image: Image, messages: Parameters<NonNullable<Generator["score"]>>[0]) {
  const numbers = new Map<string, number>();
  const { scores } = (await model.recognise?.(image)) ?? { scores: [] };
  for (const { kind, distance } of scores) numbers.set(`the distance to ${kind}`, distance);
  const found = (await model.score?.(messages, ["yes", "no"])) ?? [];
  for (const [i, { logLikelihood }] of found.entries())
    numbers.set(`the log-likelihood of answer ${i + 1}`, logLikelihood);
  return numbers;
}
