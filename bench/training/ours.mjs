/** `node ours.mjs FOLDER STEPS`: Polyclinic trains the problem of FOLDER, two threads; seconds of each step and the losses as a JSON line. */
import { languageObjective } from "../../dist/learn/language/objective.js";
import { AdamW, clipGlobalNorm } from "../../dist/learn/optimizer/index.js";
import { TrainingStep } from "../../dist/learn/step.js";
import { multimodalPrefix } from "../../dist/nn/index.js";
import { towerObjective } from "../../dist/recipes/nano/train/tower.js";
import { readProblem } from "./problem.mjs";
import { timeSteps } from "./time-steps.mjs";

const [folder, steps] = process.argv.slice(2);
const problem = readProblem(folder);
const { stage, model } = problem;
const tensors = new Map([...problem.weights].map(([name, { dims, data }]) => [name, { shape: dims, data }]));
const trainable = (name) => stage === "tower" || !name.startsWith(multimodalPrefix.vision);
const step = await TrainingStep.compile({
  name: stage,
  define: (graph, weights) =>
    stage === "tower"
      ? towerObjective(graph, weights, model, problem.batch.get("pixels").dims[0])
      : languageObjective(graph, weights, model, problem.shape),
  tensors,
  trainable,
  threads: 2,
});
const moving = new Map([...tensors].filter(([name]) => trainable(name)));
const [beta1, beta2] = problem.betas;
const optimizer = new AdamW(moving, { beta1, beta2, epsilon: problem.epsilon, weightDecay: problem.weightDecay });
const int64 = (data) => (data instanceof Int32Array ? BigInt64Array.from(data, BigInt) : data);
const feeds = Object.fromEntries(
  [...problem.batch].map(([name, { dims, data }]) => [name, { dims, data: int64(data) }]),
);

const result = await timeSteps(Number(steps), async () => {
  const { loss, gradients } = await step.run(feeds);
  clipGlobalNorm(gradients, problem.clipNorm);
  optimizer.step(gradients, problem.learningRate);
  return loss;
});
console.log(JSON.stringify(result));
process.exit(0);
