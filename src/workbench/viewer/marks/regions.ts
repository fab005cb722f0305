/**
 * Outlines: drawn by a pointer, freehand by dragging or vertex by vertex by clicks, or placed and shaped by keyboard.
 * The outline being drawn is the reader's `sketch`; it becomes a mark when it is closed.
 */
import { batch } from "@preact/signals";
import { simplified } from "../../../study/display/measures.ts";
import type { Reader } from "../reader.ts";
import type { Shown } from "../view/shown.ts";
import { type Measure, newId } from "./marks.ts";

type Point = readonly [x: number, y: number];

/** A click this near to the first vertex closes the outline, CSS pixels. */
const near = 9;
/** As many vertices as a report stores. */
const maxVertices = 2_000;

const placeOf = (shown: Shown) => ({
  part: shown.view.manifest.part,
  ...(shown.at && { index: shown.at[0] }),
  ...(shown.plane && { across: shown.plane.across }),
});

const samePlace = (one: Measure, shown: Shown): boolean => {
  const { part, index, across } = placeOf(shown) as Partial<Measure>;
  return one.part === part && one.index === index && one.across === across;
};

export interface Stroke {
  to(point: Point, moved: boolean): void;
  end(): void;
}

/**
 * @param point where the pointer was pressed, in the shown image.
 * @param pixel length of a CSS pixel in the shown image.
 */
export function beginRegion(reader: Reader, shown: Shown, point: Point, pixel: number): Stroke {
  const open = reader.sketch.peek();
  const sketch = open !== undefined && samePlace(open, shown) ? open : undefined;
  const drawn: Point[] = [point];
  const put = (points: readonly Point[]) => {
    reader.sketch.value = { id: sketch?.id ?? newId(), kind: "region", ...placeOf(shown), points };
  };
  let freehand = false;
  return {
    to(next, moved) {
      freehand ||= moved;
      if (!freehand || drawn.length >= 20 * maxVertices) return;
      drawn.push(next);
      put([...(sketch?.points ?? []), ...drawn]);
    },
    end() {
      const before = sketch?.points ?? [];
      if (freehand) {
        put([...before, ...simplified(drawn, 0.6 * pixel)].slice(0, maxVertices));
        // A stroke alone is a whole outline; one that continues clicks is a part of it.
        if (sketch === undefined) closeRegion(reader);
        return;
      }
      const close = (to: Point | undefined) =>
        to !== undefined && Math.hypot(to[0] - point[0], to[1] - point[1]) <= near * pixel;
      if (before.length >= 3 && (close(before[0]) || close(before.at(-1)))) closeRegion(reader);
      else if (!close(before.at(-1)) && before.length < maxVertices) put([...before, point]);
    },
  };
}

/** The sketch becomes a mark; one of fewer than three vertices encloses nothing and is dropped. */
export function closeRegion(reader: Reader): void {
  const sketch = reader.sketch.peek();
  batch(() => {
    reader.sketch.value = undefined;
    if (sketch === undefined || sketch.points.length < 3) return;
    reader.putMeasure(sketch);
    reader.selected.value = sketch.id;
  });
}

/** An octagon over a quarter of what is shown, to be moved and shaped by keyboard. */
export function addRegion(reader: Reader, shown: Shown, seen: readonly [number, number, number, number]): void {
  const [left, top, right, bottom] = seen;
  const points = Array.from({ length: 8 }, (_, i): Point => {
    const angle = ((i + 0.5) / 8) * 2 * Math.PI;
    const [x, y] = [(left + right) / 2, (top + bottom) / 2];
    return [Math.round(x + ((right - left) / 8) * Math.cos(angle)), Math.round(y + ((bottom - top) / 8) * Math.sin(angle))]; // biome-ignore format: one line
  });
  const region: Measure = { id: newId(), kind: "region", ...placeOf(shown), points };
  batch(() => {
    reader.putMeasure(region);
    reader.selected.value = region.id;
    reader.vertex.value = undefined;
  });
}

export const selectedMeasure = (reader: Reader): Measure | undefined =>
  [...reader.marks.peek().measures, ...reader.passing.peek()].find(({ id }) => id === reader.selected.peek());

/** Moves the chosen vertex, or the whole measurement. */
export function moveSelected(reader: Reader, dx: number, dy: number): boolean {
  const measure = selectedMeasure(reader);
  if (measure === undefined) return false;
  const vertex = reader.vertex.peek();
  reader.putMeasure({
    ...measure,
    points: measure.points.map(
      ([x, y], i): Point => (vertex === undefined || vertex === i ? [x + dx, y + dy] : [x, y]),
    ),
  });
  return true;
}

/** Chooses the next or previous vertex of the selected region, or none after the last. */
export function stepVertex(reader: Reader, by: 1 | -1): void {
  const measure = selectedMeasure(reader);
  if (measure?.kind !== "region") return;
  const count = measure.points.length + 1;
  const at = ((reader.vertex.peek() ?? measure.points.length) + by + count) % count;
  reader.vertex.value = at === measure.points.length ? undefined : at;
}

/** A vertex in the middle of the edge that follows the chosen one; it is chosen. */
export function insertVertex(reader: Reader, after = reader.vertex.peek()): void {
  const measure = selectedMeasure(reader);
  if (measure?.kind !== "region" || after === undefined || measure.points.length >= maxVertices) return;
  const [[ax, ay], [bx, by]] = [measure.points[after], measure.points[(after + 1) % measure.points.length]];
  const points = [...measure.points];
  points.splice(after + 1, 0, [(ax + bx) / 2, (ay + by) / 2]);
  batch(() => {
    reader.putMeasure({ ...measure, points });
    reader.vertex.value = after + 1;
  });
}

/** @returns false if there is no chosen vertex, or if the outline would have fewer than three. */
export function removeVertex(reader: Reader): boolean {
  const measure = selectedMeasure(reader);
  const vertex = reader.vertex.peek();
  if (measure?.kind !== "region" || vertex === undefined || measure.points.length <= 3) return false;
  batch(() => {
    reader.putMeasure({ ...measure, points: measure.points.filter((_, i) => i !== vertex) });
    reader.vertex.value = undefined;
  });
  return true;
}
