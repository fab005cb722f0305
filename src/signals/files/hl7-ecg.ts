/**
 * HL7 annotated ECG (aECG, HL7 v3 PORT_MT020001): the rhythm of each series, one recording for each set of sequences. A sequence of times gives the sampling rate,
 * each other one a lead: origin + scale * digit. Annotations, derived beats, names and identifiers are not read.
 */
import { PolyclinicError } from "../../base/errors.ts";
import { child, descendants, elements, parseXml, textOf, type XmlElement } from "../../bytes/xml.ts";
import { recording } from "../checks.ts";
import { type Channel, leadName, type Recording } from "../types.ts";
import { inMillivolt } from "../units.ts";

/** A recording with the time of its first sample, ISO 8601 without a zone, if stated. */
export interface Hl7Recording extends Recording {
  readonly startedAt?: string;
}

/** Whether the beginning of a text is an annotated ECG. */
export const isHl7Ecg = (start: string): boolean =>
  /^[\s\ufeff\xef\xbb\xbf]*</.test(start) && /<(?:\w+:)?AnnotatedECG[\s>]/.test(start);

const seconds: Readonly<Record<string, number>> = { s: 1, ms: 1e-3, us: 1e-6 };
/** Codes of leads and filters are those of ISO/IEEE 11073-10101. */
const leadPrefix = "MDC_ECG_LEAD_";
const filterPrefix = "MDC_ECG_CTL_VBL_ATTR_FILTER_";

/**
 * @throws `signals/aecg` naming the sequence: no XML, no rhythm, no increment of time, a digit that is not a number, leads that differ in length, a list of another
 * type.
 */
export function readHl7Ecg(source: string, where: string): Hl7Recording[] {
  const root = parseXml(source, where, { code: "signals/aecg", expected: "an AnnotatedECG of HL7" });
  const document = elements(root).find(({ name }) => name === "AnnotatedECG");
  if (document === undefined || root.cutIn !== undefined)
    throw fault(where, document === undefined ? "has no AnnotatedECG at its top" : `ends inside <${root.cutIn}>`, {});
  const series = elements(document, "component").flatMap((component) => elements(component, "series"));
  const sets = series.flatMap((each) =>
    elements(each, "component")
      .flatMap((component) => elements(component, "sequenceSet"))
      .map((set) => ({ set, filters: filtersOf(each) })),
  );
  if (sets.length === 0)
    throw fault(where, "has no set of sequences", { expected: "component/series/component/sequenceSet" });
  return sets.map(({ set, filters }, i) => readSet(set, filters, sets.length === 1 ? where : `${where}, set ${i + 1}`));
}

function readSet(set: XmlElement, filters: Recording["filters"], where: string): Hl7Recording {
  const channels: Channel[] = [];
  let time: { rate: number; startedAt?: string } | undefined;
  for (const [i, sequence] of elements(set, "component")
    .flatMap((each) => elements(each, "sequence"))
    .entries()) {
    const code = child(sequence, "code")?.attributes.code ?? "";
    const value = child(sequence, "value");
    const place = `${where}, sequence ${i + 1} (${code === "" ? "no code" : code})`;
    if (value === undefined) throw fault(place, "has no value", {});
    if (code.startsWith("TIME_")) time ??= readTime(value, place);
    else channels.push(readLead(code, value, place));
  }
  if (time === undefined)
    throw fault(where, "has no sequence of times", { expected: "TIME_ABSOLUTE or TIME_RELATIVE" });
  if (channels.length === 0) throw fault(where, "has no sequence of a lead", {});
  const [{ samples, name }] = channels;
  const other = channels.find((channel) => channel.samples.length !== samples.length);
  if (other !== undefined)
    throw fault(where, "has leads of different lengths", {
      expected: `${samples.length} samples, as in ${name}`,
      found: `${other.samples.length} in ${other.name}`,
    });
  const { rate, startedAt } = time;
  return { ...recording(channels, rate, where, filters), ...(startedAt !== undefined && { startedAt }) };
}

