/** Cine runs and video files as parts with times, their subtitles, and the frames that a model is shown. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { simulateCine } from "../../../recipes/video/simulate.ts";
import type { VideoPart } from "../../types.ts";
import { imagesOf, sampleFrames, textsOf, viewOf } from "../../views/index.ts";
import { deidentifiedStudy } from "../deidentify.ts";
import { openStudy } from "../open.ts";
import { isSubtitles, readSubtitles } from "./subtitles.ts";

const folder = mkdtempSync(join(tmpdir(), "polyclinic-video-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

const cine = simulateCine({ frames: 40, framesPerSecond: 8, event: { from: 1, to: 2 }, side: 16, seed: 3 });
const srt =
  "1\r\n00:00:01,000 --> 00:00:02,500\r\n<i>The disc</i>\r\nis bright.\r\n\r\n2\r\n00:00:03,000 --> 00:00:04,000\r\nNow it is dim &amp; small.\r\n";

test("a cine run is a video: frames with their times, grey values on one scale", async () => {
  await using study = await openStudy({ name: "run.dcm", data: cine.dicom });
  const [part] = study.parts as VideoPart[];
  expect(part).toMatchObject({ kind: "video", modality: "US", video: { width: 16, height: 16, duration: 5 } });
  expect(part.video.times.slice(0, 3)).toEqual([0, 0.125, 0.25]);
  const [dim, bright] = await part.video.readFrames([2, 12]);
  const brightest = ({ data }: typeof dim) => Math.max(...data);
  // Stretched frame by frame both would reach 255.
  expect([brightest(dim) < 160, brightest(bright)]).toEqual([true, 255]);
  // The scale is linear from the least to the greatest value of the run.
  const [low, high] = [Math.min(...cine.pixels), Math.max(...cine.pixels)];
  const stored = cine.pixels.subarray(12 * 256, 13 * 256);
  const apart = bright.data.map((byte, i) => Math.abs(byte - ((stored[i] - low) * 255) / (high - low)));
  expect(Math.max(...apart)).toBeLessThanOrEqual(1);
});

test("a model sees frames equally spaced in time within its budget, each with its time, and the subtitles", async () => {
  writeFileSync(join(folder, "run.dcm"), cine.dicom);
  writeFileSync(join(folder, "run.srt"), srt);
  await using study = await openStudy(folder);
  expect(study.leftOut).toEqual([]);
  const view = await viewOf(study, { imageSize: 16, tokensPerImage: 16, contextTokens: 512 });
  const shown = imagesOf(view);
  expect(view.recipe).toBe("video");
  expect([shown[0].time, shown.at(-1)!.time]).toEqual([0, 4.875]);
  expect(shown.map(({ label }) => label)).toEqual(shown.map(({ time }) => `${time!.toFixed(2)} s`));
  expect(shown.length).toBeGreaterThan(5);
  expect(shown.length * 26).toBeLessThanOrEqual(384);
  expect(view.leftOut.join()).toContain(`${40 - shown.length} of 40 frames`);
  expect(textsOf(view)[0].text).toBe(
    "Subtitles:\n1.00 s - 2.50 s: The disc is bright.\n3.00 s - 4.00 s: Now it is dim & small.",
  );
  const few = await viewOf(study, { imageSize: 16, tokensPerImage: 16, contextTokens: 32_768 }, { maxFrames: 3 });
  expect(imagesOf(few).map(({ index }) => index)).toEqual([0, 20, 39]);
  const nameless = deidentifiedStudy(study);
  expect((nameless.parts[0] as VideoPart).subtitles).toBeUndefined();
  expect(nameless.warnings.map(({ code }) => code)).toContain("deidentify/subtitles");
});

test("unequal times are sampled by time, not by number", () => {
  const times = [...Array.from({ length: 90 }, (_, i) => i / 30), 3, 4, 5, 6, 7, 8, 9];
  const chosen = sampleFrames(times, 10);
  expect(chosen.map((i) => times[i])).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(sampleFrames([0, 1, 2], 5)).toEqual([0, 1, 2]);
  expect(sampleFrames(times, 1)).toHaveLength(1);
});

test("frames of angles or without times are no film: one is shown, and that is said", async () => {
  const timeless = Buffer.from(cine.dicom);
  // Frame Time (0018,1063) is renamed to a private element.
  const at = timeless.indexOf(Buffer.from([0x18, 0, 0x63, 0x10]));
  timeless.writeUInt16LE(0x19, at);
  await using study = await openStudy({ name: "run.dcm", data: timeless });
  expect(study.parts.map(({ kind }) => kind)).toEqual(["image"]);
  expect(study.leftOut[0].reason).toContain("39 of 40");
});

test("times that contradict each other, or cannot be used, are warned of", async () => {
  /** The run with elements of group 0018 in explicit VR instead of its Frame Time. */
  const timed = (...elements: [number, string, string][]) => {
    const bytes = Buffer.from(cine.dicom);
    const at = bytes.indexOf(Buffer.from("18006310", "hex"));
    const own = elements.flatMap(([element, vr, value]) => {
      const head = Buffer.from([0x18, 0, element & 0xff, element >> 8, ...Buffer.from(vr), 0, 0]);
      const text = Buffer.from(value.length % 2 === 0 ? value : `${value} `);
      head.writeUInt16LE(text.length, 6);
      return [head, text];
    });
    return Buffer.concat([bytes.subarray(0, at), ...own, bytes.subarray(at + 8 + bytes.readUInt16LE(at + 6))]);
  };
  const warned = async (...elements: [number, string, string][]) => {
    await using study = await openStudy({ name: "run.dcm", data: timed(...elements) });
    return study.parts[0].warnings.map(({ message }) => message).join("; ");
  };
  expect(await warned([0x0040, "IS", "8"], [0x1063, "DS", "125"])).toBe("");
  expect(await warned([0x0040, "IS", "30"], [0x1063, "DS", "125"])).toBe(
    "Cine Rate contradicts the times that are used: 1.33 s or 5 s for the whole run",
  );
  expect(await warned([0x1063, "DS", "125"], [0x1065, "DS", "0\\50\\50"])).toMatch(
    /^Frame Time Vector is ignored: it has 3 entries for 40 frames$/,
  );
  expect(await warned([0x1063, "DS", "125"], [0x1065, "DS", `0${"\\-5".repeat(39)}`])).toMatch(/do not ascend$/);
  expect(await warned([0x1063, "DS", "-125"])).toMatch(/only the middle one.*neither Frame Time Vector, Frame Time/);
});

