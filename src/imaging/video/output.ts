/** Parses ffmpeg's output: the packets of a stream (`-f framecrc`), and frames as PPM. */
import { PolyclinicError } from "../../base/errors.ts";
import type { Image } from "../types.ts";

export interface Packets {
  readonly width: number;
  readonly height: number;
  /** Pixel height over width; 1 if the file does not state it. */
  readonly pixelAspect: number;
  /** Start of each frame, seconds, ascending. */
  readonly times: readonly number[];
  /** Seconds. */
  readonly duration: number;
}

/** @throws PolyclinicError `video/no-frames`. */
export function parsePackets(text: string, where: string): Packets {
  const head = (name: string) => new RegExp(`^#${name} 0: (\\S+)$`, "m").exec(text)?.[1];
  const [over, under] = (head("tb") ?? "").split("/").map(Number);
  const [width, height] = (head("dimensions") ?? "").split("x").map(Number);
  const [across, down] = (head("sar") ?? "").split("/").map(Number);
  const shown: { at: number; lasts: number }[] = [];
  for (const [, pts, lasts] of text.matchAll(/^0,\s*[^,\s]+,\s*(-?\d+),\s*(\d+),/gm)) {
    const at = (Number(pts) * over) / under;
    // Packets before 0 are decoded for later ones but not shown.
    if (at >= 0) shown.push({ at, lasts: (Number(lasts) * over) / under });
  }
  shown.sort((a, b) => a.at - b.at);
  const times = shown.map(({ at }) => at).filter((at, i, all) => i === 0 || at > all[i - 1]);
  if (times.length === 0 || !(width > 0 && height > 0) || !Number.isFinite(over / under))
    throw new PolyclinicError("video/no-frames", "holds no frame of video with a time", {
      where,
      expected: "a video stream",
      found: times.length === 0 ? "no packet with a time" : `${width} x ${height} pixels`,
    });
  return {
    width,
    height,
    pixelAspect: across > 0 && down > 0 ? down / across : 1,
    times,
    duration: Math.max(...shown.slice(-8).map(({ at, lasts }) => at + lasts)),
  };
}

/** One binary PPM of 8 bits. @throws PolyclinicError `video/frame` for anything else. */
export function parsePpm(bytes: Uint8Array, where: string): Image {
  const head = /^P6\s(\d+)\s(\d+)\s255\s/.exec(new TextDecoder("latin1").decode(bytes.subarray(0, 64)));
  const [width, height] = [Number(head?.[1]), Number(head?.[2])];
  const from = head?.[0].length ?? 0;
  if (head === null || bytes.length - from !== width * height * 3)
    throw new PolyclinicError("video/frame", "the frame could not be decoded", {
      where,
      expected: head === null ? "one picture" : `${width * height * 3} bytes`,
      found: head === null ? `${bytes.length} bytes of something else` : `${bytes.length - from} bytes`,
      hint: "Check that the file plays at this time; it may be damaged.",
    });
  return { kind: "image", width, height, channels: 3, data: bytes.slice(from) };
}
