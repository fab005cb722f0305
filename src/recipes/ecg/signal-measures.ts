/**
 * What the package computes from an ECG without a model, on the simulated patients: waves before the complexes of irregular rhythms, and exchanged arm electrodes, by
 * rhythm. The rhythms are named by the simulator, the measurements see samples only.
 */
import { findBeats, measureRhythm, precedingLimits, precedingWaves } from "../../signals/index.ts";
import { limbLeadCautions } from "../../signals/limb-leads.ts";
import type { Channel } from "../../signals/types.ts";
import { firstTestPatient, rhythmExample } from "./examples.ts";
import { inputRate } from "./input.ts";
import { asRecording } from "./simulate/recording.ts";

/** What each limb lead shows when the electrodes of the arms are exchanged; a minus sign inverts. */
const exchangedArms: Readonly<Record<string, string>> = { I: "-I", II: "III", III: "II", aVR: "aVL", aVL: "aVR" };

/** The recording with the arm electrodes exchanged. */
export function withArmsExchanged(channels: readonly Channel[]): Channel[] {
  return channels.map((channel) => {
    const from = exchangedArms[channel.name] ?? channel.name;
    const { samples } = channels.find(({ name }) => name === from.replace("-", ""))!;
    return { ...channel, samples: from.startsWith("-") ? samples.map((value) => -value) : samples };
  });
}

/** Counts of one rhythm. */
export interface SignalCounts {
  n: number;
  irregular: number;
  /** Of the irregular: nothing before the complexes at a fixed time, something, undecided or not measurable. */
  none: number;
  fixed: number;
  undecided: number;
  /** Cautions about exchanged electrodes: without an exchange, and with exchanged arms (of these, that it could not be decided). */
  falseCautions: number;
  found: number;
  hedged: number;
}

/** @returns counts by rhythm of `patients` test patients. */
export function signalCounts(patients: number): Map<string, SignalCounts> {
  const counts = new Map<string, SignalCounts>();
  for (let i = 0; i < patients; i++) {
    const { leads, question } = rhythmExample(firstTestPatient + i);
    const { channels, rate, length } = asRecording(leads(), inputRate, "simulated");
    const name = String(question.answer);
    const own = counts.get(name) ?? {
      n: 0,
      irregular: 0,
      none: 0,
      fixed: 0,
      undecided: 0,
      falseCautions: 0,
      found: 0,
      hedged: 0,
    };
    counts.set(name, own);
    own.n++;
    const measure = measureRhythm({ channels, rate, length });
    if (typeof measure !== "string" && measure.regularity === "irregular") {
      own.irregular++;
      const share = precedingWaves({ channels, rate }, findBeats({ channels, rate }))?.share;
      if (share !== undefined && share < precedingLimits[0]) own.none++;
      else if (share !== undefined && share > precedingLimits[1]) own.fixed++;
      else own.undecided++;
    }
    if (limbLeadCautions(channels, rate).length > 0) own.falseCautions++;
    const said = limbLeadCautions(withArmsExchanged(channels), rate).filter((caution) =>
      caution.includes("arm electrodes may"),
    );
    if (said.length > 0) own.found++;
    if (said.some((caution) => caution.includes("could not be decided"))) own.hedged++;
  }
  return counts;
}
