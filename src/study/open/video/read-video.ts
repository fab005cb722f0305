/** Video files (MP4, MOV, WebM, MKV, AVI, MPEG) as video parts, with their speech from subtitles. */
import { basename, dirname } from "../../../base/host/path.ts";
import { allBytes, type ByteSource } from "../../../bytes/index.ts";
import type { Limits } from "../../../imaging/types.ts";
import { openVideo } from "../../../imaging/video/ffmpeg.ts";
import type { VideoFormat } from "../../../imaging/video/format.ts";
import type { Part, TextPart, VideoPart } from "../../types.ts";
import { hashOf, labelOf, type OpenStudyOptions, pixelShapeWarnings, type Reading } from "../read-part.ts";
import { utf8 } from "../read-text.ts";
import { readSubtitles } from "./subtitles.ts";

/** @throws PolyclinicError as `openVideo` does. */
export async function readVideoPart(
  source: ByteSource,
  format: VideoFormat,
  { modality, signal }: OpenStudyOptions,
  limits: Limits,
): Promise<Reading> {
  const sha256 = await hashOf([source]);
  const { video, pixelAspect, warnings } = await openVideo(source, format, limits, signal);
  const part: VideoPart = {
    kind: "video",
    label: labelOf(source.name),
    modality: modality ?? "OT",
    origin: { files: [source.name], sha256 },
    warnings: [...warnings, ...pixelShapeWarnings([pixelAspect, 1], source.name)],
    video,
  };
  return { parts: [part], leftOut: [], warnings: [] };
}

/** Maximum size of subtitles, bytes. */
const maxBytes = 16 << 20;

/**
 * Adds subtitles to their video: the one with the same name (`clip.mp4`, `clip.srt`, `clip.en.vtt`), or the only one of
 * the study. Without a video they become a text part if they were named explicitly.
 *
 * @param parts the video among them is replaced.
 * @throws `video/subtitles`, `study/text-encoding`, `limit/bytes`.
 */
export async function addSubtitles(parts: Part[], source: ByteSource, named: boolean): Promise<Reading> {
  const cues = readSubtitles(utf8(await allBytes(source, maxBytes), source.name), source.name);
  const videos = parts.filter((part): part is VideoPart => part.kind === "video");
  const video =
    videos.find(({ origin }) => isOf(source.name, origin.files[0])) ?? (videos.length === 1 ? videos[0] : undefined);
  if (video !== undefined && video.subtitles === undefined) {
    const late = cues.filter(({ from }) => from >= video.video.duration).length;
    const warnings =
      late === 0
        ? []
        : [
            {
              code: "video/late-subtitles",
              message: `${late} of ${cues.length} subtitles begin after the end of the video: are they of another one?`,
              where: source.name,
            },
          ];
    parts[parts.indexOf(video)] = { ...video, subtitles: cues, warnings: [...video.warnings, ...warnings] };
    return { parts: [], leftOut: [], warnings: [] };
  }
  const reason =
    videos.length === 0
      ? "subtitles without a video: to have them read, name the file itself"
      : video === undefined
        ? "subtitles of none of the videos by their name: call them as their video"
        : "second subtitles of one video";
  if (videos.length > 0 || !named) return { parts: [], leftOut: [{ file: source.name, reason }], warnings: [] };
  const part: TextPart = {
    kind: "text",
    label: labelOf(source.name),
    modality: "DOC",
    origin: { files: [source.name], sha256: await hashOf([source]) },
    warnings: [],
    text: cues.map(({ from, to, text }) => `${from.toFixed(1)} s - ${to.toFixed(1)} s: ${text}`).join("\n"),
  };
  return { parts: [part], leftOut: [], warnings: [] };
}

/** `clip.srt` and `clip.en.vtt` belong to `clip.mp4`. */
function isOf(subtitles: string, video: string): boolean {
  if (dirname(subtitles) !== dirname(video)) return false;
  const stem = basename(video).replace(/\.[^.]+$/, "");
  return basename(subtitles).replace(/(?:\.[a-z]{2,3}(?:-[A-Za-z]+)?)?\.[^.]+$/, "") === stem;
}
