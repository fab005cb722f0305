import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  type Channel,
  decodeWaveform,
  ecgPaper,
  filtered,
  findBeats,
  leadName,
  measureRhythm,
  precedingLimits,
  precedingWaves,
  readSignalCsv,
  readWfdb,
  recordingCautions,
  simulateEcg,
  standardLeads,
} from "./index.ts";
import { limbLeadCautions } from "./limb-leads.ts";

test("lead names of several makers", () => {
  expect(["avr", "Lead aVL", "MLII", "ECG V1", "Lead I (Einthoven)", "RESP"].map(leadName)).toEqual([
    "aVR",
    "aVL",
    "II",
    "V1",
    "I",
    "RESP",
  ]);
});

test("WFDB: formats 16 and 212, gain, baseline, missing samples, units", async () => {
  const folder = await mkdtemp(join(tmpdir(), "polyclinic-wfdb-"));
  // Two signals, two samples each, by hand: 212 packs (1, -1) and (2047, -2048).
  await writeFile(join(folder, "a.dat"), Uint8Array.from([0x01, 0xf0, 0xff, 0xff, 0x87, 0x00]));
  await writeFile(
    join(folder, "a.hea"),
    "a 2 360 2\na.dat 212 200(0)/mV 11 0 0 0 0 MLII\na.dat 212 100(50)/mV 11 0 0 0 0 V5\n",
  );
  const twelve = await readWfdb(join(folder, "a.hea"));
  expect(twelve.rate).toBe(360);
  expect(twelve.channels.map((c) => [c.name, c.unit, ...c.samples])).toEqual([
    ["II", "mV", expect.closeTo(0.005, 6), expect.closeTo(2047 / 200, 4)],
    ["V5", "mV", expect.closeTo(-0.51, 6), Number.NaN],
  ]);
  const sixteen = Buffer.alloc(6);
  [1000, -32768, -500].forEach((value, i) => {
    sixteen.writeInt16LE(value, i * 2);
  });
  await writeFile(join(folder, "b.dat"), sixteen);
  await writeFile(join(folder, "b.hea"), "b 1 500 3\nb.dat 16 1/uV 16 0 0 0 0 I\n");
  expect([...(await readWfdb(join(folder, "b.hea"))).channels[0].samples]).toEqual([1, Number.NaN, -0.5]);
  await writeFile(join(folder, "c.hea"), "c 1 500 9\nb.dat 16 1/uV 16 0 0 0 0 I\n");
  await expect(readWfdb(join(folder, "c.hea"))).rejects.toMatchObject({
    code: "signals/wfdb",
    summary: "is truncated",
  });
  await writeFile(join(folder, "d.hea"), "# format 310 packs three samples\nd 1 500 9\nb.dat 310 1/uV 16 0 0 0 0 I\n");
  await expect(readWfdb(join(folder, "d.hea"))).rejects.toMatchObject({
    where: expect.stringMatching(/d\.hea, line 3/),
    expected: "16, 24, 32, 61, 80, 160, 212",
  });
  await rm(folder, { recursive: true });
});

test("CSV: rate from the times, units from the header, faults with their line", () => {
  const recording = readSignalCsv("time,I (uV),V1\n0,1000,0.1\n0.002,nan,0.2\n0.004,-500,0.3\n", "a.csv");
  expect(recording.rate).toBeCloseTo(500, 3);
  expect([...recording.channels[0].samples]).toEqual([1, Number.NaN, -0.5]);
  expect(() => readSignalCsv("I\n1\n2\n", "a.csv")).toThrow(/sampling rate/);
  expect(() => readSignalCsv("I,II\n1,2\n3\n", "a.csv", { rate: 1 })).toThrow(/a\.csv, line 3/);
  expect(() => readSignalCsv("I\n1\nx\n", "a.csv", { rate: 1 })).toThrow(/line 3, I/);
});

