/**
 * Pointer interaction as in radiology viewers: the left button uses the selected tool, the middle one pans, the right
 * one zooms, the wheel scrolls through slices. Two fingers zoom and pan; one finger uses the tool.
 */
import { voxelOf } from "../../../study/display/planes.ts";
import { Drawing, type Drawn } from "../marks/drawing.ts";
import type { Frame, Reader, Tool } from "../reader.ts";
import { patientAt, type Shown } from "./shown.ts";
import { apply, invert, type Matrix, zoomedAt } from "./transform.ts";

export interface FrameGeometry {
  readonly element: HTMLElement;
  readonly width: number;
  readonly height: number;
  readonly shown: () => Shown | undefined;
  /** Image to CSS pixels of the frame. */
  readonly matrix: () => Matrix | undefined;
}

type Drag = (dx: number, dy: number, x: number, y: number) => void;

/** @param hover called with the pointer's position in the frame, or when it leaves. @returns removes the listeners. */
export function listen(
  reader: Reader,
  frame: Frame,
  geometry: FrameGeometry,
  hover: (at?: readonly [number, number]) => void,
): () => void {
  const { element } = geometry;
  let drag: Drag | undefined;
  let drawn: Drawn | undefined;
  let last: readonly [number, number] = [0, 0];
  let began: readonly [number, number] = [0, 0];
  const fingers = new Map<number, readonly [number, number]>();
  const placeOf = (event: MouseEvent): readonly [number, number] => {
    const { left, top } = element.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  };
  const pictureAt = (x: number, y: number): readonly [number, number] | undefined => {
    const matrix = geometry.matrix();
    return matrix && apply(invert(matrix), x, y);
  };

  const drawing = new Drawing(reader, pictureAt);

  const begin = (tool: Tool, x: number, y: number): Drag | undefined => {
    const shown = geometry.shown();
    if (shown === undefined) return undefined;
    switch (tool) {
      case "pan":
        return (dx, dy) => {
          const place = frame.place.peek();
          frame.place.value = { ...place, x: place.x + dx, y: place.y + dy };
        };
      case "zoom":
        return (_dx, dy) => {
          frame.place.value = zoomedAt(
            frame.place.peek(),
            Math.exp(-dy / 200),
            began[0],
            began[1],
            geometry.width,
            geometry.height,
          );
        };
      case "window": {
        const { view } = shown;
        // Dragging across the frame changes the window by its current width, so the gesture suits any value range.
        const start = shown.window;
        const step = Math.max(start.width, 1e-6) / 400;
        return (dx, dy) => {
          const window = view.window.peek() ?? start;
          view.window.value = {
            width: Math.max(step, window.width + dx * step * 2),
            center: window.center + dy * step * 2,
          };
        };
      }
      case "cross": {
        const move: Drag = (_dx, _dy, px, py) => {
          const at = pictureAt(px, py);
          const now = geometry.shown();
          const volume = now?.view.volume;
          if (at === undefined || volume === undefined || now?.plane === undefined) return;
          volume.lookAt(voxelOf(now.plane, volume.shape, now.at![0], at[0] - 0.5, at[1] - 0.5));
          reader.together.follow(frame);
        };
        move(0, 0, x, y);
        return move;
      }
      default: {
        drawn = drawing.begin(tool, shown, x, y);
        return drawn && ((_dx, _dy, px, py) => drawn?.to(px, py));
      }
    }
  };

  const down = (event: PointerEvent) => {
    if ((event.target as Element).closest("[data-handle]") !== null) return;
    reader.active.value = reader.frames.peek().indexOf(frame);
    element.focus({ preventScroll: true });
    element.setPointerCapture(event.pointerId);
    began = last = placeOf(event);
    fingers.set(event.pointerId, last);
    if (fingers.size > 1) {
      drag = drawn = undefined;
      return;
    }
    const tool: Tool = event.button === 1 ? "pan" : event.button === 2 ? "zoom" : reader.tool.peek();
    if (event.button === 0) reader.selected.value = undefined;
    drag = begin(tool, ...began);
    event.preventDefault();
  };
  const move = (event: PointerEvent) => {
    const at = placeOf(event);
    hover(at);
    if (fingers.size === 2 && fingers.has(event.pointerId)) {
      const [other] = [...fingers].filter(([id]) => id !== event.pointerId).map(([, place]) => place);
      const before = fingers.get(event.pointerId)!;
      const factor =
        Math.hypot(at[0] - other[0], at[1] - other[1]) /
        Math.max(1, Math.hypot(before[0] - other[0], before[1] - other[1]));
      const zoomed = zoomedAt(
        frame.place.peek(),
        factor,
        (at[0] + other[0]) / 2,
        (at[1] + other[1]) / 2,
        geometry.width,
        geometry.height,
      );
      frame.place.value = { ...zoomed, x: zoomed.x + (at[0] - before[0]) / 2, y: zoomed.y + (at[1] - before[1]) / 2 };
      fingers.set(event.pointerId, at);
      return;
    }
    if (drag !== undefined) drag(at[0] - last[0], at[1] - last[1], ...at);
    last = at;
  };
  const up = (event: PointerEvent) => {
    fingers.delete(event.pointerId);
    if (event.type === "pointerup") drawn?.end?.();
    drag = drawn = undefined;
  };
  let wheeled = 0;
  const wheel = (event: WheelEvent) => {
    event.preventDefault();
    reader.active.value = reader.frames.peek().indexOf(frame);
    const shown = geometry.shown();
    if (event.ctrlKey || shown?.at === undefined) {
      frame.place.value = zoomedAt(
        frame.place.peek(),
        Math.exp(-event.deltaY / 300),
        ...placeOf(event),
        geometry.width,
        geometry.height,
      );
      return;
    }
    // Trackpads send many small steps, wheels few large ones.
    wheeled += event.deltaMode === 0 ? event.deltaY / 40 : event.deltaY;
    const steps = Math.trunc(wheeled);
    if (steps === 0) return;
    wheeled -= steps;
    reader.step(Math.abs(steps) > 3 ? Math.sign(steps) : steps);
  };
  const leave = () => hover();
  const none = (event: Event) => event.preventDefault();
  element.addEventListener("pointerdown", down);
  element.addEventListener("pointermove", move);
  element.addEventListener("pointerup", up);
  element.addEventListener("pointercancel", up);
  element.addEventListener("pointerleave", leave);
  element.addEventListener("wheel", wheel, { passive: false });
  element.addEventListener("contextmenu", none);
  return () => {
    element.removeEventListener("pointerdown", down);
    element.removeEventListener("pointermove", move);
    element.removeEventListener("pointerup", up);
    element.removeEventListener("pointercancel", up);
    element.removeEventListener("pointerleave", leave);
    element.removeEventListener("wheel", wheel);
    element.removeEventListener("contextmenu", none);
  };
}

/** The value and position under the pointer as text. */
export function probeWords(shown: Shown, matrix: Matrix, x: number, y: number): string {
  const [u, v] = apply(invert(matrix), x, y);
  const { slice } = shown;
  const tile = shown.by > 1 ? shown.view.detail?.at(u, v) : undefined;
  if (tile !== undefined) return valueWords(tile.values, shown.unit);
  const [px, py] = [Math.floor(u / shown.by), Math.floor(v / shown.by)];
  if (px < 0 || py < 0 || px >= slice.width || py >= slice.height) return "";
  const values = Array.from(
    { length: slice.channels },
    (_, c) => slice.data[(py * slice.width + px) * slice.channels + c],
  );
  const patient = patientAt(shown, u, v);
  return [valueWords(values, shown.unit), patient && `${patient.map((mm) => mm.toFixed(1)).join(", ")} mm`]
    .filter(Boolean)
    .join("   ");
}

const valueWords = (values: readonly number[], unit: string): string =>
  `${values.map((one) => (Number.isInteger(one) ? String(one) : one.toFixed(2))).join(" ")} ${unit}`.trim();