test("subtitles: SubRip and WebVTT, formatting removed", () => {
  expect(isSubtitles(srt)).toBe(true);
  const vtt =
    "WEBVTT - lesson\n\nNOTE 00:00.000 --> 00:09.000\nnot said\n\nSTYLE\n::cue { color: red }\n\nintro\n00:01.500 --> 00:03.000 align:start\n<v Surgeon>Clip <b>here</b>.\n\n01:00:00.000 --> 01:00:01.000\nEnd.";
  expect(isSubtitles(vtt)).toBe(true);
  expect(readSubtitles(vtt, "a.vtt")).toEqual([
    { from: 1.5, to: 3, text: "Surgeon: Clip here." },
    { from: 3600, to: 3601, text: "End." },
  ]);
  expect(isSubtitles("1\nA list\n2\nof things")).toBe(false);
  expect(() => readSubtitles("WEBVTT\n\n00:05.000 --> 00:03.000\nx", "a.vtt")).toThrow(/ends before it begins/);
  expect(() => readSubtitles("WEBVTT\n", "a.vtt")).toThrow(/no subtitles/);
});

test("subtitles without a video are a text if they are named, and left out otherwise", async () => {
  const alone = join(folder, "alone.srt");
  writeFileSync(alone, srt);
  await using study = await openStudy(alone);
  expect(study.parts[0]).toMatchObject({ kind: "text", text: expect.stringContaining("1.0 s - 2.5 s: The disc") });
});