test("a DICOM multiplex group: interleaved, scaled, padded", () => {
  const data = new Uint8Array(Int16Array.from([100, -100, 200, -32768]).buffer);
  const group = {
    rate: 500,
    samples: 2,
    bitsAllocated: 16,
    interpretation: "SS",
    padding: -32768,
    data,
    channels: [
      { source: "Lead I (Einthoven)", sensitivity: 5, unit: "uV", correctionFactor: 1, baseline: 0 },
      { source: "Lead II", sensitivity: 0.01, unit: "mV", baseline: 0.5 },
    ],
  };
  const { channels } = decodeWaveform(group, "ecg.dcm");
  expect(channels.map((c) => [c.name, c.unit, ...c.samples])).toEqual([
    ["I", "mV", 0.5, 1],
    ["II", "mV", -0.5, Number.NaN],
  ]);
  expect(() => decodeWaveform({ ...group, samples: 3 }, "ecg.dcm")).toThrow(
    /Waveform Data: is truncated \(expected 12 bytes, found 8 bytes\)/,
  );
  expect(() => decodeWaveform({ ...group, interpretation: "MB" }, "ecg.dcm")).toThrow(/MB of 16 bits/);
});

test("a simulated ECG obeys the laws of the leads and needs no caution", () => {
  const ecg = simulateEcg({ rhythm: "sinus", seed: 1 });
  const lead = new Map(ecg.channels.map((c) => [c.name, c.samples]));
  expect(ecg.channels.map((c) => c.name)).toEqual([...standardLeads]);
  for (let i = 0; i < ecg.length; i += 97) {
    expect(lead.get("I")![i] + lead.get("III")![i]).toBeCloseTo(lead.get("II")![i], 5);
    expect(lead.get("aVR")![i] + lead.get("aVL")![i] + lead.get("aVF")![i]).toBeCloseTo(0, 5);
  }
  expect(ecg.cautions).toEqual([]);
  expect(simulateEcg({ rhythm: "sinus", seed: 1 }).channels[7].samples).toEqual(ecg.channels[7].samples);
});

test("missing, exchanged, flat and saturated leads are named", () => {
  const { channels } = simulateEcg({ rhythm: "sinus", seed: 2 });
  const named = (change: (list: typeof channels) => typeof channels) =>
    recordingCautions(change(channels.map((c) => ({ ...c, samples: c.samples.slice() }))), 500).join(" ");
  expect(named((list) => list.filter((c) => c.name !== "V4"))).toMatch(/Missing .*: V4\./);
  expect(
    named((list) => list.map((c) => ({ ...c, name: c.name === "II" ? "III" : c.name === "III" ? "II" : c.name }))),
  ).toMatch(/violate Einthoven/);
  expect(named((list) => list.map((c) => (c.name === "V2" ? { ...c, samples: c.samples.fill(0) } : c)))).toMatch(
    /V2: flat/,
  );
  expect(
    named((list) =>
      list.map((c) => (c.name === "V3" ? { ...c, samples: c.samples.map((v) => Math.min(v, -0.02)) } : c)),
    ),
  ).toMatch(/V3: \d+ consecutive samples/);
  expect(named((list) => exchanged(list, { aVR: "aVL", aVL: "aVR" }))).toMatch(/aVR, aVL do not follow/);
  const scaled = (factor: number) =>
    named((list) => list.map((c) => ({ ...c, samples: c.samples.map((v) => v * factor) })));
  expect(scaled(1000)).toMatch(/ mV, .*probably in microvolt/);
  expect(scaled(0.001)).toMatch(/ mV, .*probably in volt /);
  expect(scaled(5)).toBe("");
  expect(named((list) => list)).toBe("");
});

/** Names of leads exchanged, `{ as named: what it shows }`; a minus sign inverts. */
function exchanged(list: readonly Channel[], shows: Readonly<Record<string, string>>): Channel[] {
  return list.map((channel) => {
    const from = shows[channel.name] ?? channel.name;
    const { samples } = list.find(({ name }) => name === from.replace("-", ""))!;
    return { ...channel, samples: from.startsWith("-") ? samples.map((value) => -value) : samples };
  });
}

