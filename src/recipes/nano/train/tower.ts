/**
 * The first stage of nano: supervised training of its vision tower through small linear heads that are discarded
 * afterwards. Class and box heads read the mean over patches; structure heads read every patch, so that the patches
 * keep spatial information.
 */
import {
  abs,
  add,
  div,
  type Graph,
  logSoftmax,
  mul,
  neg,
  reduceMean,
  reduceSum,
  sigmoid,
  softmax,
  softplus,
  squeeze,
  sub,
  type Value,
} from "../../../graph/index.ts";
import type { Objective, TrainingStep } from "../../../learn/step.ts";
import { auroc, type Box, balancedAccuracy, boxIou, confusionMatrix, mean } from "../../../measure/index.ts";
import type { MultimodalConfig, Weights } from "../../../nn/index.ts";
import { gemmaNorm, multimodalPrefix, poolPatches, siglipVision } from "../../../nn/index.ts";
import type { NanoImage, NanoPixels } from "./pixels.ts";
import {
  patchStructures,
  type TowerQuestion,
  towerClasses,
  towerFeeds,
  towerQuestions,
  unchanged,
  usualShares,
} from "./tower-batch.ts";

/** The parts of the configuration that the heads depend on: the tower, and how the projector pools it. */
export type TowerConfig = Pick<MultimodalConfig, "vision" | "tokensPerImage">;

/** Shapes of the heads, by name. */
export function towerHeads({ vision: { hiddenSize } }: TowerConfig): Map<string, readonly number[]> {
  const heads: [string, readonly number[]][] = [];
  const linear = (name: string, outputs: number) =>
    heads.push([`heads.${name}.weight`, [outputs, hiddenSize]], [`heads.${name}.bias`, [outputs]]);
  for (const question of towerQuestions) linear(question, towerClasses[question].length);
  linear("boxes", 8);
  linear("patches", patchStructures.length);
  linear("areas", patchStructures.length);
  heads.push(["heads.soft.weight", [hiddenSize]]);
  return new Map(heads);
}

/** Weights of the loss terms: a patch target is mostly background, so its mean is small. */
export const lossWeights = { boxes: 2, patches: 30, softShares: 1, areas: 2 };

export function towerObjective(graph: Graph, weights: Weights, config: TowerConfig, batch: number): Objective {
  const { vision } = config;
  const side = vision.imageSize / vision.patchSize;
  const { hiddenSize } = vision;
  const pixels = graph.input("pixels", "float32", [batch, 3, vision.imageSize, vision.imageSize]);
  const patches = siglipVision({ graph, weights }, pixels, vision, multimodalPrefix.vision); // [batch, patches, hidden]
  const pooled = reduceMean(patches, [1]); // [batch, hidden]
  const outputs: Record<string, Value> = {};
  const parts: Value[] = [];
  for (const question of towerQuestions) {
    const classes = towerClasses[question].length;
    const raw = weights.linear(pooled, `heads.${question}`, hiddenSize, classes, true);
    const target = graph.input(question, "float32", [batch, classes]);
    parts.push(neg(reduceSum(mul(target, logSoftmax(raw)), [1])));
    outputs[`${question} probabilities`] = softmax(raw);
  }
  const boxes = sigmoid(weights.linear(pooled, "heads.boxes", hiddenSize, 8, true));
  const boxTarget = graph.input("boxes", "float32", [batch, 8]);
  const boxWeights = graph.input("boxWeights", "float32", [batch, 1]);
  parts.push(mul(reduceSum(mul(abs(sub(boxes, boxTarget)), boxWeights), [1]), lossWeights.boxes));
  outputs["box numbers"] = boxes;

  const structures = patchStructures.length;
  const raw = weights.linear(patches, "heads.patches", hiddenSize, structures, true); // [batch, patches, structures]
  const shares = graph.input("patches", "float32", [batch, side * side, structures]);
  const patchWeights = graph.input("patchWeights", "float32", [batch, 1, structures]);
  const crossEntropy = mul(sub(softplus(raw), mul(raw, shares)), patchWeights);
  parts.push(mul(reduceSum(reduceMean(crossEntropy, [1]), [1]), lossWeights.patches));
  // The decoder reads pooled, normalised patches and can sum over them: what it is to measure must be linear in these.
  const soft = gemmaNorm(
    { graph, weights },
    poolPatches(patches, config),
    "heads.soft",
    hiddenSize,
    vision.layerNormEps,
  );
  const softShares = weights.linear(soft, "heads.areas", hiddenSize, structures, true); // [batch, tokens, structures]
  const scales = graph.constant(
    "usual shares",
    "float32",
    [structures],
    new Float32Array(patchStructures.map((name) => usualShares[name])),
  );
  const softTargets = div(poolPatches(shares, { ...config, vision: { ...vision, hiddenSize: structures } }), scales);
  const tokenErrors = reduceMean(mul(abs(sub(softShares, softTargets)), patchWeights), [1]);
  parts.push(mul(reduceSum(tokenErrors, [1]), lossWeights.softShares));
  // Small errors of the same sign in every token add up to a large error of the volume, so the sum is a separate
  // target.
  const areas = reduceMean(softShares, [1]);
  const areaErrors = mul(abs(sub(areas, reduceMean(softTargets, [1]))), squeeze(patchWeights, [1]));
  parts.push(mul(reduceSum(areaErrors, [1]), lossWeights.areas));
  outputs.areas = mul(areas, scales);
  return { loss: reduceMean(parts.reduce(add), [0]), outputs };
}

