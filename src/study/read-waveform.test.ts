/** Goldens by pydicom 3.0.2, tools/reference/ecg_waveform.py. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { parseDicom } from "../imaging/dicom/index.ts";
import { readDicomWaveforms } from "./read-waveform.ts";

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
