import type { Strategy } from "./strategy.ts";

/** Plurality vote of several sampled answers (Wang et al. 2022). Defaults: 11 answers (Med-PaLM 2), temperature 0.7 (Med-PaLM). */
export function selfConsistency({ samples = 11, temperature = 0.7 } = {}): Strategy {
  return {
    name: "self-consistency",
    version: 1,
    options: { samples, temperature },
    callsAtMost: samples,
    async run({ messages, maxTokens, sampling }, call) {
      return { answer: await call("answer", messages, { temperature, ...sampling, maxTokens, n: samples }) };
    },
  };
}
