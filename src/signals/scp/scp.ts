/**
 * SCP-ECG files (EN 1064, ISO 11073-91064): the rhythm data of section 6 with the leads of section 3, uncompressed, as
 * differences, or Huffman coded. From section 1 time and filters are read, names and identifiers are not. Lossy forms
 * (reference beats subtracted, sections 4 and 5; bimodal compression) are reported as unsupported.
 */
import { recording } from "../checks.ts";
import { type Channel, type Recording, standardLeads } from "../types.ts";
import { decodeHuffman, type HuffmanTable, readHuffmanTables } from "./huffman.ts";
import { scpLead } from "./leads.ts";
import { fault, readSections } from "./sections.ts";

/** A recording read from SCP-ECG (EN 1064). */
export interface ScpRecording extends Recording {
  /** Start as ISO 8601, if section 1 states it. */
  readonly startedAt: string | undefined;
}

const maxLeads = 255;
/** A day at 1,000 samples per second; more means a damaged length. */
const maxSamples = 86_400_000;

/** @throws PolyclinicError `signals/scp` naming the section, what was expected and found. */
export function readScpEcg(bytes: Uint8Array, where: string): ScpRecording {
  const { content, cautions: damage } = readSections(bytes, where);
  const need = (id: number, what: string, least: number) => {
    const section = content(id);
    if (section === undefined || section.byteLength < least)
      throw fault(`${where}, section ${id}`, section === undefined ? "is missing" : "is truncated", what);
    return section;
  };
  if (content(6) === undefined && content(12) !== undefined)
    throw fault(
      `${where}, section 12`,
      "contains a long-term recording of SCP-ECG 3, which is not supported",
      "rhythm data (section 6)",
    );
  const leads = readLeads(need(3, "the definition of the leads", 2), where);
  const huffman = content(2);
  const tables = huffman && readHuffmanTables(huffman, where);
  const rhythm = need(6, "the rhythm data", 6);
  const { scale, rate, samples } = readRhythm(rhythm, leads, tables, where);
  const stored = leads.map(({ id, start }, i): Channel => {
    // Calibrated: the amplitude multiplier is in nanovolts.
    const values = Float32Array.from(samples[i], (value) => (value * scale) / 1e6);
    return { name: scpLead(id), unit: "mV", samples: start === 0 ? values : delayed(values, start) };
  });
  const length = Math.max(...stored.map((channel) => channel.samples.length));
  const channels = withLimbLeads(stored.map((channel) => padded(channel, length)));
  const derived = channels.length - stored.length;
  const about = content(1);
  const { filters, startedAt } = about === undefined ? {} : readAbout(about);
  const made = recording(channels, rate, where, filters);
  const derivedNote =
    derived > 0 ? [`III, aVR, aVL and aVF are computed from I and II: the file stores ${stored.length} leads.`] : [];
  return { ...made, cautions: [...damage, ...derivedNote, ...made.cautions], startedAt };
}

interface Lead {
  readonly id: number;
  /** First sample, from 0. */
  readonly start: number;
  readonly length: number;
}

function readLeads(section: DataView, where: string): Lead[] {
  const name = `${where}, section 3`;
  const count = section.getUint8(0);
  const flags = section.getUint8(1);
  if (count === 0 || count > maxLeads || section.byteLength < 2 + count * 9)
    throw fault(
      name,
      "does not contain valid lead definitions",
      "9 bytes per lead",
      `${count} leads in ${section.byteLength} bytes`,
    );
  if (flags & 1)
    throw fault(
      name,
      "states that reference beats were subtracted, which is not supported",
      "rhythm data without reference beat subtraction",
      "flag 1 in section 3",
      "Export the recording without compression, or as DICOM.",
    );
  const leads = Array.from({ length: count }, (_, i) => {
    const at = 2 + i * 9;
    const [first, last] = [section.getUint32(at, true), section.getUint32(at + 4, true)];
    const id = section.getUint8(at + 8);
    if (first < 1 || last < first || last > maxSamples)
      throw fault(
        `${name}, ${scpLead(id)}`,
        "has an invalid length",
        "the numbers of the first and the last sample, counted from 1",
        `${first}, ${last}`,
      );
    return { id, start: first - 1, length: last - first + 1 };
  });
  // Some recorders count absolute time: all leads then start at the same later sample.
  const earliest = Math.min(...leads.map(({ start }) => start));
  return leads.map((lead) => ({ ...lead, start: lead.start - earliest }));
}

