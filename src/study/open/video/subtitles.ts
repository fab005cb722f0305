/** Subtitles: SubRip (SRT) and WebVTT as cues with times in seconds; formatting is removed. */
import { PolyclinicError } from "../../../base/errors.ts";
import type { Cue } from "../../types.ts";

const time = String.raw`(?:(\d{1,3}):)?([0-5]?\d):([0-5]?\d)[.,](\d{3})`;
const timing = new RegExp(`^\\s*${time}\\s+-->\\s+${time}`);

/** @param head the beginning of a text. */
export function isSubtitles(head: string): boolean {
  const text = head.replace(/^\ufeff/, "").trimStart();
  if (/^WEBVTT(?:[ \t].*)?(?:\r?\n|$)/.test(text)) return true;
  const [number = "", times = ""] = text.split(/\r?\n/, 2);
  return /^\d+\s*$/.test(number) && timing.test(times);
}

/**
 * @returns cues in order of their start; styles, notes and settings are ignored.
 * @throws PolyclinicError `video/subtitles` for a cue that ends before it begins, or a file without cues.
 */
export function readSubtitles(text: string, where: string): Cue[] {
  const cues: Cue[] = [];
  for (const block of text
    .replace(/^\ufeff/, "")
    .replace(/\r\n?/g, "\n")
    .split(/\n[ \t]*\n+/)) {
    const lines = block.split("\n");
    const at = lines.findIndex((line) => timing.test(line));
    // A note or style of WebVTT can contain anything; a cue has its times in the first or second line.
    if (at < 0 || at > 1 || /^(?:NOTE|STYLE|REGION)\b/.test(lines[0])) continue;
    const [, ...parts] = timing.exec(lines[at])!;
    const seconds = (of: readonly (string | undefined)[]) =>
      Number(of[0] ?? 0) * 3600 + Number(of[1]) * 60 + Number(of[2]) + Number(of[3]) / 1000;
    const [from, to] = [seconds(parts.slice(0, 4)), seconds(parts.slice(4))];
    if (to < from)
      throw new PolyclinicError("video/subtitles", "a subtitle ends before it begins", {
        where,
        found: lines[at].trim(),
        expected: "start --> end",
      });
    const text = plain(lines.slice(at + 1).join(" "));
    if (text !== "") cues.push({ from, to, text });
  }
  if (cues.length === 0)
    throw new PolyclinicError("video/subtitles", "holds no subtitles", {
      where,
      expected: "cues with times and words",
    });
  return cues.sort((a, b) => a.from - b.from);
}

const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", nbsp: " ", lrm: "", rlm: "" };

/** Removes tags (`<i>`, `<v Speaker>`) and SubStation overrides (`{\an8}`). A speaker's name is kept. */
function plain(text: string): string {
  return text
    .replace(/<v(?:\.[^ >]*)?\s+([^>]{1,80})>/g, "$1: ")
    .replace(/<[^>\n]{0,80}>/g, "")
    .replace(/\{\\[^}\n]{0,80}\}/g, "")
    .replace(/&(amp|lt|gt|nbsp|lrm|rlm);/g, (_, name: string) => entities[name])
    .replace(/\s+/g, " ")
    .trim();
}
