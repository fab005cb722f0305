/**
 * `schema-valid`, `schema-time-per-token`: a thousand structured answers at temperature 1, each followed by a free answer of as many tokens to the
 * same prompt after the same kept images. Time runs from the first piece of text to the last token, so neither counts the prompt.
 */
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { extract, layOut, loadModel, openStudy, prefillLayout } from "../../dist/index.js";
import { messagesOf } from "../../dist/task/index.js";
import { sample } from "./cli.mjs";

const count = Number(process.env.POLYCLINIC_BENCH_GENERATIONS ?? 1000);
const question = "What is seen?";
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

const study = await openStudy(sample("chest-xray.jpg"));
const model = await loadModel("nano");
const layout = await prefillLayout(await layOut(study, model), model);
const { added_tokens: added } = JSON.parse(
  await readFile(new URL("../../models/nano/tokenizer.json", import.meta.url), "utf8"),
);
// A free answer that ended early could not be as long as the structured one.
const ends = added.filter(({ content }) => /^<(?:eos|end_of_turn)>$/.test(content)).map(({ id }) => id);

let valid = 0;
const held = { ms: 0, tokens: 0 };
const free = { ms: 0, tokens: 0 };
for (let i = -schemas.length; i < count; i++) {
  const seed = i + schemas.length;
  const clock = stopwatch();
  const schema = schemas[seed % schemas.length];
  const options = { question, schema, temperature: 1, seed, maxTokens: 160, onText: clock.tick };
  const result = await extract(layout, model, options);
  clock.stop();
  const tokens = result.usage.completionTokens;
  const prefix = await layout.prefix.fork();
  const other = stopwatch();
  const messages = messagesOf(layout, { version: "", after: result.prompt });
  const sampling = { temperature: 1, seed, maxTokens: tokens, forbiddenTokenIds: ends, prefix };
  const generation = model.generate(messages, sampling);
  for await (const _ of generation) other.tick();
  const { usage } = await generation.result;
  other.stop();
  await prefix.close();
  if (i < 0) continue; // One of each schema first: a schema's grammar is compiled once.
  if (result.parse.status === "parsed" && schema.safeParse(JSON.parse(result.text)).success) valid++;
  if (usage.completionTokens !== tokens)
    throw new Error(`${usage.completionTokens} unconstrained tokens for ${tokens}`);
  if (tokens < 2) continue;
  add(held, clock, tokens - 1);
  add(free, other, tokens - 1);
}
await layout.close();
await study.close();
await model.close();
const perToken = ({ ms, tokens }) => ms / tokens;
const note = `${count} answers to ${schemas.length} schemas at temperature 1, ${held.tokens} tokens`;
const times = `${perToken(held).toFixed(3)} ms a token against ${perToken(free).toFixed(3)} ms unconstrained`;
console.log(
  JSON.stringify({
    rows: [
      { id: "schema-valid", ours: (valid / count) * 100, atLeast: 100, unit: "%", note },
      {
        id: "schema-time-per-token",
        ours: perToken(held) / perToken(free),
        atMost: 1.15,
        unit: "x",
        note: `${note}; ${times}`,
      },
    ],
  }),
);

/** From the first tick to the stop. */
function stopwatch() {
  const watch = {
    from: undefined,
    ms: 0,
    tick: () => (watch.from ??= performance.now()),
    stop: () => (watch.ms = watch.from === undefined ? 0 : performance.now() - watch.from),
  };
  return watch;
}

function add(total, { ms }, tokens) {
  total.ms += ms;
  total.tokens += tokens;
}
