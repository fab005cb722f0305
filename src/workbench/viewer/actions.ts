/** All viewer actions with their keys, which are OHIF's where it has them. */
import type { Action } from "../app/keys.ts";
import { tell } from "../controls/toasts.tsx";
import { words } from "../words/en.ts";
import { type Box, moved, newId, tidy } from "./marks/marks.ts";
import { addRegion, closeRegion, insertVertex, moveSelected, removeVertex, stepVertex } from "./marks/regions.ts";
import type { Reader, Tool } from "./reader.ts";
import { shownBy, sourceSize } from "./view/shown.ts";
import { fitScale, fitted, type Placement, zoomedAt } from "./view/transform.ts";
import { ctPresets, spanOf, windowOf } from "./windows.ts";

const toolKeys: Readonly<Record<Tool, string>> = {
  window: "w",
  pan: "p",
  zoom: "z",
  cross: "g",
  length: "m",
  angle: "n",
  ellipse: "o",
  region: "Shift+g",
  box: "b",
};

export const keyOfTool = (tool: Tool): string => toolKeys[tool];

export function viewerActions(reader: Reader): Action[] {
  const { actions } = words.viewer;
  const place = (change: (now: Placement) => Placement) => () => {
    const frame = reader.activeFrame.peek();
    if (frame !== undefined) frame.place.value = change(frame.place.peek());
  };
  const zoom = (factor: number) => place((now) => zoomedAt(now, factor, 0, 0, 0, 0));
  const selectedBox = () => reader.marks.peek().boxes.find(({ id }) => id === reader.selected.peek());
  const arrow = (key: string, dx: number, dy: number, otherwise: () => void): Action[] => [
    {
      keys: [key],
      label: {
        ArrowUp: actions.previous,
        ArrowDown: actions.next,
        ArrowLeft: actions.previousFrame,
        ArrowRight: actions.nextFrame,
      }[key]!,
      run: () => {
        if (selectedBox() !== undefined)
          changeSelected(reader, (box, w, h) => moved(box, dx * nudge(reader), dy * nudge(reader), w, h));
        else if (!moveSelected(reader, dx * nudge(reader), dy * nudge(reader))) otherwise();
      },
    },
  ];
  return [
    ...arrow("ArrowUp", 0, -1, () => reader.step(-1)),
    ...arrow("ArrowDown", 0, 1, () => reader.step(1)),
    ...arrow("ArrowLeft", -1, 0, () => stepFrame(reader, -1)),
    ...arrow("ArrowRight", 1, 0, () => stepFrame(reader, 1)),
    { keys: ["Home"], label: actions.first, run: () => reader.jump("first") },
    { keys: ["End"], label: actions.last, run: () => reader.jump("last") },
    { keys: ["PageDown"], label: actions.nextPart, run: () => stepPart(reader, 1) },
    { keys: ["PageUp"], label: actions.previousPart, run: () => stepPart(reader, -1) },
    ...(Object.keys(toolKeys) as Tool[])
      .filter((tool) => tool !== "box" || reader.draws)
      .map((tool) => ({
        keys: [toolKeys[tool]],
        label: words.viewer.tools[tool],
        run: () => {
          reader.tool.value = tool;
        },
      })),
    ...ctPresets.map((preset) => ({
      keys: [preset.key],
      label: words.viewer.presetOf(preset.name),
      run: () => choosePreset(reader, preset),
    })),
    { keys: ["0"], label: words.viewer.wholeRange, run: () => chooseWholeRange(reader) },
    { keys: ["i"], label: actions.invert, run: () => invertActive(reader) },
    { keys: ["r"], label: actions.rotateRight, run: place((now) => ({ ...now, turns: now.turns + 1 })) },
    { keys: ["l"], label: actions.rotateLeft, run: place((now) => ({ ...now, turns: now.turns + 3 })) },
    { keys: ["h"], label: actions.mirror, run: place((now) => ({ ...now, mirrored: !now.mirrored })) },
    { keys: ["v"], label: actions.flip, run: place((now) => ({ ...now, upsideDown: !now.upsideDown })) },
    { keys: ["+"], label: actions.zoomIn, run: zoom(1.25) },
    { keys: ["-"], label: actions.zoomOut, run: zoom(0.8) },
    { keys: ["="], label: actions.fit, run: place((now) => ({ ...now, zoom: 1, x: 0, y: 0 })) },
    { keys: ["/"], label: actions.actual, run: () => actualSize(reader) },
    { keys: [" "], label: actions.reset, run: () => reset(reader) },
    { keys: ["c"], label: actions.cine, run: () => toggleCine(reader) },
    { keys: [">"], label: actions.cineFaster, run: () => changeCine(reader, 5) },
    { keys: ["<"], label: actions.cineSlower, run: () => changeCine(reader, -5) },
    { keys: ["F1", "Shift+o"], label: actions.one, run: () => reader.setLayout("one") },
    { keys: ["F2", "Shift+p"], label: actions.planes, run: () => reader.setLayout("planes") },
    { keys: ["F3", "Shift+s"], label: actions.priors, run: () => reader.setLayout("priors") },
    { keys: ["F4", "Shift+t"], label: actions.stacked, run: () => reader.setLayout("stacked") },
    { keys: ["y"], label: actions.linked, run: () => reader.link(!reader.linked.peek()) },
    {
      keys: ["q"],
      label: actions.model,
      run: () => {
        reader.showModel.value = !reader.showModel.peek();
      },
    },
    ...(reader.draws ? [{ keys: ["Shift+b"], label: actions.newBox, run: () => addBox(reader) }] : []),
    { keys: ["Shift+n"], label: actions.newRegion, run: () => placeRegion(reader) },
    { keys: ["]"], label: actions.nextVertex, run: () => stepVertex(reader, 1) },
    { keys: ["["], label: actions.previousVertex, run: () => stepVertex(reader, -1) },
    { keys: ["Insert", ","], label: actions.insertVertex, run: () => insertVertex(reader) },
    { keys: ["Enter"], label: actions.closeRegion, run: () => closeRegion(reader) },
    { keys: ["t"], label: actions.nextMark, run: () => nextMark(reader) },
    {
      keys: ["Delete", "Backspace"],
      label: actions.remove,
      run: () => {
        if (!removeVertex(reader)) reader.removeSelected();
      },
    },
    ...(
      [
        ["Shift+ArrowUp", 0, -1],
        ["Shift+ArrowDown", 0, 1],
        ["Shift+ArrowLeft", -1, 0],
        ["Shift+ArrowRight", 1, 0],
      ] as const
    ).map(([key, dx, dy]) => ({
      keys: [key],
      label: actions.grow,
      run: () =>
        changeSelected(reader, (box, w, h) =>
          tidy({ ...box, x1: box.x1 + 2 * dx * nudge(reader), y1: box.y1 + 2 * dy * nudge(reader) }, w, h),
        ),
    })),
    {
      keys: ["Escape"],
      label: actions.deselect,
      run: () => {
        reader.sketch.value = undefined;
        reader.vertex.value = undefined;
        reader.selected.value = undefined;
        reader.tool.value = "window";
        reader.cine.value = undefined;
      },
    },
  ];
}