function readRhythm(section: DataView, leads: readonly Lead[], tables: HuffmanTable[] | undefined, where: string) {
  const name = `${where}, section 6`;
  const [scale, interval] = [section.getUint16(0, true), section.getUint16(2, true)];
  const [differences, bimodal] = [section.getUint8(4), section.getUint8(5)];
  if (scale === 0) throw fault(name, "states no amplitude multiplier", "a value above 0 nV per step", "0");
  if (interval === 0) throw fault(name, "states no sampling interval", "a value above 0 µs", "0");
  if (differences > 2)
    throw fault(name, "has an unsupported encoding", "0, 1 or 2 (order of the differences)", String(differences));
  if (bimodal !== 0)
    throw fault(
      name,
      "uses bimodal compression, which is not supported",
      "uniform sampling",
      `flag ${bimodal}`,
      "Export the recording without compression, or as DICOM.",
    );
  let at = 6 + 2 * leads.length;
  if (at > section.byteLength) throw fault(name, "is truncated", `the sizes of ${leads.length} leads`);
  const samples = leads.map(({ id, length }, i) => {
    const place = `${name}, ${scpLead(id)}`;
    const size = section.getUint16(6 + 2 * i, true);
    if (at + size > section.byteLength)
      throw fault(place, "is truncated", `${size} bytes`, `${Math.max(0, section.byteLength - at)} bytes`);
    const bytes = new Uint8Array(section.buffer, section.byteOffset + at, size);
    at += size;
    // The shortest code has one bit; uncompressed samples have two bytes.
    if (length > (tables === undefined ? size / 2 : size * 8))
      throw fault(place, "is truncated", `${length} samples`, `${size} bytes`);
    const values = tables === undefined ? words(bytes, length) : decodeHuffman(bytes, tables, length, place);
    return summed(values, differences);
  });
  return { scale, rate: 1e6 / interval, samples };
}

function words(bytes: Uint8Array, length: number): Int32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Int32Array.from({ length }, (_, i) => view.getInt16(i * 2, true));
}

/** First differences follow one absolute sample, second differences two. */
function summed(values: Int32Array, differences: number): Int32Array {
  for (let i = differences; i < values.length; i++) {
    if (differences === 1) values[i] += values[i - 1];
    if (differences === 2) values[i] += 2 * values[i - 1] - values[i - 2];
  }
  return values;
}

/** For leads not recorded simultaneously: samples before a lead's start are missing. */
function delayed(values: Float32Array, start: number): Float32Array {
  const out = new Float32Array(start + values.length).fill(Number.NaN);
  out.set(values, start);
  return out;
}

function padded(channel: Channel, length: number): Channel {
  if (channel.samples.length === length) return channel;
  const samples = new Float32Array(length).fill(Number.NaN);
  samples.set(channel.samples);
  return { ...channel, samples };
}

/** Electrocardiographs store I, II and V1 to V6; the other limb leads follow by Einthoven's and Goldberger's laws. */
function withLimbLeads(channels: readonly Channel[]): Channel[] {
  const of = (name: string) => channels.find((channel) => channel.name === name);
  const [one, two] = [of("I"), of("II")];
  const laws: readonly [string, number, number][] = [
    ["III", -1, 1],
    ["aVR", -0.5, -0.5],
    ["aVL", 1, -0.5],
    ["aVF", -0.5, 1],
  ];
  if (one === undefined || two === undefined || laws.some(([name]) => of(name) !== undefined)) return [...channels];
  const added = laws.map(
    ([name, a, b]): Channel => ({
      name,
      unit: one.unit,
      samples: one.samples.map((value, i) => a * value + b * two.samples[i]),
    }),
  );
  const order: readonly string[] = standardLeads;
  const place = ({ name }: Channel) => (order.includes(name) ? order.indexOf(name) : order.length);
  return [...channels, ...added].sort((a, b) => place(a) - place(b));
}

/** Time and filters from the tagged fields of section 1; a truncated field ends the section. */
function readAbout(section: DataView): { filters: Recording["filters"]; startedAt: string | undefined } {
  const filters: Recording["filters"] = {};
  let [day, clock] = ["", ""];
  const two = (value: number) => String(value).padStart(2, "0");
  for (let at = 0; at + 3 <= section.byteLength; ) {
    const tag = section.getUint8(at);
    const size = section.getUint16(at + 1, true);
    const from = at + 3;
    if (tag === 255 || from + size > section.byteLength) break;
    if (tag === 25 && size >= 4) {
      const [year, month, date] = [
        section.getUint16(from, true),
        section.getUint8(from + 2),
        section.getUint8(from + 3),
      ];
      if (year > 0 && month >= 1 && month <= 12 && date >= 1 && date <= 31)
        day = `${String(year).padStart(4, "0")}-${two(month)}-${two(date)}`;
    }
    if (tag === 26 && size >= 3) {
      const time = [0, 1, 2].map((i) => section.getUint8(from + i));
      if (time[0] < 24 && time[1] < 60 && time[2] < 60) clock = time.map(two).join(":");
    }
    // Hundredths of a hertz; hertz; bit 0 is a notch at 60 Hz, bit 1 at 50 Hz.
    if (tag === 27 && size >= 2) filters.low = section.getUint16(from, true) / 100;
    if (tag === 28 && size >= 2) filters.high = section.getUint16(from, true);
    if (tag === 29 && size >= 1) {
      const bits = section.getUint8(from);
      if (bits & 3) filters.notch = bits & 2 ? 50 : 60;
    }
    at = from + size;
  }
  return { filters, startedAt: day === "" ? undefined : clock === "" ? day : `${day}T${clock}` };
}
