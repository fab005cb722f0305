/** Answers with drafts against a loop that knows of none: one token, one step. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { openCheckpoint } from "../../../checkpoint/index.ts";
import { CompiledSchema, PromptBuilder, type Tokenizer, Vocabulary } from "../../../text/index.ts";
import { nodeRuntime } from "../../runtime/node/node-runtime.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import type { Engine } from "../engine.ts";
import { goldenFolder, goldenJson, goldenPrompt, temporaryCache } from "../testing.ts";
import { Drafting } from "./drafting.ts";
import { generateTokens } from "./generate.ts";
import { Sampler } from "./sampling.ts";
import { RecentAnswers } from "./token-index.ts";

/** Tokens of every step. */
let steps: number[] = [];
const counting: Runtime = {
  ...nodeRuntime,
  async open(source, options) {
    const session = await nodeRuntime.open(source, options);
    const run: typeof session.run = (feeds, outputs) => {
      if (feeds.hidden) steps.push(feeds.hidden.dims[1]);
      return session.run(feeds, outputs);
    };
    return Object.assign(Object.create(session), { run, close: () => session.close() });
  },
};

const cache = await temporaryCache();
let engine: Engine;
let tokenizer: Tokenizer;
let schema: CompiledSchema;
const stopTokenIds = new Set([1, 9]);
beforeAll(async () => {
  ({ engine } = await cache.open("gemma3-multimodal", "f32", { runtime: counting }));
  const checkpoint = await openCheckpoint(goldenFolder("gemma3-multimodal"));
  ({ tokenizer } = new PromptBuilder({ ...checkpoint.tokenizer!, tokensPerImage: 4 }));
  await checkpoint.close();
  const properties = { finding: { enum: ["effusion", "none"] }, confident: { type: "boolean" } };
  const item = { type: "object", properties, required: ["finding", "confident"], additionalProperties: false };
  schema = new CompiledSchema({ type: "array", items: item, minItems: 2, maxItems: 3 }, Vocabulary.of(tokenizer));
});
afterAll(() => cache.close());

const prompt = () => goldenPrompt(goldenJson("gemma3-multimodal")["text-between"]);
const sampling = { topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, forbidden: [12, 13, 351] };

/** The definition: one token a step. */
async function plain(options: { temperature: number; seed: number }, maxTokens: number, held: boolean) {
  const sampler = new Sampler({ ...sampling, ...options });
  const constraint = held ? schema.begin() : undefined;
  const kv = engine.newCache();
  const context = [...prompt().ids];
  const ids: number[] = [];
  let [logits] = await engine.prefill(kv, prompt());
  for (;;) {
    const id = sampler.next(logits, context, constraint?.mask(maxTokens - ids.length));
    if (stopTokenIds.has(id)) break;
    constraint?.accept(id);
    ids.push(id);
    context.push(id);
    if (constraint?.finished || ids.length >= maxTokens) break;
    [logits] = await engine.decode(kv, [id]);
  }
  return ids;
}

async function drafted(
  options: { temperature: number; seed: number },
  maxTokens: number,
  held: boolean,
  caller?: string,
) {
  const memory = engine.memories.of(caller);
  const request = {
    prompt: prompt(),
    cache: engine.newCache(),
    sampler: new Sampler({ ...sampling, ...options }),
    maxTokens,
    stopTokenIds,
    stop: [],
    memory,
    ...(held && { constraint: schema.begin(memory.chosen(schema)) }),
  };
  const answer = generateTokens(engine, tokenizer, request);
  for (;;) {
    const step = await answer.next();
    if (step.done) return step.value.tokenIds!;
  }
}

test.each([
  ["free, greedy", 0, 60, false],
  ["free", 0.3, 40, false],
  ["free and hot", 2, 40, false],
  ["under a schema", 1, 200, true],
  ["under a schema, with hardly enough tokens", 1, 95, true],
])(
  "%s: the same tokens with drafts as without, in fewer steps where a draft comes true",
  async (_, temperature, most, held) => {
    let [tokens, least] = [0, 0];
    for (const seed of [1, 2, 3]) {
      const found = await plain({ temperature, seed }, most, held);
      steps = [];
      // The second time the answer itself is among the recent ones.
      for (let time = 0; time < 2; time++) {
        expect(await drafted({ temperature, seed }, most, held)).toEqual(found.slice(0, await lengthOf(found)));
        least += steps.length;
        tokens += found.length;
        steps = [];
      }
    }
    expect(least).toBeLessThan(tokens * (held || temperature < 2 ? 0.7 : 1));
  },
);

/** A greedy answer of this model may end up in a loop, which `generateTokens` cuts. */
async function lengthOf(ids: readonly number[]): Promise<number> {
  const { RepetitionGuard } = await import("../../../text/index.ts");
  const guard = new RepetitionGuard<number>();
  const end = ids.findIndex((id) => guard.push(id) !== undefined);
  return end < 0 ? ids.length : end + 1;
}

test.each([
  ["free", false],
  ["under a schema", true],
])("%s: drafts come from a caller's own answers only, and from none that were forgotten", async (_, held) => {
  engine.forget();
  const stepsOf = async (caller: string) => {
    steps = [];
    await drafted({ temperature: 1, seed: 7 }, held ? 150 : 40, held, caller);
    return steps.length;
  };
  const first = await stepsOf("a");
  const again = await stepsOf("a");
  expect(again).toBeLessThan(first);
  expect(await stepsOf("b")).toBe(first);
  engine.forget();
  expect(await stepsOf("a")).toBe(first);
});

test("what never comes true is soon no longer guessed, where a guess costs time", () => {
  const recent = new RecentAnswers();
  const context = [1, 2, 3];
  const drafting = new Drafting(context, { encode: () => [], cost: (tokens) => 1 + 0.4 * (tokens - 1), recent });
  let guessed = 0;
  for (let i = 0; i < 200; i++) {
    // 1 2 3 comes again and again, each time with something else behind it.
    const id = i % 4 === 3 ? 100 + i : (i % 4) + 1;
    context.push(id);
    drafting.push(id);
    if (i % 4 === 2) guessed += Math.min(1, drafting.propose(10, 1).length);
  }
  expect(guessed).toBeGreaterThan(0);
  expect(guessed).toBeLessThan(25);
});
