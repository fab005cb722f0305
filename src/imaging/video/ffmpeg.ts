/**
 * Reads video files with the system's ffmpeg, which is not part of this package; `ffmpeg.web.ts` is the browser's
 * version. Packets are listed without decoding, and each frame is decoded on demand, so that an hour of video opens in
 * seconds and in little memory.
 */
import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { PolyclinicError, throwIfAborted } from "../../base/errors.ts";
import { type ByteSource, chunksOf } from "../../bytes/index.ts";
import type { Limits, Video, Warning } from "../types.ts";
import type { VideoFormat } from "./format.ts";
import { parsePackets, parsePpm } from "./output.ts";

export interface OpenedVideo {
  readonly video: Video;
  /** Pixel height over width. */
  readonly pixelAspect: number;
  readonly warnings: readonly Warning[];
}

/** The program; the environment variable can name another one. */
const program = () => process.env.POLYCLINIC_FFMPEG || "ffmpeg";

/** A listing or a frame that takes longer means a damaged file. */
const maxSeconds = 300;
/** A packet takes a line of about 60 bytes: enough for a day of video at 60 frames per second. */
const maxListingBytes = 1 << 29;

/**
 * @param source a file that is not on disk (an upload, an archive) is copied to the system's temporary folder until the
 * video is closed.
 * @throws PolyclinicError `video/no-ffmpeg` when the program is not installed; `video/unreadable`, `video/no-frames`;
 * `limit/pixels`.
 */
export async function openVideo(
  source: ByteSource,
  format: VideoFormat,
  limits: Pick<Limits, "maxPixels">,
  signal?: AbortSignal,
): Promise<OpenedVideo> {
  const where = source.name;
  const { path, remove } = await onDisk(source);
  try {
    // Only this demuxer and only local files, so that no file can refer to another one.
    const input = ["-protocol_whitelist", "file", "-f", format];
    const file = ["-i", `file:${path}`, "-map", "0:v:0"];
    const listing = await ffmpeg([...input, ...file, "-c", "copy", "-f", "framecrc", "pipe:1"], where, {
      signal,
      most: maxListingBytes,
    });
    const { times, duration, pixelAspect } = parsePackets(new TextDecoder().decode(listing), where);
    const most = limits.maxPixels * 3 + 64;
    const frame = async (index: number, stop?: AbortSignal) => {
      // Seeks to the middle of the preceding gap: the first frame at or after that time is this one.
      const from = index === 0 ? 0 : (times[index - 1] + times[index]) / 2;
      const seek = from > 0 ? ["-ss", from.toFixed(6)] : [];
      const decode = ["-frames:v", "1", "-c:v", "ppm", "-pix_fmt", "rgb24", "-f", "image2pipe", "pipe:1"];
      const message = `${where}, at ${times[index].toFixed(3)} s`;
      return parsePpm(await ffmpeg([...input, ...seek, ...file, ...decode], message, { signal: stop, most }), message);
    };
    // A rotation in the header is applied to frames but not to the listing.
    const { width, height } = await frame(0, signal);
    const video: Video = {
      kind: "video",
      width,
      height,
      times,
      duration,
      async readFrames(indices, stop) {
        const images = [];
        for (const index of indices) images.push(await frame(index, stop));
        return images;
      },
      close: remove,
    };
    return { video, pixelAspect, warnings: [] };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function onDisk(source: ByteSource): Promise<{ path: string; remove: () => Promise<void> }> {
  if (source.path !== undefined) return { path: source.path, remove: async () => {} };
  const folder = await mkdtemp(join(tmpdir(), "polyclinic-video-"));
  const remove = () => rm(folder, { recursive: true, force: true });
  const path = join(folder, "video");
  try {
    await pipeline(Readable.from(chunksOf(source)), createWriteStream(path, { mode: 0o600 }));
  } catch (error) {
    await remove();
    throw error;
  }
  return { path, remove };
}

/** Runs the program to its end and returns its output. */
async function ffmpeg(
  args: readonly string[],
  where: string,
  { signal, most }: { signal?: AbortSignal; most: number },
): Promise<Uint8Array> {
  throwIfAborted(signal);
  const child = spawn(program(), ["-v", "error", "-nostdin", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    windowsHide: true,
  });
  const stop = () => child.kill("SIGKILL");
  const timer = setTimeout(stop, maxSeconds * 1000);
  signal?.addEventListener("abort", stop);
  const chunks: Buffer[] = [];
  let size = 0;
  let message = "";
  child.stdout.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size > most) stop();
    else chunks.push(chunk);
  });
  child.stderr.on("data", (chunk: Buffer) => {
    if (message.length < 2000) message += chunk.toString();
  });
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", resolve);
    });
    throwIfAborted(signal);
    if (size > most)
      throw new PolyclinicError("limit/pixels", "the frames are too large", {
        where,
        expected: `at most ${most} bytes`,
      });
    if (code === 0 && size > 0) return Buffer.concat(chunks);
    throw new PolyclinicError("video/unreadable", "could not be read as a video", {
      where,
      found: message.trim().split("\n").at(-1)?.slice(0, 300) || (code === null ? "it took too long" : "no frame"),
      hint: "Check that it plays; convert it to MP4 (H.264) if it does.",
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new PolyclinicError(
      "video/no-ffmpeg",
      "reading a video file needs the program ffmpeg, which is not installed",
      {
        where,
        expected: `a program called ${program()}`,
        hint: "Install ffmpeg (ffmpeg.org, or the system's packages), or name it in the environment variable POLYCLINIC_FFMPEG. Cine runs in DICOM need no program.",
        cause: error as Error,
      },
    );
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
}
