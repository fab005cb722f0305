/** A recording as the encoder reads it: eight leads between 0.5 and 40 Hz, at one rate, in windows of ten seconds. */
import { PolyclinicError } from "../../base/errors.ts";
import { type Channel, filtered, type Recording } from "../../signals/index.ts";
import { simulatedLeads } from "./simulate/patient.ts";

export const inputRate = 128;
export const windowSeconds = 10;
export const windowSamples = inputRate * windowSeconds;
const band = { high: 0.5, low: 40 };
/** Millivolts that become 1. */
const unit = 0.5;

/**
 * Windows of one recording, `[windows, windowSamples, 8]`; what remains at the end is left out.
 *
 * @throws `recipes/ecg-input` when one of the eight leads is missing, or the recording is slower than 100 Hz or shorter than a window.
 */
export function windowsOf({
  channels,
  rate,
  length,
  where,
}: Pick<Recording, "rate" | "length" | "where"> & { readonly channels: readonly Channel[] }): Float32Array {
  const missing = simulatedLeads.filter((lead) => !channels.some(({ name }) => name === lead));
  if (missing.length > 0 || rate < 100 || length / rate < windowSeconds)
    throw new PolyclinicError("recipes/ecg-input", "cannot be read by the encoder", {
      where,
      expected: `leads ${simulatedLeads.join(", ")}, at least 100 Hz and ${windowSeconds} s`,
      found: `${missing.length > 0 ? `no ${missing.join(", ")}; ` : ""}${rate} Hz, ${(length / rate).toFixed(1)} s`,
    });
  return inWindows(
    simulatedLeads.map((lead) => channels.find(({ name }) => name === lead)!.samples),
    rate,
  );
}

/** @param leads millivolt, in the order of `simulatedLeads`. */
export function inWindows(leads: readonly Float32Array[], rate: number): Float32Array {
  const count = Math.floor(Math.round((leads[0].length / rate) * 1000) / 1000 / windowSeconds);
  const out = new Float32Array(count * windowSamples * leads.length);
  for (const [lead, samples] of leads.entries()) {
    const clean = filtered({ name: "", unit: "mV", samples }, rate, band).samples;
    for (let i = 0; i < count * windowSamples; i++) {
      const at = (i * rate) / inputRate;
      const [before, part] = [Math.floor(at), at % 1];
      const next = Math.min(before + 1, clean.length - 1);
      const value = ((1 - part) * clean[before] + part * clean[next]) / unit;
      out[i * leads.length + lead] = Number.isNaN(value) ? 0 : value;
    }
  }
  return out;
}
