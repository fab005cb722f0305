/** WFDB records (PhysioNet): a `.hea` header and `.dat` signals in format 16 (two bytes) or 212 (twelve bits). */

import { PolyclinicError } from "../base/errors.ts";
import { readFile } from "../base/host/files.ts";
import { basename, dirname, join } from "../base/host/path.ts";
import { recording } from "./checks.ts";
import { type Channel, leadName, type Recording } from "./types.ts";

interface Signal {
  file: string;
  format: number;
  /** Digital units per physical unit. */
  gain: number;
  baseline: number;
  unit: string;
  name: string;
}

const defaultGain = 200;
const defaultRate = 250;

/**
 * @param path path of the header.
 * @throws PolyclinicError `signals/wfdb` naming the line or file, and what was expected and found.
 */
export async function readWfdb(path: string): Promise<Recording> {
  const lines = (
    await readFile(path, "utf8").catch((cause) => {
      throw new PolyclinicError("signals/wfdb", "cannot be opened", { where: path, cause });
    })
  )
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "" && !line.startsWith("#"));
  const fault = (line: number, summary: string, expected: string) =>
    new PolyclinicError("signals/wfdb", summary, {
      where: `${path}, line ${line + 1}`,
      expected,
      found: lines[line]?.slice(0, 80) ?? "the end of the file",
    });
  const [name, countText, rateText, lengthText] = (lines[0] ?? "").trim().split(/\s+/);
  const count = Number(countText);
  if (name === undefined || !Number.isInteger(count) || count < 1)
    throw fault(0, "is not a record line", "name, number of signals, rate, length");
  if (name.includes("/")) throw fault(0, "has several segments", "a record of one segment");
  const rate = rateText === undefined ? defaultRate : Number.parseFloat(rateText);
  if (!(rate > 0)) throw fault(0, "has no sampling rate", "samples a second above 0");
  const signals = Array.from({ length: count }, (_, i) => {
    const signal = readSignalLine(lines[i + 1] ?? "");
    if (signal === undefined)
      throw fault(i + 1, `is not signal ${i + 1} of ${count}`, "file, format, gain, resolution, zero, ..., name");
    if (signal.format !== 16 && signal.format !== 212)
      throw fault(i + 1, `format ${signal.format} is not read`, "16 or 212");
    return signal;
  });
  const channels: Channel[] = [];
  for (const file of new Set(signals.map((signal) => signal.file))) {
    const group = signals.filter((signal) => signal.file === file);
    const dataPath = join(dirname(path), basename(file));
    const bytes = await readFile(dataPath).catch((cause) => {
      throw new PolyclinicError("signals/wfdb", "is missing", {
        where: dataPath,
        hint: "Put the signal file into the folder of its header.",
        cause,
      });
    });
    const values = group[0].format === 16 ? from16(bytes) : from212(bytes);
    const length = Math.floor(values.length / group.length);
    if (lengthText !== undefined && Number(lengthText) > 0 && length < Number(lengthText))
      throw new PolyclinicError("signals/wfdb", "is truncated", {
        where: dataPath,
        expected: `${lengthText} samples of ${group.length} signals`,
        found: `${length}`,
      });
    group.forEach(({ gain, baseline, unit, name: lead, format }, i) => {
      const missing = format === 16 ? -32768 : -2048;
      const samples = new Float32Array(Number(lengthText) || length);
      for (let t = 0; t < samples.length; t++) {
        const value = values[t * group.length + i];
        samples[t] = value === missing ? Number.NaN : (value - baseline) / gain;
      }
      channels.push(inMillivolt({ name: leadName(lead), unit, samples }));
    });
  }
  return recording(channels, rate, path);
}

/** `100.dat 212 200(0)/mV 11 1024 995 -22131 0 MLII` */
function readSignalLine(line: string): Signal | undefined {
  const [file, formatText, gainText = "", , zeroText, ...rest] = line.trim().split(/\s+/);
  const format = Number.parseInt(formatText ?? "", 10);
  if (file === undefined || !Number.isInteger(format)) return undefined;
  const gain = /^(-?[\d.eE+-]+)?(?:\((-?\d+)\))?(?:\/(.+))?$/.exec(gainText);
  if (gain === null) return undefined;
  const zero = Number(zeroText ?? 0) || 0;
  return {
    file,
    format,
    gain: Number(gain[1] ?? 0) || defaultGain,
    baseline: gain[2] === undefined ? zero : Number(gain[2]),
    unit: gain[3] ?? "mV",
    name: rest.slice(3).join(" ") || file,
  };
}

function from16(bytes: Uint8Array): Int16Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Int16Array.from({ length: bytes.length >> 1 }, (_, i) => view.getInt16(i * 2, true));
}

/** Two samples in three bytes: low byte, both high nibbles, low byte. */
function from212(bytes: Uint8Array): Int16Array {
  const out = new Int16Array(Math.floor(bytes.length / 3) * 2);
  for (let i = 0, at = 0; at + 2 < bytes.length; at += 3) {
    const [a, b, c] = [bytes[at], bytes[at + 1], bytes[at + 2]];
    out[i++] = ((((b & 0x0f) << 8) | a) << 20) >> 20;
    out[i++] = ((((b & 0xf0) << 4) | c) << 20) >> 20;
  }
  return out;
}

const toMillivolt: Readonly<Record<string, number>> = { v: 1000, mv: 1, uv: 0.001, µv: 0.001, μv: 0.001, nv: 1e-6 };

/** Converts voltages to millivolts; other units are unchanged. */
export function inMillivolt(channel: Channel): Channel {
  const factor = toMillivolt[channel.unit.toLowerCase()];
  if (factor === undefined) return channel;
  return {
    ...channel,
    unit: "mV",
    samples: factor === 1 ? channel.samples : channel.samples.map((value) => value * factor),
  };
}
