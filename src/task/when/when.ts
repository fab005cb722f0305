/** The `when` task: at what time something happens in a video, as a span in seconds. */
import { whenPrompt } from "../../prompts/index.ts";
import type { VideoPart } from "../../study/types.ts";
import { defineTask, type Parsed } from "../define.ts";
import type { Layout } from "../layout.ts";
import { findFinalAnswer } from "../parse/final-answer.ts";
import { parseSpan, type TimeSpan } from "../parse/span.ts";
import { sentences, statementsWith } from "../statements.ts";

export interface WhenRequest {
  /** `the clip is placed`: completes the question "When does this happen: ...?". */
  event: string;
}

export interface WhenAnswer {
  readonly event: string;
  /** Seconds from the start of the video; absent if the model says that it does not happen. */
  readonly span?: TimeSpan;
  /** Seconds between the frames that the model saw, which limits the precision of the span. */
  readonly step?: number;
  /** Index of the video among the parts. */
  readonly part: number;
  readonly reasoning?: string;
}

export const whenTask = defineTask<WhenRequest, WhenAnswer, "when">({
  name: "when",
  summary: "say when something happens in a video",
  description:
    "say when something happens in a video (a cine run in DICOM, or an MP4 where ffmpeg is installed), as a span of time",
  example: 'samples/cine.dcm "the disc is bright" --model http://localhost:8000/v1',
  options: {
    event: { kind: "text", required: true, last: "what happens", placeholder: "text", help: "what happens" },
  },
  needs: { parts: ["video"] },
  answerTokens: 500,
  render: ({ form }, { event }) => ({ prompts: [whenPrompt(event, form)] }),
  parse: ({ texts: [text] }, { event }, layout) => parseWhen(text, event, layout),
  key: ({ span }) => (span === undefined ? "none" : `${span.from}-${span.to}`),
  answerSchema: (z) =>
    z.looseObject({
      event: z.string(),
      span: z
        .looseObject({ from: z.number().nonnegative(), to: z.number().nonnegative() })
        .optional()
        .describe("seconds from the start of the video; absent if it does not happen"),
      step: z.number().positive().optional().describe("seconds between the frames that were seen"),
      part: z.int().nonnegative(),
      reasoning: z.string().optional(),
    }),
  text: ({ span, step }) =>
    span === undefined ? "not seen" : `${seconds(span.from)} to ${seconds(span.to)}${known(step)}`,
  statements({ event, span, step, reasoning }) {
    const summary =
      span === undefined
        ? `${event}: not seen`
        : `${event}: ${seconds(span.from)} to ${seconds(span.to)}${known(step)}`;
    return statementsWith({ findings: [{ text: summary }, ...sentences(reasoning)], summary });
  },
});

const seconds = (time: number) => `${Number(time.toFixed(3))} s`;
const known = (step: number | undefined) => (step === undefined ? "" : ` (frames ${seconds(step)} apart)`);

/** Parses a span from a text, as `when` does; it is clipped to the video, which is reported. */
export function parseWhen(text: string, event: string, { items, images, study }: Layout): Parsed<WhenAnswer> {
  const part = items.find((item) => study.parts[item.part].kind === "video")?.part;
  if (part === undefined) return { problems: ["no video was shown"] };
  const final = findFinalAnswer(text);
  const line = final?.line ?? (text.includes("\n") ? undefined : text.trim());
  if (line === undefined) return { problems: ["no final answer with a span of time"] };
  const read = parseSpan(line);
  const reasoning = final === undefined || final.reasoning === "" ? {} : { reasoning: final.reasoning };
  if (read === "none") return { answer: { event, part, ...reasoning }, problems: [] };
  if ("why" in read) return { problems: [read.why] };
  const { duration } = (study.parts[part] as VideoPart).video;
  if (read.from >= duration) return { problems: [`the span begins after the video's end at ${seconds(duration)}`] };
  const span = { from: read.from, to: Math.min(read.to, duration) };
  const times = images.flatMap((item) => (item.part === part && item.time !== undefined ? [item.time] : []));
  const step = times.length < 2 ? {} : { step: round((times[times.length - 1] - times[0]) / (times.length - 1)) };
  // The last frame lasts until the end, so an answer may name its rounded label.
  const problems =
    read.to > duration + 1 ? [`the span reaches beyond the video's end: cut to ${seconds(duration)}`] : [];
  return { answer: { event, span, ...step, part, ...reasoning }, problems };
}

const round = (value: number) => Number(value.toFixed(6));
