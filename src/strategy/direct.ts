import type { Strategy } from "./strategy.ts";

/** One call, greedy unless a temperature is given. */
export const direct: Strategy = {
  name: "direct",
  version: 1,
  options: {},
  callsAtMost: 1,
  async run({ messages, maxTokens, sampling }, call) {
    return { answer: await call("answer", messages, { temperature: 0, ...sampling, maxTokens }) };
  },
};
