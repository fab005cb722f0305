/** A recording of signals as text: its channels and measurements. The tracing itself is drawn by `inspect`. */
import { measureRhythm } from "../../signals/rhythm.ts";
import type { Part, View, WaveformPart } from "../types.ts";
import { cutToTokens, textTokens } from "./limits.ts";
import type { Recipe } from "./recipe.ts";

/** @param index index of the part in its study. */
export function waveformView(
  part: WaveformPart,
  { index = 0, maxTokens }: { index?: number; maxTokens: number },
): View {
  const text = cutToTokens(waveformText(part), maxTokens);
  return {
    recipe: "waveform",
    items: [{ kind: "text", part: index, text }],
    leftOut: [`${part.label}: the samples; a model reads what is measured of them`],
  };
}

function waveformText({ channels, samplesPerSecond: rate, warnings }: WaveformPart): string {
  const length = channels[0]?.samples.length ?? 0;
  const measure = measureRhythm({ channels, rate, length });
  const measured =
    typeof measure === "string"
      ? [`Rhythm: not measured, ${measure}.`]
      : [
          `Ventricular rate: ${measure.rate.toFixed(0)} a minute (${measure.beats.length} beats).`,
          `RR intervals: ${measure.intervals.map((value) => value.toFixed(0)).join(", ")} ms; ${measure.regularity}, coefficient of variation ${measure.variation.toFixed(2)}.`,
          ...measure.cautions.map((caution) => `Caution: ${caution}`),
        ];
  return [
    `Recording: ${channels.map(({ name }) => name).join(", ")}; ${(length / rate).toFixed(1)} s at ${rate} samples a second.`,
    ...measured,
    ...warnings.map(({ message }) => `Caution: ${message}`),
  ].join("\n");
}

export const waveformRecipe: Recipe<WaveformPart> = {
  accepts: (part: Part): part is WaveformPart => part.kind === "waveform",
  demand: (parts) => ({ tokens: parts.reduce((total, part) => total + textTokens(waveformText(part)), 0) }),
  lay: ([{ part, index }], { tokens }) => waveformView(part, { index, maxTokens: tokens }),
};
