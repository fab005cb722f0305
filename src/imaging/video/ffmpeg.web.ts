/** The browser's version of `ffmpeg.ts`: a browser cannot start a program. */
import { PolyclinicError } from "../../base/errors.ts";
import type { ByteSource } from "../../bytes/index.ts";
import type { OpenedVideo } from "./ffmpeg.ts";

export type { OpenedVideo } from "./ffmpeg.ts";

/** @throws PolyclinicError `video/no-ffmpeg` always. */
export async function openVideo(source: ByteSource): Promise<OpenedVideo> {
  throw new PolyclinicError("video/no-ffmpeg", "a video file cannot be read in a browser", {
    where: source.name,
    expected: "a cine run in DICOM",
    hint: "Read it with the package in Node, where ffmpeg is installed.",
  });
}
