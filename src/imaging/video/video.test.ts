/** Video files: what ffmpeg 7.0.2 wrote of a clip, and the program itself where it is installed. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test, vi } from "vitest";
import { diskSource } from "../../bytes/index.ts";
import { openVideo, videoFormat } from "./index.ts";
import { parsePackets, parsePpm } from "./output.ts";

const folder = mkdtempSync(join(tmpdir(), "polyclinic-ffmpeg-"));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

const listing = `#software: Lavf61.1.100
#tb 0: 1/10240
#media_type 0: video
#codec_id 0: h264
#dimensions 0: 64x48
#sar 0: 1/1
0,      -2048,          0,     1024,      910, 0x2f3cd2a5
0,      -1024,       4096,     1024,       60, 0x17a11da6
0,          0,       2048,     1024,       41, 0x0d0e0b8f, F=0x0
0,       1024,       1024,     1024,       39, 0x3b550e8f, F=0x0
0,       2048,       3072,     1024,       38, 0x9b6c0f0b, F=0x0
`;

test("times are those at which frames are shown, not those at which they are stored", () => {
  expect(parsePackets(listing, "clip.mp4")).toEqual({
    width: 64,
    height: 48,
    pixelAspect: 1,
    times: [0, 0.1, 0.2, 0.3, 0.4],
    duration: 0.5,
  });
  expect(parsePackets(listing.replace("sar 0: 1/1", "sar 0: 4/3"), "clip.mp4").pixelAspect).toBe(0.75);
  expect(() => parsePackets("#tb 0: 1/10\n#dimensions 0: 4x4\n", "a.mp4")).toThrow(/no frame of video/);
});

test("a picture that is cut off is none", () => {
  const ppm = Buffer.concat([Buffer.from("P6\n2 1\n255\n"), Buffer.from([1, 2, 3, 10, 13, 32])]);
  expect([...parsePpm(ppm, "a").data]).toEqual([1, 2, 3, 10, 13, 32]);
  expect(() => parsePpm(ppm.subarray(0, 15), "a.mp4, at 0.000 s")).toThrow(/a.mp4, at 0.000 s/);
});

test("containers are told by their first bytes; play lists, which name other files, are none", () => {
  expect(videoFormat(Buffer.from("\0\0\0\x20ftypisom"))).toBe("mov");
  expect(videoFormat(Buffer.from([0x1a, 0x45, 0xdf, 0xa3]))).toBe("matroska");
  expect(videoFormat(Buffer.from("#EXTM3U\nfile:///etc/passwd"))).toBeUndefined();
});

test("without the program the error says what to install, and that cine runs do without it", async () => {
  vi.stubEnv("POLYCLINIC_FFMPEG", join(folder, "no-such-program"));
  const source = diskSource(new URL(import.meta.url).pathname);
  await expect(openVideo(source, "mov", { maxPixels: 1e6 })).rejects.toMatchObject({
    code: "video/no-ffmpeg",
    hint: expect.stringContaining("Cine runs in DICOM need no program"),
  });
});

const ffmpeg = process.env.POLYCLINIC_FFMPEG || "ffmpeg";
const installed = spawnSync(ffmpeg, ["-version"]).status === 0;

test.skipIf(!installed)(
  "every frame is the one of its time, to the pixel, in any order, also from a stream",
  async () => {
    const path = join(folder, "clip.mkv");
    // A frame's grey is its number: lossless, with B frames' order of storage left to the codec.
    const made = spawnSync(ffmpeg, [
      ..."-v error -f lavfi -i".split(" "),
      "color=black:s=64x48:r=10:d=6,format=gray,geq=lum='4*N'",
      ..."-c:v ffv1 -y".split(" "),
      path,
    ]);
    expect(made.stderr.toString()).toBe("");
    const bytes = readFileSync(path);
    const stream = {
      name: "clip.mkv",
      size: bytes.length,
      read: async (at: number, n: number) => bytes.subarray(at, at + n),
    };
    for (const source of [diskSource(path), stream as unknown as ReturnType<typeof diskSource>]) {
      const { video } = await openVideo(source, "matroska", { maxPixels: 1e6 });
      expect([video.times.length, video.times[59], video.duration]).toEqual([60, 5.9, 6]);
      const frames = await video.readFrames([59, 0, 30, 7]);
      expect(frames.map(({ data }) => data[0])).toEqual([236, 0, 120, 28]);
      await video.close();
    }
    const damaged = {
      ...stream,
      size: 3000,
      read: async (at: number, n: number) => bytes.subarray(at, Math.min(3000, at + n)),
    };
    await expect(
      openVideo(damaged as unknown as ReturnType<typeof diskSource>, "mov", { maxPixels: 1e6 }),
    ).rejects.toMatchObject({ code: "video/unreadable" });
  },
);
