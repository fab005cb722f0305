import type { Strategy } from "./strategy.ts";

/** Several answers to one prompt, which vote (Wang et al. 2022). Defaults of Med-PaLM 2: 11 answers; of Med-PaLM: temperature 0.7. */
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
