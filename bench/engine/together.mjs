/**
 * Concurrent conversations on nano as released: `node together.mjs`. Prints a JSON line. Every figure is the median
 * over rounds in which the two sides alternate; answers of the two sides are compared.
 *
 * `conversations`: 8 calls with an image and a question each, with different lengths, seeds and answer lengths,
 * concurrently against sequentially: with images encoded anew on both sides, and, as `decode`, with cached images.
 * `samples`: 11 samples of one prompt against one.
 */
import { loadModel } from "../../dist/model/index.js";

const rounds = Number(process.env.POLYCLINIC_BENCH_ROUNDS ?? 7);
const model = await loadModel("nano");
const side = model.limits.imageSize;
let images = 0;
/** Each is different, so that none was encoded before. */
function image() {
  const seed = ++images;
  const data = Uint8Array.from({ length: side * side }, (_, i) => (Math.sin(i * 0.01 * seed) + 1) * 127);
  return { kind: "image", width: side, height: side, channels: 1, data };
}
const questions = [
  "Is there pneumonia?",
  "What is seen?",
  "Is there a mass in the brain, and on which side is it?",
  "Write a report.",
];
/** @returns {import("../../dist/model/index.js").Message[]} */
const ask = (picture, i) => [
  {
    role: "user",
    content: [
      { type: "image", image: picture },
      { type: "text", text: questions[i % questions.length] },
    ],
  },
];
// Answers of 24 to 48 tokens: the end of the turn is forbidden, so that both sides generate the same number.
const ends = [1, 106].concat(await endOfTurn());
const options = (i) => ({
  caller: String(caller),
  temperature: 1,
  seed: i,
  maxTokens: 24 + ((i * 7) % 25),
  forbiddenTokenIds: ends,
});

async function endOfTurn() {
  const { readFile } = await import("node:fs/promises");
  const { added_tokens: added } = JSON.parse(
    await readFile(new URL("../../models/nano/tokenizer.json", import.meta.url), "utf8"),
  );
  return added.filter(({ content }) => /^<(?:eos|end_of_turn)>$/.test(content)).map(({ id }) => id);
}
/** Every measurement is another caller, without drafts, which could otherwise come from the other side's answers. */
let caller = 0;
async function seconds(work) {
  caller++;
  const start = performance.now();
  const before = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  return [{ wall: (performance.now() - start) / 1000, processor: (user + system) / 1e6 }, result];
}
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const quotients = (pairs) => {
  const of = (kind) => pairs.map(([a, b]) => a[kind] / b[kind]).sort((a, b) => a - b);
  const wall = of("wall");
  // Processor time, which other programs on the machine affect less.
  return { median: median(wall), least: wall[0], most: wall.at(-1), processor: median(of("processor")) };
};

const one = (messages, i) => model.generate(messages, options(i)).result;
async function inTurn(calls) {
  const answers = [];
  for (const [i, messages] of calls.entries()) answers.push(await one(messages, i));
  return answers;
}
const atOnce = (calls) => Promise.all(calls.map(one));
const fresh = () => Array.from({ length: 8 }, (_, i) => ask(image(), i));
const same = (a, b) => a.every(({ tokenIds }, i) => String(tokenIds) === String(b[i].tokenIds));

await atOnce(fresh());
let different = 0;
const whole = [];
const decode = [];
for (let r = 0; r < rounds; r++) {
  // Both sides encode eight new images.
  const [slow] = await seconds(() => inTurn(fresh()));
  const [fast] = await seconds(() => atOnce(fresh()));
  whole.push([slow, fast]);
  const kept = fresh();
  const answers = await inTurn(kept);
  const [slowDecode] = await seconds(() => inTurn(kept));
  const [fastDecode, together] = await seconds(() => atOnce(kept));
  decode.push([slowDecode, fastDecode]);
  if (!same(answers, together)) different++;
}
const samples = [];
for (let r = 0; r < rounds; r++) {
  const [single] = await seconds(() => model.sample(ask(image(), r), 1, options(3)));
  const [eleven] = await seconds(() => model.sample(ask(image(), r), 11, options(3)));
  samples.push([eleven, single]);
}
console.log(
  JSON.stringify({
    rounds,
    different,
    conversations: quotients(whole),
    conversationsDecode: quotients(decode),
    samples: quotients(samples),
  }),
);
await model.close();
process.exit(0);
