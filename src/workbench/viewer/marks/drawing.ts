/** Drawing boxes and measurements with a pointer, on images and slides. */
import { batch } from "@preact/signals";
import { tell } from "../../controls/toasts.tsx";
import { words } from "../../words/en.ts";
import type { Reader, Tool } from "../reader.ts";
import { type Shown, sourceSize, toSource } from "../view/shown.ts";
import { type Box, type Measure, type MeasureKind, newId, tidy } from "./marks.ts";
import { beginRegion } from "./regions.ts";

const points: Readonly<Record<Exclude<MeasureKind, "region">, number>> = { length: 2, angle: 3, ellipse: 2 };

/** What is drawn while the pointer is down; positions are CSS pixels of the frame. */
export interface Drawn {
  to(x: number, y: number): void;
  end?(): void;
}

/** Pointer movements shorter than these draw nothing, CSS pixels. */
const least = { box: 4, measure: 3 };

export const isDrawing = (tool: Tool): tool is MeasureKind | "box" =>
  tool === "box" || tool === "region" || tool in points;

export class Drawing {
  /** The second leg of an angle follows the pointer between clicks. */
  private open: Measure | undefined;

  constructor(
    private readonly reader: Reader,
    /** Position in the shown image of a position in the frame. */
    private readonly pictureAt: (x: number, y: number) => readonly [number, number] | undefined,
  ) {}

  /** @returns undefined where nothing can be drawn. */
  begin(tool: MeasureKind | "box", shown: Shown, x: number, y: number): Drawn | undefined {
    // Measurements are made in the pixels that are shown: not in those of a small image that is about to be replaced.
    if (shown.slice.averaged !== undefined && shown.by === 1) return undefined;
    if (tool === "region") return this.beginRegion(shown, x, y);
    const to = tool === "box" ? this.beginBox(shown, x, y) : this.beginMeasure(tool, shown, x, y);
    return to && { to };
  }

  private beginRegion(shown: Shown, x: number, y: number): Drawn | undefined {
    const [at, beside] = [this.pictureAt(x, y), this.pictureAt(x + 1, y)];
    if (at === undefined || beside === undefined) return undefined;
    const stroke = beginRegion(this.reader, shown, at, Math.hypot(beside[0] - at[0], beside[1] - at[1]));
    return {
      to: (px, py) => {
        const next = this.pictureAt(px, py);
        if (next !== undefined) stroke.to(next, Math.hypot(px - x, py - y) >= least.measure);
      },
      end: () => stroke.end(),
    };
  }

  private beginBox(shown: Shown, x: number, y: number): Drawn["to"] | undefined {
    const { reader } = this;
    const at = this.pictureAt(x, y);
    const { manifest } = shown.view;
    if (at === undefined || (shown.plane !== undefined && shown.plane.across !== 2)) return undefined;
    if (reader.priors.of(manifest.part) !== undefined) {
      tell(words.viewer.priors.noBox);
      return undefined;
    }
    const [x0, y0] = toSource(shown, ...at);
    const [width, height] = sourceSize(shown);
    const id = newId();
    const box: Box = {
      id,
      part: manifest.part,
      ...(shown.at && { index: shown.at[0] }),
      x0,
      y0,
      x1: x0,
      y1: y0,
      label: "",
      origin: "person",
    };
    let added = false;
    return (px, py) => {
      const end = this.pictureAt(px, py);
      if (end === undefined || Math.hypot(px - x, py - y) < least.box) return;
      const [x1, y1] = toSource(shown, ...end);
      const drawn = tidy({ ...box, x1, y1 }, width, height);
      batch(() => {
        if (added) reader.changeBox(id, (now) => ({ ...now, ...drawn, label: now.label }));
        else {
          reader.marks.value = { ...reader.marks.peek(), boxes: [...reader.marks.peek().boxes, drawn] };
          reader.selected.value = id;
        }
        added = true;
      });
    };
  }

  private beginMeasure(
    kind: Exclude<MeasureKind, "region">,
    shown: Shown,
    x: number,
    y: number,
  ): Drawn["to"] | undefined {
    const at = this.pictureAt(x, y);
    if (at === undefined) return undefined;
    const start = this.open ?? {
      id: newId(),
      kind,
      part: shown.view.manifest.part,
      ...(shown.at && { index: shown.at[0] }),
      ...(shown.plane && { across: shown.plane.across }),
      points: [at],
    };
    this.open = undefined;
    const fixed = start.points;
    return (px, py) => {
      const end = this.pictureAt(px, py);
      if (end === undefined || Math.hypot(px - x, py - y) < least.measure) return;
      const measure = { ...start, points: [...fixed, end] };
      this.reader.putMeasure(
        measure.points.length < points[kind] ? { ...measure, points: [...measure.points, end] } : measure,
      );
      this.reader.selected.value = start.id;
      this.open = measure.points.length < points[kind] ? measure : undefined;
    };
  }
}
