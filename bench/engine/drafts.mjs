/**
 * Speculative decoding on nano as released: `node drafts.mjs FOLDER`, a folder of chest X-rays, each of which is asked
 * about once. Prints a JSON line: the time of answers with one token per step divided by the time with drafts, measured
 * alternately with separate answer memories, and whether all answers were identical. The prompt is cached on both
 * sides. `schema`: structured answers to four schemas, at temperature 1; `report`: reports with the model's own
 * settings.
 */
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { layOut, loadModel, openStudy, prefillLayout, report } from "../../dist/index.js";
import { messagesOf } from "../../dist/task/index.js";

const rounds = Number(process.env.POLYCLINIC_BENCH_ROUNDS ?? 9);
const schemas = [
  z.object({ pneumonia: z.boolean(), side: z.enum(["left", "right", "both", "none"]) }),
  z.object({ findings: z.array(z.string().max(24)).max(4), impression: z.string().max(60) }),
  z.object({ lungs: z.object({ right: z.int().min(0).max(1000), left: z.int().min(0).max(1000) }), score: z.number() }),
  z.object({
    kind: z.literal("chest"),
    measures: z.array(z.object({ name: z.enum(["width", "height"]), mm: z.number().min(0).max(500) })).max(3),
    note: z.string().max(40).nullable(),
  }),
];
const perRound = 12;
const folder = process.argv[2];
const pictures = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((name) => /\.jpe?g$/i.test(name))
  .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
  .slice(0, perRound * (rounds + 1));
if (pictures.length < perRound * (rounds + 1))
  throw new Error(`${folder} has ${pictures.length} images; ${perRound * (rounds + 1)} are needed`);
/** An order that is independent of the content. */
function keyOf(name) {
  return createHash("sha256").update(name).digest("hex");
}

const model = /** @type {import("../../dist/model/engine/onnx-model.js").OnnxModel} */ (await loadModel("nano"));
// biome-ignore lint/complexity/useLiteralKeys: the literal key lets the type checker pass a private member
const { engine } = model["parts"];
const { costOfTokens } = engine;
const layouts = [];
for (const picture of pictures) {
  const study = await openStudy(join(folder, picture));
  layouts.push(await prefillLayout(await layOut(study, model), model));
}
/** The model for each side, as another caller, because drafts come from earlier answers to the same caller. */
const callers = Object.fromEntries(["plain", "drafted"].map((caller) => [caller, asCaller(caller)]));
function asCaller(caller) {
  /** @type {typeof model.generate} */
  const generate = (messages, options) => model.generate(messages, { ...options, caller });
  return Object.create(model, { generate: { value: generate } });
}
/** Declares a step of two tokens to cost as much as four of one, so that no draft is worthwhile. */
const never = (tokens) => tokens ** 2;
const suites = {
  schema(seed, side) {
    const layout = layouts[seed % layouts.length];
    const after = "What is seen? Answer in JSON.";
    const messages = messagesOf(layout, { version: "", after });
    const schema = z.toJSONSchema(schemas[seed % schemas.length]);
    return callers[side].generate(messages, { schema, temperature: 1, seed, maxTokens: 160, prefix: layout.prefix })
      .result;
  },
  report: (seed, side) => report(layouts[seed % layouts.length], callers[side], { seed }),
};

/** Number of decoder steps. */
let steps = 0;
// biome-ignore lint/complexity/useLiteralKeys: as above
const decoder = engine["decoder"];
const { step } = decoder;
decoder.step = (...given) => {
  steps++;
  return step.apply(decoder, given);
};

const costs = { plain: never, drafted: costOfTokens };

async function run(suite, round, side) {
  Object.assign(engine, { costOfTokens: costs[side] });
  const texts = [];
  let tokens = 0;
  steps = 0;
  const start = performance.now();
  for (let seed = perRound * round; seed < perRound * (round + 1); seed++) {
    const result = await suites[suite](seed, side);
    texts.push(result.text);
    tokens += result.usage.completionTokens;
  }
  return { ms: performance.now() - start, texts, tokens, steps };
}

const found = { rounds };
for (const suite of Object.keys(suites)) {
  // Warm-up: opens and compiles before anything is measured.
  for (const side of ["plain", "drafted"]) await run(suite, rounds, side);
  const quotients = [];
  let [different, tokens] = [0, 0];
  const stepsOf = { plain: 0, drafted: 0 };
  const least = { plain: Infinity, drafted: Infinity };
  for (let round = 0; round < rounds; round++) {
    const plain = await run(suite, round, "plain");
    const drafted = await run(suite, round, "drafted");
    quotients.push(plain.ms / drafted.ms);
    tokens += plain.tokens;
    stepsOf.plain += plain.steps;
    stepsOf.drafted += drafted.steps;
    least.plain = Math.min(least.plain, plain.ms / plain.tokens);
    least.drafted = Math.min(least.drafted, drafted.ms / drafted.tokens);
    different += plain.texts.filter((text, i) => text !== drafted.texts[i]).length;
  }
  quotients.sort((a, b) => a - b);
  found[suite] = {
    median: quotients[Math.floor(rounds / 2)],
    least: quotients[0],
    most: quotients.at(-1),
    msPerToken: least,
    answers: perRound * rounds,
    tokens,
    steps: stepsOf,
    different,
  };
}
console.log(JSON.stringify(found));
process.exit(0);
