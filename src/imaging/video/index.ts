/** Video files: frames with their times. */
export { type OpenedVideo, openVideo } from "./ffmpeg.ts";
export { type VideoFormat, videoFormat } from "./format.ts";
