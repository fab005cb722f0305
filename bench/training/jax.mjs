/** `node jax.mjs FOLDER STEPS`: jax-js (WebAssembly, two threads) trains the problem of FOLDER; prints what `ours.mjs` prints. */
import { jaxModel } from "./jax-model.mjs";
import { readProblem } from "./problem.mjs";
import { timeSteps } from "./time-steps.mjs";
import { pretendBrowser } from "./web-worker.mjs";

pretendBrowser(2);
const jax = await import("@jax-js/jax");
const { jit, numpy: np, tree, valueAndGrad } = jax;

const [folder, steps] = process.argv.slice(2);
const problem = readProblem(folder);
const { stage } = problem;
const { loss, learns, isLinear } = jaxModel(jax, problem);

const vectors = new Set();
const learned = {};
const fixed = {};
for (const [name, { dims, data }] of problem.weights) {
  const turned = isLinear(name, dims);
  const shape = turned ? [dims.slice(1).reduce((a, b) => a * b, 1), dims[0]] : dims;
  const array = np.array(turned ? transposed(data, shape) : data.slice()).reshape(shape);
  (learns[stage](name) ? learned : fixed)[name] = array;
  if (dims.filter((side) => side > 1).length < 2) vectors.add(name);
}
const asFloat = new Set(["positions", "isSoft"]);
for (const [name, { dims, data }] of problem.batch) {
  const array =
    data instanceof Int32Array && !asFloat.has(name)
      ? np.array(data.slice(), { dtype: np.int32 })
      : np.array(Float32Array.from(data));
  fixed[name] = array.reshape(dims);
}

const { learningRate, betas, epsilon, weightDecay, clipNorm } = problem;
const forwardBackward = jit((p, c) => valueAndGrad((q) => loss[stage](q, tree.ref(c)))(p));
/** AdamW over one tensor; `factor` clips, the corrections are Adam's bias corrections. */
const update = jit((w, g, m, v, factor, correction1, correction2, keep) => {
  const clipped = g.mul(factor);
  const first = m.mul(betas[0]).add(clipped.ref.mul(1 - betas[0]));
  const second = v.mul(betas[1]).add(np.square(clipped).mul(1 - betas[1]));
  const change = first.ref.div(correction1).div(np.sqrt(second.ref.div(correction2)).add(epsilon));
  return [w.mul(keep).sub(change.mul(learningRate)), first, second];
});
const squares = jit((gradients) =>
  Object.values(gradients)
    .map((g) => np.square(g).sum())
    .reduce((a, b) => a.add(b)),
);

const zeros = () => Object.fromEntries(Object.entries(learned).map(([name, w]) => [name, np.zeros(w.shape)]));
const moments = [zeros(), zeros()];
let taken = 0;
const result = await timeSteps(Number(steps), async () => {
  taken++;
  const [value, gradients] = forwardBackward(tree.ref(learned), tree.ref(fixed));
  const norm = Math.sqrt((await squares(tree.ref(gradients)).data())[0]);
  const factor = np.array(Math.min(1, clipNorm / (norm + 1e-6)));
  const corrections = betas.map((beta) => np.array(1 - beta ** taken));
  for (const name of Object.keys(learned)) {
    const keep = np.array(vectors.has(name) ? 1 : 1 - learningRate * weightDecay);
    const [m, v] = moments;
    [learned[name], m[name], v[name]] = update(
      learned[name],
      gradients[name],
      m[name],
      v[name],
      factor.ref,
      corrections[0].ref,
      corrections[1].ref,
      keep,
    );
  }
  for (const array of [factor, ...corrections]) array.dispose();
  await jax.blockUntilReady(learned);
  return (await value.data())[0];
});
console.log(JSON.stringify(result));
process.exit(0);

function transposed(data, [columns, rows]) {
  const out = new Float32Array(data.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = data[i * columns + j];
  return out;
}
