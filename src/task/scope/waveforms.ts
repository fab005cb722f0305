/** Whether a model may be given a signal: its scope, if known, must include waveforms. */
import type { Generator } from "../../model/contract.ts";
import type { Part } from "../../study/types.ts";
import type { Refusal } from "./reason.ts";

/** @param parts the parts that are shown. @returns undefined if there is no objection, or no scope is known. */
export function waveformRefusal(parts: readonly Part[], { scope }: Pick<Generator, "scope">): Refusal | undefined {
  const waveform = parts.find(({ kind }) => kind === "waveform");
  if (waveform === undefined || scope === undefined) return undefined;
  if (scope.kinds.some(({ parts: kinds }) => (kinds as readonly string[]).includes("waveform"))) return undefined;
  return {
    reasons: [
      {
        code: "part",
        message: `"${waveform.label}" is a recording of signals, which ${scope.model} was not trained to read, and the request is not one that can be computed.`,
      },
    ],
    answers: [
      "without a model, from the samples of an ECG: rate, whether the beats are regular, RR intervals, which leads are present; not the rhythm diagnosis, waves, ST segments or any other diagnosis",
    ],
    nearest: 'ask "Is the rhythm regular, and how fast is it?"',
  };
}