// What each exchange of electrodes does to the limb leads; the chest leads move little.
const electrodes = {
  arms: { I: "-I", II: "III", III: "II", aVR: "aVL", aVL: "aVR" },
  "right arm and left leg": { I: "-III", II: "-II", III: "-I", aVR: "aVF", aVF: "aVR" },
} as const;

test("exchanged limb electrodes are said for most recordings, and not without an exchange", () => {
  const found = { none: 0, arms: 0, "right arm and left leg": 0 };
  const said = { arms: /arm electrodes may/, "right arm and left leg": /right arm and the left leg may/ };
  const count = 10;
  for (let seed = 0; seed < count; seed++) {
    const { channels, rate } = simulateEcg({ rhythm: "sinus", seed, rate: 125 });
    if (limbLeadCautions(channels, rate).length > 0) found.none++;
    for (const name of ["arms", "right arm and left leg"] as const)
      if (limbLeadCautions(exchanged(channels, electrodes[name]), rate).some((text) => said[name].test(text)))
        found[name]++;
    expect(recordingCautions(exchanged(channels, electrodes.arms), rate).join(" ")).not.toMatch(/Einthoven|Goldberger/);
  }
  expect(found.none).toBe(0);
  expect(found.arms).toBeGreaterThan(0.9 * count);
  expect(found["right arm and left leg"]).toBeGreaterThan(0.9 * count);
});

test("without P waves, exchanged arms or an axis: the caution says that it could not be decided", () => {
  for (const seed of [1, 2, 3, 4]) {
    const { channels, rate } = simulateEcg({ rhythm: "atrial-fibrillation", seed, rate: 125 });
    expect(limbLeadCautions(channels, rate)).toEqual([]);
    expect(limbLeadCautions(exchanged(channels, electrodes.arms), rate).join(" ")).toMatch(
      /arm electrodes may be swapped, or the axis .* could not be decided/,
    );
  }
});

test("P waves precede the complexes of sinus rhythm at a fixed time, and nothing those of atrial fibrillation", () => {
  const share = (rhythm: "sinus" | "atrial-fibrillation", seed: number) => {
    const ecg = simulateEcg({ rhythm, seed, rate: 125 });
    return precedingWaves(ecg, findBeats(ecg))!.share;
  };
  for (const seed of [1, 2, 3]) {
    expect(share("sinus", seed)).toBeGreaterThan(precedingLimits[1]);
    expect(share("atrial-fibrillation", seed)).toBeLessThan(precedingLimits[0]);
  }
  const ecg = simulateEcg({ rhythm: "sinus", seed: 1, rate: 125 });
  expect(precedingWaves(ecg, [1, 2, 3])).toBeUndefined();
  expect(precedingWaves({ ...ecg, channels: [] }, [1, 2, 3, 4, 5])).toBeUndefined();
});

test("an axis to the right is no exchange: its P waves are upright", () => {
  const { channels, rate } = simulateEcg({ rhythm: "sinus", seed: 4 });
  const beats = findBeats({ channels, rate });
  // Only the QRS complexes of lead I turn; the leads that depend on it follow.
  const one = channels[0].samples.map((value, i) =>
    beats.some((time) => Math.abs(i / rate - time) < 0.05) ? -value : value,
  );
  const two = channels[1].samples;
  const combine = (a: number, b: number) => one.map((value, i) => a * value + b * two[i]);
  const limb: Record<string, Float32Array> = {
    I: one,
    III: combine(-1, 1),
    aVR: combine(-0.5, -0.5),
    aVL: combine(1, -0.5),
    aVF: combine(-0.5, 1),
  };
  const turned = channels.map((channel) => ({ ...channel, samples: limb[channel.name] ?? channel.samples }));
  expect(recordingCautions(turned, rate)).toEqual([]);
  // The right leg's electrode on the right arm: lead II shows almost nothing.
  const flat = channels.map((channel) =>
    channel.name === "II" ? { ...channel, samples: channel.samples.map((value) => value * 0.02) } : channel,
  );
  expect(limbLeadCautions(flat, rate).join(" ")).toMatch(/right arm and the right leg/);
});