function changeSelected(reader: Reader, change: (box: Box, width: number, height: number) => Box): void {
  const id = reader.selected.peek();
  const box = reader.marks.peek().boxes.find((one) => one.id === id);
  const manifest = box && reader.manifest(box.part);
  if (box === undefined || manifest === undefined) return;
  const flat = manifest.slide ?? manifest.image ?? manifest.pages?.[box.index ?? 0];
  const [width, height] = manifest.volume
    ? [manifest.volume.shape[2], manifest.volume.shape[1]]
    : [flat?.width ?? 1, flat?.height ?? 1];
  reader.changeBox(box.id, (now) => change(now, width, height));
}

function stepFrame(reader: Reader, by: number): void {
  const count = reader.frames.peek().length;
  reader.active.value = (reader.active.peek() + by + count) % count;
}

function stepPart(reader: Reader, by: number): void {
  const now = reader.activeFrame.peek()?.part.peek() ?? 0;
  const { from = 0, parts = reader.parts.peek() ?? [] } = reader.priors.of(now) ?? {};
  reader.show(from + Math.max(0, Math.min(parts.length - 1, now - from + by)));
}

function activeShown(reader: Reader) {
  const frame = reader.activeFrame.peek();
  const slide = reader.slide.peek();
  if (slide !== undefined && slide.shown.view.manifest.part === frame?.part.peek()) return slide.shown;
  return frame && shownBy(reader, frame);
}

