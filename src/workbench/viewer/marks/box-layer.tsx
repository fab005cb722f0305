/** Boxes over an image, with handles on the selected one. */
import type { Reader } from "../reader.ts";
import { fromSource, type Shown, sourceSize, toSource } from "../view/shown.ts";
import { apply, invert, type Matrix } from "../view/transform.ts";
import { type Label, placeLabels, type Spot } from "./labels.ts";
import { type Box, moved, tidy } from "./marks.ts";

/** The edges that each handle moves. */
const handles = ["nw", "n", "ne", "e", "se", "s", "sw", "w"] as const;
type Handle = (typeof handles)[number];

export function BoxLayer({ reader, shown, matrix }: { reader: Reader; shown: Shown; matrix: Matrix }) {
  const places = placeLabels(boxLabels(reader, shown, matrix));
  return (
    <>
      {boxesOn(reader, shown).map((box) => (
        <BoxShape key={box.id} box={box} reader={reader} shown={shown} matrix={matrix} label={places.get(box.id)} />
      ))}
    </>
  );
}

/** The boxes on what is shown. */
function boxesOn(reader: Reader, shown: Shown): readonly Box[] {
  if (shown.plane !== undefined && shown.plane.across !== 2) return [];
  const { part } = shown.view.manifest;
  return reader.marks.value.boxes.filter(
    (box) =>
      box.part === part &&
      (shown.at === undefined || box.index === shown.at[0]) &&
      (reader.showModel.value || box.origin !== "model"),
  );
}

/** A box on the screen, CSS pixels. */
function edgesOf(box: Box, shown: Shown, matrix: Matrix) {
  const corners = [
    [box.x0, box.y0],
    [box.x1, box.y1],
  ].map(([x, y]) => apply(matrix, ...fromSource(shown, x, y)));
  const [left, right] = [Math.min(corners[0][0], corners[1][0]), Math.max(corners[0][0], corners[1][0])];
  const [top, bottom] = [Math.min(corners[0][1], corners[1][1]), Math.max(corners[0][1], corners[1][1])];
  return { corners, left, right, top, bottom };
}

/** The labels of the boxes on what is shown: above the box, or below it at the upper edge of the frame. */
export function boxLabels(reader: Reader, shown: Shown, matrix: Matrix): readonly Label[] {
  return boxesOn(reader, shown)
    .filter(({ label }) => label !== "")
    .map((box) => {
      const { left, top, bottom } = edgesOf(box, shown, matrix);
      const [above, below] = [[left + 1, top - 6], [left + 1, bottom + 15]] as const; // biome-ignore format: one line
      return { id: box.id, lines: [box.label], spots: top > 20 ? [above, below] : [below] };
    });
}

interface BoxShapeProps {
  readonly box: Box;
  readonly reader: Reader;
  readonly shown: Shown;
  readonly matrix: Matrix;
  readonly label: Spot | undefined;
}

function BoxShape({ box, reader, shown, matrix, label }: BoxShapeProps) {
  const { corners, left, right, top, bottom } = edgesOf(box, shown, matrix);
  // A value of a laboratory report cannot be moved.
  const fixed = box.id.startsWith("lab:");
  const selected =
    reader.selected.value === box.id || (box.sentence !== undefined && reader.selected.value === box.sentence);
  const [width, height] = sourceSize(shown);
  const sourceAt = (event: PointerEvent, svg: Element) => {
    const { left: x, top: y } = svg.closest(".frame")!.getBoundingClientRect();
    return toSource(shown, ...apply(invert(matrix), event.clientX - x, event.clientY - y));
  };
  const drag = (event: PointerEvent, handle: Handle | "all") => {
    event.stopPropagation();
    event.preventDefault();
    const target = event.currentTarget as Element;
    target.setPointerCapture(event.pointerId);
    reader.selected.value = box.id;
    const start = sourceAt(event, target);
    const before = box;
    // Handles are named by their position on screen; the image below may be rotated.
    const sides = handle === "all" ? undefined : sidesOf(handle, corners);
    const move = (next: PointerEvent) => {
      const [x, y] = sourceAt(next, target);
      const [dx, dy] = [x - start[0], y - start[1]];
      reader.changeBox(box.id, () =>
        sides === undefined
          ? moved(before, dx, dy, width, height)
          : tidy(
              {
                ...before,
                x0: before.x0 + (sides.x0 ? dx : 0),
                x1: before.x1 + (sides.x1 ? dx : 0),
                y0: before.y0 + (sides.y0 ? dy : 0),
                y1: before.y1 + (sides.y1 ? dy : 0),
              },
              width,
              height,
            ),
      );
    };
    const up = () => {
      target.removeEventListener("pointermove", move as EventListener);
      target.removeEventListener("pointerup", up);
    };
    target.addEventListener("pointermove", move as EventListener);
    target.addEventListener("pointerup", up);
  };
  const [midX, midY] = [(left + right) / 2, (top + bottom) / 2];
  const spots: Record<Handle, readonly [number, number]> = {
    nw: [left, top],
    n: [midX, top],
    ne: [right, top],
    e: [right, midY],
    se: [right, bottom],
    s: [midX, bottom],
    sw: [left, bottom],
    w: [left, midY],
  };
  return (
    <g class={`box ${box.origin}${selected ? " selected" : ""}`}>
      <rect
        data-handle="all"
        x={left}
        y={top}
        width={right - left}
        height={bottom - top}
        onPointerDown={fixed ? undefined : (event) => drag(event, "all")}
      />
      {label && (
        <text x={label[0]} y={label[1]}>
          {box.label}
        </text>
      )}
      {selected &&
        !fixed &&
        handles.map((handle) => (
          <rect
            key={handle}
            class="handle"
            data-handle={handle}
            x={spots[handle][0] - 5}
            y={spots[handle][1] - 5}
            width={10}
            height={10}
            style={{ cursor: `${handle}-resize` }}
            onPointerDown={(event) => drag(event, handle)}
          />
        ))}
    </g>
  );
}

function sidesOf(handle: Handle, corners: readonly (readonly [number, number])[]) {
  const [[ax, ay], [bx, by]] = corners;
  const [toLeft, toTop] = [ax <= bx, ay <= by];
  return {
    x0: handle.includes(toLeft ? "w" : "e"),
    x1: handle.includes(toLeft ? "e" : "w"),
    y0: handle.includes(toTop ? "n" : "s"),
    y1: handle.includes(toTop ? "s" : "n"),
  };
}