test("filters keep what lies between and take away the rest", () => {
  const rate = 500;
  const tone = (hertz: number) =>
    Float32Array.from({ length: 5000 }, (_, i) => Math.sin((2 * Math.PI * hertz * i) / rate));
  const left = (hertz: number, options: Parameters<typeof filtered>[2]) => {
    const { samples } = filtered({ name: "I", unit: "mV", samples: tone(hertz) }, rate, options);
    return Math.max(...samples.slice(2000, 3000).map(Math.abs));
  };
  expect(left(10, { high: 0.5, low: 40, notch: 50 })).toBeGreaterThan(0.97);
  expect(left(0.1, { high: 0.5 })).toBeLessThan(0.05);
  expect(left(150, { low: 40 })).toBeLessThan(0.02);
  expect(left(50, { notch: 50 })).toBeLessThan(0.05);
});

test("paper: twelve leads in their places, a gap stays a gap", () => {
  const ecg = simulateEcg({ rhythm: "atrial-fibrillation", seed: 3 });
  ecg.channels[6].samples.fill(Number.NaN, 2700, 2800);
  const svg = ecgPaper(ecg, { title: "A < B" });
  for (const lead of standardLeads) expect(svg).toContain(`>${lead}</text>`);
  expect(svg).toContain("A &lt; B");
  const traces = [...svg.matchAll(/d="(M[^"]*)" fill="none" stroke="#111" stroke-width="0.3" stroke-linejoin/g)].map(
    (match) => match[1],
  );
  expect(traces.length).toBe(13);
  expect(traces.filter((path) => path.split("M").length > 2).length).toBe(1);
  expect(() => ecgPaper(ecg, { start: 60 })).toThrow(/a start time below 10\.0 s/);
});

test("simulated rhythms are measured as they were made: rate in its range, regular or not, every beat found in leads turned upside down", () => {
  const ranges = {
    sinus: [60, 99],
    bradycardia: [35, 54],
    tachycardia: [105, 152],
    "atrial-fibrillation": [65, 150],
  } as const;
  for (const [rhythm, [low, high]] of Object.entries(ranges))
    for (const seed of [1, 2]) {
      const ecg = simulateEcg({ rhythm: rhythm as keyof typeof ranges, seed });
      const measure = measureRhythm(ecg);
      if (typeof measure === "string") throw new Error(`${rhythm} ${seed}: ${measure}`);
      expect(measure.rate).toBeGreaterThan(low);
      expect(measure.rate).toBeLessThan(high);
      expect(measure.regularity).toBe(rhythm === "atrial-fibrillation" ? "irregular" : "regular");
      const turned = ecg.channels.map((channel) => ({ ...channel, samples: channel.samples.map((value) => -value) }));
      expect(findBeats({ channels: turned, rate: ecg.rate })).toEqual(measure.beats);
    }
});

test("nothing is measured where there is nothing to measure, and it says why", () => {
  const ecg = simulateEcg({ rhythm: "sinus", seed: 1 });
  const of = (change: (samples: Float32Array) => Float32Array) =>
    measureRhythm({ ...ecg, channels: ecg.channels.map((c) => ({ ...c, samples: change(c.samples) })) });
  expect(of((samples) => samples.fill(0))).toMatch(/^0 beats were found/);
  const short = simulateEcg({ rhythm: "sinus", seconds: 3, seed: 1 });
  expect(measureRhythm(short)).toMatch(/too few to measure the rhythm/);
  expect(measureRhythm({ ...ecg, channels: ecg.channels.map((c) => ({ ...c, unit: "mmHg" })) })).toMatch(/unit mV/);
});
