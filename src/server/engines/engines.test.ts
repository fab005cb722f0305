/** For whom a model answers, and what is left of it after an erasure. */
import { expect, test } from "vitest";
import type { GenerateOptions, Message } from "../../model/contract.ts";
import { ScriptedModel } from "../../model/scripted/index.ts";
import { strategyNamed, withStrategy } from "../../strategy/index.ts";
import { Engines } from "./engines.ts";

const messages: Message[] = [{ role: "user", content: [{ type: "text", text: "Is it?" }] }];

/** Engines with a model that notes for whom it answered, and how often it forgot. */
function noting() {
  const [callers, counts] = [[] as (string | undefined)[], { forgotten: 0 }];
  const model = new ScriptedModel(["yes"], { limits: { imageSize: 1, contextTokens: 100 } });
  const noted = Object.assign(Object.create(model), {
    generate(asked: readonly Message[], options: GenerateOptions) {
      callers.push(options.caller);
      return model.generate(asked, options);
    },
    forget: () => counts.forgotten++,
  });
  return { engines: new Engines({ names: ["m"], open: async () => noted }), callers, counts };
}

test("each answer is for its caller, one by a strategy too", async () => {
  const { engines, callers } = noting();
  await engines.use("m", { caller: "a" }, ({ model }) => model.generate(messages).result);
  await engines.use(
    "m",
    { caller: "b" },
    ({ model }) => withStrategy(model, strategyNamed("self-consistency")).generate(messages, { maxTokens: 4 }).result,
  );
  expect(callers[0]).toBe("a");
  expect(callers.length).toBeGreaterThan(2);
  expect(new Set(callers.slice(1))).toEqual(new Set(["b"]));
  await engines.close();
});

test("forgets in the models that are open, and opens none for it", async () => {
  const { engines, counts } = noting();
  await engines.forget();
  expect(counts.forgotten).toBe(0);
  await engines.use("m", { caller: "a" }, async () => {});
  await engines.forget();
  expect(counts.forgotten).toBe(1);
  await engines.close();
});
