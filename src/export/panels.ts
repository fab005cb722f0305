/** Selects the source images of an overlay: images, pages and thumbnails whole, and the key slices of volumes. */
import type { Image } from "../imaging/types.ts";
import { picturedPart } from "../study/study.ts";
import type { Box, Study } from "../study/types.ts";
import type { LocatedBox, TaskResult } from "../task/result.ts";
import { type ShownVolume, showPart, showVolume } from "./display.ts";
import { statementsOf } from "./statements.ts";

export interface PanelBox {
  readonly label: string;
  /** In pixels of the panel's image. */
  readonly box: Box;
}

export interface Panel {
  readonly image: Image;
  /** Height over width of one pixel. */
  readonly aspect: number;
  readonly caption: string;
  readonly boxes: readonly PanelBox[];
}

/** Maximum number of slices or pages per part: those with boxes, otherwise evenly spaced over what the model saw. */
const keyImages = 12;

export async function panelsOf(result: TaskResult, study: Study): Promise<Panel[]> {
  const { regions } = statementsOf(result);
  const panels: Panel[] = [];
  for (const number of [...new Set(result.saw.images.map(({ part }) => part))]) {
    const part = picturedPart(study, number);
    const seen = result.saw.images.filter((image) => image.part === number);
    const found = regions.filter((region) => region.part === number);
    const several = part.kind === "volume" || part.kind === "document";
    const indices = several
      ? keyIndices(
          seen.map(({ index = 0 }) => index),
          found.map(({ index = 0 }) => index),
        )
      : [0];
    const volume =
      part.kind === "volume"
        ? showVolume(
            part,
            seen.some((image) => image.reformatted),
          )
        : undefined;
    for (const index of indices) {
      const boxes = several ? found.filter((region) => (region.index ?? 0) === index) : found;
      if (part.kind === "volume") panels.push(slicePanel(volume!, part.label, index, boxes));
      else {
        const { image, place, aspect } = await showPart(part, index);
        const caption = several ? `${part.label}, page ${index + 1}` : part.label;
        panels.push({ image, aspect, caption, boxes: boxes.map((one) => placed(one, place)) });
      }
    }
  }
  return panels;
}

function slicePanel(volume: ShownVolume, label: string, slice: number, boxes: readonly LocatedBox[]): Panel {
  const { width, height, aspect } = volume;
  const data = volume.pixels(volume.indexOf(slice));
  return {
    image: { kind: "image", width, height, channels: 1, data },
    aspect,
    caption: `${label}, slice ${slice + 1}`,
    boxes: boxes.map((one) => placed(one, (x, y) => volume.place(x, y, slice))),
  };
}

function placed({ label, box }: LocatedBox, place: (x: number, y: number) => readonly [number, number]): PanelBox {
  const [[ax, ay], [bx, by]] = [place(box.x0, box.y0), place(box.x1, box.y1)];
  return {
    label,
    box: { x0: Math.min(ax, bx), y0: Math.min(ay, by), x1: Math.max(ax, bx), y1: Math.max(ay, by) },
  };
}

function keyIndices(seen: readonly number[], found: readonly number[]): number[] {
  const chosen = [...new Set(found)];
  if (chosen.length > 0) return chosen.sort((a, b) => a - b);
  const all = [...new Set(seen)].sort((a, b) => a - b);
  if (all.length <= keyImages) return all;
  return Array.from({ length: keyImages }, (_, i) => all[Math.round((i * (all.length - 1)) / (keyImages - 1))]);
}
