/** Goldens by pydicom 3.0.2 (tools/reference/signals/ecg_waveform.py) and scipy 1.x (tools/reference/signals/ecg_beats.py). */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { parseDicom } from "../imaging/dicom/index.ts";
import { measureRhythm, type RhythmMeasure } from "../signals/index.ts";
import { askTask } from "../task/ask/ask.ts";
import { computeFromSignal } from "../task/ask/signal.ts";
import { runWithoutModel } from "../task/run.ts";
import { openStudy } from "./open/open.ts";
import { readDicomWaveforms } from "./read-waveform.ts";
import type { WaveformPart } from "./types.ts";

test("the sample ECG has the samples pydicom reads, in millivolt", async () => {
  const golden = JSON.parse(await readFile(new URL("./goldens/ecg-waveform.json", import.meta.url), "utf8"));
  const path = fileURLToPath(new URL("../../samples/ecg.dcm", import.meta.url));
  const recordings = readDicomWaveforms(parseDicom(new Uint8Array(await readFile(path))).dataset, path);
  expect(recordings.length).toBe(1);
  const [{ channels, rate, length, cautions }] = recordings;
  expect(rate).toBe(golden.rate);
  expect([length, channels.length]).toEqual(golden.shape);
  expect(channels.map((channel) => `Lead ${channel.name}`)).toEqual(golden.leads);
  expect(cautions).toEqual([]);
  channels.forEach((channel, c) => {
    expect(channel.unit).toBe("mV");
    expect(channel.samples.reduce((sum, value) => sum + Math.abs(value), 0)).toBeCloseTo(golden.sums[c], 2);
    golden.some.forEach((row: number[], i: number) => {
      expect(channel.samples[i * 500]).toBeCloseTo(row[c], 5);
    });
  });
});

test("the sample ECG's beats are those scipy finds in lead II", async () => {
  const golden = JSON.parse(await readFile(new URL("./goldens/ecg-beats.json", import.meta.url), "utf8"));
  const path = fileURLToPath(new URL("../../samples/ecg.dcm", import.meta.url));
  const [recording] = readDicomWaveforms(parseDicom(new Uint8Array(await readFile(path))).dataset, path);
  const measure = measureRhythm(recording) as RhythmMeasure;
  expect(measure.beats.length).toBe(golden.beats.length);
  measure.beats.forEach((time, i) => {
    expect(Math.abs(time - golden.beats[i])).toBeLessThan(0.02);
  });
  expect(Math.abs(measure.rate - golden.rate)).toBeLessThan(0.5);
  expect(measure.variation).toBeCloseTo(golden.variation, 2);
  expect(measure).toMatchObject({ regularity: "irregular", cautions: [] });
});

test("an ECG file is a part; its rate and regularity are computed, a named rhythm is not", async () => {
  await using study = await openStudy(fileURLToPath(new URL("../../samples/ecg.dcm", import.meta.url)));
  expect(study.parts).toMatchObject([{ kind: "waveform", modality: "ECG", samplesPerSecond: 500 }]);
  expect(study.leftOut).toEqual([]);
  const ask = (question: string) => runWithoutModel(askTask, study, { question });
  const rhythm = (await ask("Which rhythm is this?"))!;
  expect(rhythm.text).toMatch(
    /^Irregular, 107 beats per minute \[1\]: .* No wave precedes the complexes .*\[3\]\. .*fit atrial fibrillation; .*Wenckebach.* A reader has to decide/,
  );
  for (const same of [
    "Welcher Herzrhythmus ist das?",
    "Quel est le rythme ?",
    "¿Qué ritmo es este?",
    "Che ritmo è?",
    "Que ritmo é este?",
    "Welk ritme is dit?",
  ])
    expect((await ask(same))?.text, same).toBe(rhythm.text);
  expect(rhythm.cautions?.[0]).toMatch(/^Research only/);
  expect(rhythm.model.name).toBe("signal engine");
  expect((await ask("Is the rhythm regular?"))?.text).toMatch(/^No\. Irregular/);
  expect((await ask("Is it irregular?"))?.text).toMatch(/^Yes\. Irregular/);
  for (const named of [
    "Is this atrial fibrillation?",
    "Is the sinus rhythm regular?",
    "Is the QT interval long?",
    "Ist das Vorhofflimmern, oder welcher Rhythmus?",
    "Le rythme est-il une fibrillation ?",
    "¿Es un ritmo de marcapasos?",
  ])
    expect(await ask(named)).toBeUndefined();
});

test("a cart's file with a rhythm strip and a median beat is measured on the strip; ECGs of two files are not", async () => {
  await using study = await openStudy(fileURLToPath(new URL("../../samples/ecg.dcm", import.meta.url)));
  const [strip] = study.parts as WaveformPart[];
  const beat = {
    ...strip,
    label: "median beat",
    channels: strip.channels.map((channel) => ({ ...channel, samples: channel.samples.subarray(0, 600) })),
  };
  const request = { question: "Which rhythm is this?" };
  const alone = computeFromSignal({ parts: [strip] }, request)!;
  const both = computeFromSignal({ parts: [beat, strip] }, request)!;
  expect(both.text).toBe(alone.text);
  expect(both.cautions?.join(" ")).toMatch(
    /10\.0 s\); the file also holds median beat \(1\.2 s\), which was not measured/,
  );
  const other = { ...strip, origin: { ...strip.origin, files: ["other.dcm"] } };
  expect(computeFromSignal({ parts: [strip, other] }, request)).toBeUndefined();
});
