/** Quality checks of a recording: missing or possibly swapped leads, saturated and missing samples. */
import { type Channel, type Recording, standardLeads } from "./types.ts";

/** Minimum duration in seconds at one extreme for saturation: no cardiac wave is flat for so long. */
const saturatedSeconds = 0.04;
/** Largest relative error of Einthoven's law (II = I + III) with correctly placed leads. */
const lawTolerance = 0.25;

/**
 * Cautions about missing leads and samples, flat or saturated channels, and possibly swapped electrodes.
 *
 * @param rate samples per second.
 */
export function recordingCautions(channels: readonly Channel[], rate: number): string[] {
  const cautions: string[] = [];
  const known = new Map(channels.map((channel) => [channel.name, channel]));
  const leads = standardLeads.filter((lead) => known.has(lead));
  if (leads.length > 0 && leads.length < standardLeads.length)
    cautions.push(`Missing of the 12 standard leads: ${standardLeads.filter((lead) => !known.has(lead)).join(", ")}.`);
  for (const { name, samples } of channels) {
    const missing = samples.reduce((count, value) => count + (Number.isNaN(value) ? 1 : 0), 0);
    if (missing > 0) cautions.push(`${name}: ${missing} samples are missing.`);
    const [least, most] = extremes(samples);
    if (most === least && samples.length > 1) cautions.push(`${name}: flat signal, as from a disconnected electrode.`);
    else
      for (const limit of [least, most]) {
        const run = longestRun(samples, limit);
        if (run >= 5 && run > saturatedSeconds * rate)
          cautions.push(
            `${name}: ${run} consecutive samples have the extreme value ${limit.toFixed(3)}: the signal is probably clipped at the limit of the converter.`,
          );
      }
  }
  const [one, two, three] = ["I", "II", "III"].map((lead) => known.get(lead)?.samples);
  if (one !== undefined && two !== undefined && three !== undefined && violatesLaw(one, two, three))
    cautions.push(
      "Leads I, II and III violate Einthoven's law (II = I + III): electrodes or lead names may be swapped.",
    );
  const sixth = known.get("V6")?.samples;
  // Both leads view the heart from the left and normally resemble each other; extreme right axis deviation also breaks the resemblance.
  if (one !== undefined && sixth !== undefined && mainDeflection(one) < 0 && mainDeflection(sixth) > 0)
    cautions.push("The main deflection is negative in lead I and positive in V6: the arm electrodes may be swapped.");
  return cautions;
}

function extremes(samples: Float32Array): [number, number] {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of samples) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return [least, most];
}

function longestRun(samples: Float32Array, limit: number): number {
  let [longest, run] = [0, 0];
  for (const value of samples) {
    run = value === limit ? run + 1 : 0;
    if (run > longest) longest = run;
  }
  return longest;
}

function violatesLaw(one: Float32Array, two: Float32Array, three: Float32Array): boolean {
  let [error, size] = [0, 0];
  const means = [one, two, three].map(mean);
  for (let i = 0; i < one.length; i++) {
    const residual = two[i] - means[1] - (one[i] - means[0]) - (three[i] - means[2]);
    if (Number.isNaN(residual)) continue;
    error += residual ** 2;
    size += (two[i] - means[1]) ** 2;
  }
  return size > 0 && Math.sqrt(error / size) > lawTolerance;
}

/** The largest deviation from the mean, signed. */
function mainDeflection(samples: Float32Array): number {
  const middle = mean(samples);
  const [least, most] = extremes(samples);
  return most - middle > middle - least ? most - middle : least - middle;
}

function mean(samples: Float32Array): number {
  let [sum, count] = [0, 0];
  for (const value of samples)
    if (!Number.isNaN(value)) {
      sum += value;
      count++;
    }
  return count === 0 ? 0 : sum / count;
}

/** The recording with the cautions of its checks. */
export function recording(
  channels: Channel[],
  rate: number,
  where: string,
  filters: Recording["filters"] = {},
): Recording {
  return {
    channels,
    rate,
    length: channels[0]?.samples.length ?? 0,
    filters,
    cautions: recordingCautions(channels, rate),
    where,
  };
}