/** All measures of the tower's heads on one split; `step` is a forward pass of `batch` images. */
export async function measureTower(
  pixels: NanoPixels,
  patchSize: number,
  images: readonly NanoImage[],
  step: TrainingStep,
  batch: number,
): Promise<Record<string, number>> {
  const answers: { image: NanoImage; outputs: Record<string, Float32Array> }[] = [];
  const change = unchanged(pixels);
  for (let start = 0; start < images.length; start += batch) {
    // The last batch is padded with repeated images that are not counted.
    const own = Array.from({ length: batch }, (_, i) => images[Math.min(start + i, images.length - 1)]);
    const feeds = towerFeeds(
      pixels,
      patchSize,
      own.map((image) => ({ image, change })),
    );
    const { outputs } = await step.run(feeds);
    for (let i = 0; i < batch && start + i < images.length; i++) {
      const row = ({ data }: { data: Float32Array }) =>
        data.slice((i * data.length) / batch, ((i + 1) * data.length) / batch);
      answers.push({
        image: own[i],
        outputs: Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, row(value)])),
      });
    }
  }
  const of = (set: string) => answers.filter(({ image }) => image.set === set);
  const chosen = (question: TowerQuestion, own: typeof answers) =>
    own.map(({ outputs }) => {
      const p = outputs[`${question} probabilities`];
      return towerClasses[question][p.indexOf(Math.max(...p))] as string;
    });
  const labels = (own: typeof answers) => own.map(({ image }) => image.label);
  const accuracy = (question: TowerQuestion, own: typeof answers) =>
    mean(chosen(question, own).map((label, i) => (label === own[i].image.label ? 1 : 0)));
  const [cxr, ct, histology, lungs] = ["cxr", "ct", "histology", "lungs"].map(of);
  const values: Record<string, number> = {
    "cxr-auroc": auroc(
      cxr.map(({ outputs }) => 1 - outputs["cxr probabilities"][0]),
      cxr.map(({ image }) => image.label !== "normal"),
    ),
    "cxr-3-accuracy": accuracy("cxr", cxr),
    "ct-balanced-accuracy": balancedAccuracy(confusionMatrix(labels(ct), chosen("ct", ct))),
    "histology-accuracy": accuracy("histology", histology),
    "lung-iou": mean(
      lungs.flatMap(({ image, outputs }) =>
        image.lungs!.map((box, i) => boxIou(boxOf(box), boxOf(outputs["box numbers"].subarray(4 * i, 4 * i + 4)))),
      ),
    ),
    "hippocampus-mae-over-mean": volumeError(pixels, of("hippocampus")),
  };
  // The ratio of volumes is unbounded and would dominate the score.
  values.score = mean(
    ["cxr-auroc", "ct-balanced-accuracy", "histology-accuracy", "lung-iou"].map((measure) => values[measure]),
  );
  return values;
}

/**
 * Volumes from areas, summed over the measured slices, compared with the masks' volume in the same slices; the error
 * relative to that of always predicting the mean.
 */
function volumeError(
  { volumes, size, bytes }: NanoPixels,
  answers: readonly { image: NanoImage; outputs: Record<string, Float32Array> }[],
): number {
  const predicted = new Map<number, number[]>();
  const truth = new Map<number, number[]>();
  for (const { image, outputs } of answers) {
    const { volume } = image.slice!;
    const { sideMm, spacingMm } = volumes[volume];
    for (const s of [0, 1]) {
      const mask = bytes.subarray(image.offset + (s + 1) * size * size, image.offset + (s + 2) * size * size);
      let sum = 0;
      for (const value of mask) sum += value;
      addTo(predicted, 2 * volume + s, outputs.areas[s + 2] * sideMm ** 2 * spacingMm);
      addTo(truth, 2 * volume + s, (sum / 255 / size ** 2) * sideMm ** 2 * spacingMm);
    }
  }
  const errors = [0, 1].map((s) => {
    const keys = [...truth.keys()].filter((key) => key % 2 === s);
    const total = (map: Map<number, number[]>, key: number) => map.get(key)!.reduce((a, b) => a + b, 0);
    const average = mean(keys.map((key) => total(truth, key)));
    const own = mean(keys.map((key) => Math.abs(total(predicted, key) - total(truth, key))));
    return own / mean(keys.map((key) => Math.abs(total(truth, key) - average)));
  });
  return mean(errors);
}

/** From the tower's four outputs; a box with swapped corners has no area. */
function boxOf([x0, y0, x1, y1]: ArrayLike<number> & Iterable<number>): Box {
  return { x0, y0, x1: Math.max(x0, x1), y1: Math.max(y0, y1) };
}

function addTo(map: Map<number, number[]>, key: number, value: number): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
