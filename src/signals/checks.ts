/** Quality checks of a recording: missing or possibly swapped leads, saturated and missing samples. */
import { limbLeadCautions } from "./limb-leads.ts";
import { type Channel, type Recording, standardLeads } from "./types.ts";

/** Minimum duration in seconds at one extreme for saturation: no cardiac wave is flat for so long. */
const saturatedSeconds = 0.04;
/** Range of the voltages of a lead, in mV: an ECG spans some tenths to a few, with drift and the limits of converters some tens. */
const plausibleRange = { least: 0.02, most: 100 };
/** Largest relative error of Einthoven's law (II = I + III) and Goldberger's with correctly placed leads. */
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
  cautions.push(...unitCautions(channels));
  const [one, two, three] = ["I", "II", "III"].map((lead) => known.get(lead)?.samples);
  if (one !== undefined && two !== undefined && three !== undefined && violatesLaw(one, two, three))
    cautions.push(
      "Leads I, II and III violate Einthoven's law (II = I + III): electrodes or lead names may be swapped.",
    );
  const [laws] = violatedLaws(known);
  if (laws !== undefined)
    cautions.push(`${laws} not follow from leads I and II (Goldberger): electrodes or lead names may be swapped.`);
  // Exchanged names are said already; the signs would be those of other leads.
  if (cautions.every((caution) => !caution.includes("swapped"))) cautions.push(...limbLeadCautions(channels, rate));
  return cautions;
}

/** A wrong unit does not change rate and regularity, but every voltage and the drawing. */
function unitCautions(channels: readonly Channel[]): string[] {
  const ranges = channels
    .filter(({ unit }) => unit === "mV")
    .map(({ name, samples }) => ({ name, range: extremes(samples)[1] - extremes(samples)[0] }))
    .filter(({ range }) => range > 0);
  if (ranges.length === 0) return [];
  const widest = ranges.reduce((a, b) => (b.range > a.range ? b : a));
  const unit =
    widest.range > plausibleRange.most ? "microvolt" : widest.range < plausibleRange.least ? "volt" : undefined;
  return unit === undefined
    ? []
    : [
        `${widest.name} spans ${widest.range.toPrecision(3)} mV, an ECG some tenths to a few: the file is probably in ${unit} and its unit missing or wrong.`,
      ];
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

const violatesLaw = (one: Float32Array, two: Float32Array, three: Float32Array) =>
  misfit(three, (i) => two[i] - one[i], two) > lawTolerance;

/** Augmented leads that are not the combination of I and II by which they are defined, as the beginning of a sentence. */
function violatedLaws(known: ReadonlyMap<string, Channel>): string[] {
  const [one, two] = ["I", "II"].map((lead) => known.get(lead)?.samples);
  if (one === undefined || two === undefined) return [];
  const wrong = [
    { lead: "aVR", of: (i: number) => -(one[i] + two[i]) / 2 },
    { lead: "aVL", of: (i: number) => one[i] - two[i] / 2 },
    { lead: "aVF", of: (i: number) => two[i] - one[i] / 2 },
  ].filter(({ lead, of }) => {
    const samples = known.get(lead)?.samples;
    return samples !== undefined && misfit(samples, of, two) > lawTolerance;
  });
  if (wrong.length === 0) return [];
  return [`${wrong.map(({ lead }) => lead).join(", ")} ${wrong.length === 1 ? "does" : "do"}`];
}

/** Root mean square of the difference from what is expected, relative to that of `size`; means are taken out of all three. */
function misfit(samples: Float32Array, expected: (i: number) => number, size: Float32Array): number {
  const [own, other] = [mean(samples), mean(size)];
  const middle = mean(Float32Array.from(samples, (_, i) => expected(i)));
  let [error, total] = [0, 0];
  for (let i = 0; i < samples.length; i++) {
    const residual = samples[i] - own - (expected(i) - middle);
    if (Number.isNaN(residual)) continue;
    error += residual ** 2;
    total += (size[i] - other) ** 2;
  }
  return total > 0 ? Math.sqrt(error / total) : 0;
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