/** GLIST_TS or GLIST_PQ: a head and an increment. */
function readTime(value: XmlElement, where: string): { rate: number; startedAt?: string } {
  const { value: step = "", unit = "" } = child(value, "increment")?.attributes ?? {};
  const increment = Number(step) * (seconds[unit] ?? Number.NaN);
  if (step === "" || !(increment > 0) || !Number.isFinite(1 / increment))
    throw fault(where, "has no increment of time", {
      expected: "an increment above 0 in s, ms or us",
      found: `${JSON.stringify(step.slice(0, 40))} ${unit.slice(0, 20)}`,
    });
  const startedAt = isoTime(child(value, "head")?.attributes.value ?? "");
  // 1 / 0.002 and rates whose increment was rounded to six digits.
  return { rate: Number((1 / increment).toPrecision(6)), ...(startedAt !== undefined && { startedAt }) };
}

/** SLIST_PQ: digits with a scale and an origin, each with its own unit. */
function readLead(code: string, value: XmlElement, where: string): Channel {
  const digits = child(value, "digits");
  const { value: scaleText = "", unit = "" } = child(value, "scale")?.attributes ?? {};
  const scale = scaleText === "" ? Number.NaN : Number(scaleText);
  if (digits === undefined || !Number.isFinite(scale) || scale === 0)
    throw fault(where, "is not a scaled list", {
      expected: "an SLIST_PQ with origin, scale and digits",
      found:
        digits === undefined
          ? `a ${value.attributes.type ?? "value"} without digits`
          : `scale ${JSON.stringify(scaleText.slice(0, 40))}`,
    });
  const { value: originText = "0", unit: originUnit = unit } = child(value, "origin")?.attributes ?? {};
  const origin = Number(originText);
  if (!Number.isFinite(origin))
    throw fault(where, "has an origin that is not a number", { found: originText.slice(0, 40) });
  const words = textOf(digits).split(" ");
  const samples = new Float32Array(words[0] === "" ? 0 : words.length);
  const name = leadName(code.startsWith(leadPrefix) ? code.slice(leadPrefix.length) : code || "unnamed");
  const shift = inMillivolt({ name, unit: originUnit, samples: Float32Array.of(origin) });
  const scaled = inMillivolt({ name, unit, samples: Float32Array.of(scale) });
  if (origin !== 0 && shift.unit !== scaled.unit)
    throw fault(where, "has an origin and a scale of different units", { expected: unit, found: originUnit });
  for (let i = 0; i < samples.length; i++) {
    const digit = Number(words[i]);
    if (!Number.isFinite(digit))
      throw fault(where, "has a digit that is not a number", {
        found: `${JSON.stringify(words[i].slice(0, 40))} at place ${i + 1}`,
      });
    samples[i] = (origin === 0 ? 0 : shift.samples[0]) + scaled.samples[0] * digit;
  }
  return { name, unit: scaled.unit, samples };
}

/** Cutoffs of the filters that the series' control variables state. */
function filtersOf(series: XmlElement): Recording["filters"] {
  const found: { low?: number; high?: number; notch?: number } = {};
  for (const holder of elements(series, "controlVariable"))
    for (const variable of descendants(holder)) {
      const code = child(variable, "code")?.attributes.code ?? "";
      const kind = ({ LOW_PASS: "low", HIGH_PASS: "high", NOTCH: "notch" } as const)[code.slice(filterPrefix.length)];
      if (!code.startsWith(filterPrefix) || kind === undefined) continue;
      const frequency = [...descendants(variable)].find(
        ({ name, attributes }) => name === "value" && attributes.unit === "Hz",
      );
      const hertz = Number(frequency?.attributes.value ?? Number.NaN);
      if (hertz > 0) found[kind] ??= hertz;
    }
  return found;
}

/** `20021122091000.000` -> `2002-11-22T09:10:00`; undefined if it is not to the second. */
function isoTime(text: string): string | undefined {
  const parts = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})/.exec(text);
  if (parts === null) return undefined;
  const [, year, month, day, hour, minute, second] = parts;
  return `${year}-${month}-${day}T${hour}:${minute}:${second}`;
}

function fault(
  where: string,
  summary: string,
  { expected, found }: { expected?: string; found?: string },
): PolyclinicError {
  return new PolyclinicError("signals/aecg", summary, {
    where,
    ...(expected !== undefined && { expected }),
    ...(found !== undefined && { found }),
  });
}