/** How far a key moves a box: a pixel, or on a slide a 300th of what is seen. */
function nudge(reader: Reader): number {
  const slide = reader.slide.peek();
  return activeShown(reader) === slide?.shown && slide ? Math.max(1, (slide.seen[2] - slide.seen[0]) / 300) : 1;
}

export function choosePreset(reader: Reader, { center, width }: { center: number; width: number }): void {
  const shown = activeShown(reader);
  // Presets are in Hounsfield units and meaningless for other values.
  if (shown?.unit === "HU") shown.view.window.value = { center, width };
}

export function chooseWholeRange(reader: Reader): void {
  const shown = activeShown(reader);
  if (shown !== undefined)
    shown.view.window.value = shown.slice.range ? windowOf(...shown.slice.range) : spanOf(shown.slice);
}

export function invertActive(reader: Reader): void {
  const shown = activeShown(reader);
  if (shown !== undefined) shown.view.invert.value = !shown.view.invert.peek();
}

export function reset(reader: Reader): void {
  const frame = reader.activeFrame.peek();
  const shown = activeShown(reader);
  if (frame === undefined || shown === undefined) return;
  frame.place.value = fitted;
  shown.view.invert.value = false;
  const [stated] = shown.view.manifest.windows ?? [];
  shown.view.window.value = shown.slice.range
    ? windowOf(...shown.slice.range)
    : (stated ?? (shown.unit === "HU" ? ctPresets[0] : spanOf(shown.slice)));
}

/** One image pixel per screen pixel. */
export function actualSize(reader: Reader): void {
  const frame = reader.activeFrame.peek();
  const shown = activeShown(reader);
  const element = document.querySelectorAll(".frame")[reader.active.peek()];
  if (frame === undefined || shown === undefined || element === undefined) return;
  const fit = fitScale(shown.size, frame.place.peek().turns, element.clientWidth, element.clientHeight);
  frame.place.value = { ...frame.place.peek(), zoom: 1 / (fit * devicePixelRatio), x: 0, y: 0 };
}

export function toggleCine(reader: Reader): void {
  reader.cine.value = reader.cine.peek() === undefined ? 10 : undefined;
}

function changeCine(reader: Reader, by: number): void {
  const now = reader.cine.peek();
  if (now !== undefined) reader.cine.value = Math.max(1, Math.min(60, now + by));
}

/** A box of a quarter of the image, or of what is seen of a slide, at its centre, to be moved and resized by keyboard. */
export function addBox(reader: Reader): void {
  const shown = activeShown(reader);
  if (shown === undefined || (shown.plane !== undefined && shown.plane.across !== 2)) return;
  if (reader.priors.of(shown.view.manifest.part) !== undefined) {
    tell(words.viewer.priors.noBox);
    return;
  }
  const [width, height] = sourceSize(shown);
  const slide = reader.slide.peek();
  const [left, top, right, bottom] = slide?.shown === shown ? slide.seen : [0, 0, width, height];
  const box: Box = {
    id: newId(),
    part: shown.view.manifest.part,
    ...(shown.at && { index: shown.at[0] }),
    x0: Math.round(left + (right - left) * 0.375),
    y0: Math.round(top + (bottom - top) * 0.375),
    x1: Math.round(left + (right - left) * 0.625),
    y1: Math.round(top + (bottom - top) * 0.625),
    label: "",
    origin: "person",
  };
  reader.marks.value = { ...reader.marks.peek(), boxes: [...reader.marks.peek().boxes, box] };
  reader.selected.value = box.id;
}

function placeRegion(reader: Reader): void {
  const shown = activeShown(reader);
  if (shown === undefined || (shown.slice.averaged !== undefined && shown.by === 1)) return;
  const slide = reader.slide.peek();
  addRegion(reader, shown, slide?.shown === shown ? slide.seen : [0, 0, shown.size.width, shown.size.height]);
}

function nextMark(reader: Reader): void {
  const { boxes, measures } = reader.marks.peek();
  const all = [...boxes, ...measures, ...reader.passing.peek()];
  if (all.length === 0) return;
  const at = all.findIndex(({ id }) => id === reader.selected.peek());
  const next = all[(at + 1) % all.length];
  reader.reveal(next);
  reader.vertex.value = undefined;
  reader.selected.value = next.id;
}
