/** Polyclinic in one worker: an open model, open studies, and questions about them. Independent of messaging. */
import { PolyclinicError } from "../base/errors.ts";
import type { Work } from "../base/progress.ts";
import { toDicomSr } from "../export/dicom/structured-report.ts";
import type { Image } from "../imaging/types.ts";
import type { Generator } from "../model/contract.ts";
import { manifestOf } from "../study/display/manifest.ts";
import { type Pixels, pixelsOfPart } from "../study/display/pixels.ts";
import { openStudy } from "../study/open/open.ts";
import type { Study } from "../study/types.ts";
import { type Layout, layOut } from "../task/layout.ts";
import type { TaskResult } from "../task/result.ts";
import { run } from "../task/run.ts";
import { examplesOf } from "../task/scope/examples.ts";
import { taskNamed } from "../task/tasks.ts";
import type { Answered, AskOptions, NamedBytes, Picture, StudyInfo } from "./protocol.ts";

interface Held {
  readonly study: Study;
  layout?: Promise<Layout>;
}

export class Session {
  private readonly studies = new Map<number, Held>();
  private next = 1;

  constructor(private readonly model: Generator) {}

  /** Opens the image encoder, so that the first image does not wait for it. */
  async warmUp(): Promise<void> {
    const { imageSize: side } = this.model.limits;
    if (side === undefined) return;
    const blank: Image = {
      kind: "image",
      width: side,
      height: side,
      channels: 3,
      data: new Uint8Array(side * side * 3),
    };
    await this.model.recognise?.(blank).catch(() => undefined);
  }

  /** @throws PolyclinicError as `openStudy` does. */
  async read(files: readonly NamedBytes[], work: Work): Promise<StudyInfo> {
    const study = await openStudy(files, work);
    const id = this.next++;
    this.studies.set(id, { study });
    return {
      id,
      parts: study.parts.map(manifestOf),
      leftOut: study.leftOut.map(({ file, reason }) => ({ file, reason })),
      warnings: [...study.warnings, ...study.parts.flatMap(({ warnings }) => warnings)].map(({ message }) => message),
      examples: examplesOf(this.model, study.parts).examples,
    };
  }

  /** Unwindowed values of a part for display. */
  async pixels(id: number, part: number, index: number): Promise<Pixels> {
    const one = this.held(id).study.parts[part];
    const pixels = one && (await pixelsOfPart(one, index));
    if (pixels !== undefined) return pixels;
    throw new PolyclinicError("web/no-picture", "does not contain the requested image", {
      where: `part ${part}`,
      expected: one === undefined ? `0 to ${this.held(id).study.parts.length - 1}` : "a slice or page of the part",
      found: `${index}${one === undefined ? "" : ` of a ${one.kind}`}`,
    });
  }

  /** The images given to the model, in reading order. */
  async saw(id: number): Promise<readonly Picture[]> {
    const { images } = await this.layoutOf(this.held(id));
    return images.map(({ image, part, index, label }) => ({
      ...shown(image, part, label ?? this.held(id).study.parts[part].label),
      ...(index !== undefined && { index }),
    }));
  }

  async ask(
    id: number,
    { task, options, anyway }: AskOptions,
    work: { readonly signal?: AbortSignal; readonly onText?: (text: string) => void },
  ): Promise<Answered> {
    const began = performance.now();
    const { study } = this.held(id);
    const result = await run(taskNamed(task), study, this.model, { ...options, ...(anyway && { anyway }), ...work });
    return { result, milliseconds: performance.now() - began };
  }

  async sr(id: number, result: TaskResult, at: number): Promise<readonly NamedBytes[]> {
    const { report, captures } = await toDicomSr(result, this.held(id).study, { at: new Date(at) });
    return [
      { name: `${result.task}.sr.dcm`, data: report.bytes },
      ...captures.map(({ bytes }, i) => ({ name: `${result.task}.picture-${i + 1}.dcm`, data: bytes })),
    ];
  }

  async close(id: number): Promise<void> {
    const held = this.studies.get(id);
    this.studies.delete(id);
    await (await held?.layout?.catch(() => undefined))?.close();
    for (const part of held?.study.parts ?? []) if (part.kind === "slide") await part.slide.close();
  }

  private layoutOf(held: Held): Promise<Layout> {
    held.layout ??= layOut(held.study, this.model);
    return held.layout;
  }

  private held(id: number): Held {
    const held = this.studies.get(id);
    if (held !== undefined) return held;
    throw new PolyclinicError("web/no-study", "is not open", {
      where: `study ${id}`,
      expected: "the id of a study that was opened and not closed",
    });
  }
}

const shown = ({ width, height, channels, data }: Image, part: number, label: string): Picture => ({
  part,
  label,
  width,
  height,
  channels,
  data: data.slice(),
});
