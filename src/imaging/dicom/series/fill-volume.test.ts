/** The decoding of compressed series on worker threads, whose compiled code is in `dist/` (`npm run build`). */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { elements } from "../../../../test/support/dicom.ts";
import { diskSource, memorySource } from "../../../bytes/index.ts";
import { assembleSeries, type DicomSeries, type LoadedVolume, loadVolume, openInstance, parseDicom } from "../index.ts";
import { copyElement, writeDicom } from "../write/write.ts";

/** One slice of 128 x 96 in five syntaxes whose decoders take very different times, so that threads finish out of order. */
const syntaxes = ["jpeg-ls-80", "jpeg-2000-90", "rle", "jpeg-70", "explicit-little"].map((name) =>
  parseDicom(readFileSync(new URL(`../fixtures/${name}.dcm`, import.meta.url)), { name }),
);
const count = 120;
const size = 128 * 96;

/** Slice `i` is at height `i` and holds the image plus `i`; file names do not follow the order. */
function sliceBytes(i: number): Uint8Array {
  const { dataset, transferSyntax } = syntaxes[i % syntaxes.length];
  const own = elements({
    SOPInstanceUID: `2.25.${i + 1}`,
    ImageOrientationPatient: [1, 0, 0, 0, 1, 0],
    ImagePositionPatient: [0, 0, i],
    RescaleSlope: 1,
    RescaleIntercept: i,
  });
  const kept = [...dataset.elements.values()].filter(({ tag }) => own.every((element) => element.tag !== tag));
  return writeDicom([...kept.map((element) => copyElement(dataset, element)), ...own], transferSyntax.uid);
}

const nameOf = (i: number) => `${(i * 37) % count}.dcm`;

let folder: string;
let series: DicomSeries;
let alone: LoadedVolume;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "fill-volume-"));
  const instances = await Promise.all(
    Array.from({ length: count }, (_, i) => {
      writeFileSync(join(folder, nameOf(i)), sliceBytes(i));
      return openInstance(diskSource(join(folder, nameOf(i))));
    }),
  );
  series = (await assembleSeries(instances)).series[0];
  alone = await loadVolume(series, { threads: 1 });
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true }));

const onThreads = ({ volume }: LoadedVolume) => volume.data.buffer instanceof SharedArrayBuffer;
const bytesOf = ({ volume }: LoadedVolume) => Buffer.from(volume.data.buffer, 0, volume.data.byteLength);

describe("a compressed series on several threads", { timeout: 120_000 }, () => {
  test("the calling thread decodes every slice to its place", async () => {
    expect(onThreads(alone)).toBe(false);
    const { data } = alone.volume;
    for (let i = 1; i < count; i++) {
      const differing = data.subarray(i * size, (i + 1) * size).findIndex((value, at) => value !== data[at] + i);
      expect(differing, `slice ${i}`).toBe(-1);
    }
  });

  test.each([2, 3])("%i threads give the same volume to the bit", async (threads) => {
    const reported: number[] = [];
    const together = await loadVolume(series, { threads, onProgress: ({ done }) => reported.push(done) });
    expect(onThreads(together)).toBe(true);
    expect(bytesOf(together).equals(bytesOf(alone))).toBe(true);
    expect({ ...together.volume, data: 0 }).toEqual({ ...alone.volume, data: 0 });
    expect(reported).toEqual(Array.from({ length: count }, (_, i) => i + 1));
  });

  test("files that are only in memory go through threads too", async () => {
    const instances = await Promise.all(
      Array.from({ length: count }, (_, i) => openInstance(memorySource(nameOf(i), sliceBytes(i)))),
    );
    const together = await loadVolume((await assembleSeries(instances)).series[0], { threads: 2 });
    expect(onThreads(together)).toBe(true);
    expect(bytesOf(together).equals(bytesOf(alone))).toBe(true);
  });

  test("a damaged slice gives the same named error on any number of threads", async () => {
    const instances = await Promise.all(
      Array.from({ length: count }, (_, i) => {
        const bytes = sliceBytes(i);
        // Slice 40 is JPEG-LS: its codestream loses its second half.
        const element = parseDicom(bytes).dataset.element("PixelData")!;
        if (i === 40) bytes.fill(0, element.offset + (element.length >> 1), element.offset + element.length - 16);
        return openInstance(memorySource(nameOf(i), bytes));
      }),
    );
    const [damaged] = (await assembleSeries(instances)).series;
    const errors = await Promise.all(
      [1, 2].map((threads) => loadVolume(damaged, { threads }).catch(({ code, message }) => ({ code, message }))),
    );
    expect(errors[0]).toMatchObject({ code: "dicom/codec", message: expect.stringContaining(nameOf(40)) });
    expect(errors[1]).toEqual(errors[0]);
  });

  test("an abort stops it", async () => {
    const stop = new AbortController();
    const onProgress = ({ done }: { done: number }) => done === 20 && stop.abort();
    await expect(loadVolume(series, { threads: 2, signal: stop.signal, onProgress })).rejects.toMatchObject({
      code: "abort/aborted",
    });
  });
});
