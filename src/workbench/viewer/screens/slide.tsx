/** A whole-slide image: deep zoom with OpenSeadragon, tiles from the server, a scale bar, boxes and measurements. */
import { effect, useComputed, useSignal } from "@preact/signals";
import OpenSeadragon from "openseadragon";
import { useEffect, useRef } from "preact/hooks";
import type { PartManifest } from "../../api/types.ts";
import { words } from "../../words/en.ts";
import { BoxLayer } from "../marks/box-layer.tsx";
import { Drawing, type Drawn, isDrawing } from "../marks/drawing.ts";
import { MeasureLayer } from "../marks/measure-layer.tsx";
import type { Reader } from "../reader.ts";
import { StudyTag, tagWords } from "../study-tag.tsx";
import type { Shown } from "../view/shown.ts";
import { apply, invert, type Matrix } from "../view/transform.ts";
import "./screens.css";

/** Tile size of the server, pixels. */
const tileSize = 512;

export default function SlideScreen({
  reader,
  manifest,
  index,
}: {
  reader: Reader;
  manifest: PartManifest;
  index: number;
}) {
  const frame = useRef<HTMLDivElement>(null);
  const element = useRef<HTMLDivElement>(null);
  const over = useRef<SVGSVGElement>(null);
  const deep = useRef<OpenSeadragon.Viewer | undefined>(undefined);
  const bar = useSignal<{ readonly width: number; readonly length: string } | undefined>(undefined);
  /** Slide pixels to CSS pixels of the frame. */
  const matrix = useSignal<Matrix | undefined>(undefined);
  const { width, height, mpp } = manifest.slide!;
  const shown = useComputed<Shown>(() => shownOf(reader, manifest));
  useEffect(() => {
    const viewer = OpenSeadragon({
      element: element.current!,
      drawer: "canvas",
      showNavigationControl: false,
      showNavigator: true,
      navigatorPosition: "TOP_RIGHT",
      navigatorSizeRatio: 0.16,
      animationTime: 0.35,
      springStiffness: 12,
      maxZoomPixelRatio: 4,
      visibilityRatio: 0.5,
      gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true },
      // Focusable for its own keys, which the viewer's replace.
      tabIndex: -1,
      tileSources: {
        width,
        height,
        tileSize,
        tileOverlap: 0,
        getTileUrl: (level: number, x: number, y: number) =>
          `${reader.addressOf(manifest.part)}/tiles/${level}/${x}/${y}`,
      } as unknown as OpenSeadragon.TileSourceOptions,
    });
    deep.current = viewer;
    const measure = () => {
      // An animation may end after the page was left.
      if (element.current === null || viewer.world.getItemCount() === 0) return;
      const { viewport } = viewer;
      const corner = viewport.imageToViewerElementCoordinates(new OpenSeadragon.Point(0, 0));
      const scale = viewport.viewportToImageZoom(viewport.getZoom(true));
      matrix.value = [scale, 0, 0, scale, corner.x, corner.y];
      const { clientWidth, clientHeight } = element.current;
      const back = invert(matrix.value);
      const [[x0, y0], [x1, y1]] = [apply(back, 0, 0), apply(back, clientWidth, clientHeight)];
      reader.slide.value = {
        shown: shown.peek(),
        seen: [Math.max(0, x0), Math.max(0, y0), Math.min(width, x1), Math.min(height, y1)],
      };
      if (mpp !== undefined) bar.value = scaleBar(mpp / scale);
    };
    for (const event of ["open", "animation", "update-viewport", "resize"] as const) viewer.addHandler(event, measure);
    viewer.addOnceHandler("tile-drawn", () => performance.mark("polyclinic:first-tile"));
    const stop = effect(() => {
      const region = reader.region.value;
      if (region?.part !== manifest.part) return;
      const [x0, y0, x1, y1] = region.box;
      const show = () => viewer.viewport.fitBounds(viewer.viewport.imageToViewportRectangle(x0, y0, x1 - x0, y1 - y0));
      if (viewer.isOpen()) show();
      else viewer.addOnceHandler("open", show);
    });
    return () => {
      stop();
      reader.slide.value = undefined;
      viewer.destroy();
    };
  }, []);
  useEffect(() => drawOn(over.current!, frame.current!), []);

  /** Draws with the tool that is chosen; the wheel and the other buttons move the slide meanwhile. */
  function drawOn(svg: SVGSVGElement, holder: HTMLElement): () => void {
    const at = (event: MouseEvent): readonly [number, number] => {
      const { left, top } = holder.getBoundingClientRect();
      return [event.clientX - left, event.clientY - top];
    };
    const drawing = new Drawing(reader, (x, y) => matrix.peek() && apply(invert(matrix.peek()!), x, y));
    let draw: Drawn | undefined;
    let last: readonly [number, number] | undefined;
    const down = (event: PointerEvent) => {
      if ((event.target as Element).closest("[data-handle]") !== null) return;
      const tool = reader.tool.peek();
      svg.setPointerCapture(event.pointerId);
      event.preventDefault();
      if (event.button !== 0 || !isDrawing(tool)) {
        last = at(event);
        return;
      }
      reader.selected.value = undefined;
      draw = drawing.begin(tool, shown.peek(), ...at(event));
    };
    const move = (event: PointerEvent) => {
      const now = at(event);
      draw?.to(...now);
      if (last === undefined) return;
      const viewport = deep.current!.viewport;
      viewport.panBy(viewport.deltaPointsFromPixels(new OpenSeadragon.Point(last[0] - now[0], last[1] - now[1])), true);
      last = now;
    };
    const up = (event: Event) => {
      if (event.type === "pointerup") draw?.end?.();
      draw = undefined;
      last = undefined;
    };
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      const viewport = deep.current!.viewport;
      const point = viewport.pointFromPixel(new OpenSeadragon.Point(...at(event)), true);
      viewport.zoomBy(Math.exp(-event.deltaY / 400), point);
      viewport.applyConstraints();
    };
    const none = (event: Event) => event.preventDefault();
    const listeners: readonly [string, EventListener][] = [
      ["pointerdown", down as EventListener],
      ["pointermove", move as EventListener],
      ["pointerup", up],
      ["pointercancel", up],
      ["wheel", wheel as EventListener],
      ["contextmenu", none],
    ];
    for (const [name, listener] of listeners) svg.addEventListener(name, listener, { passive: false });
    return () => {
      for (const [name, listener] of listeners) svg.removeEventListener(name, listener);
    };
  }

  return (
    <div
      ref={frame}
      class={`frame slide tool-${reader.tool.value}`}
      tabIndex={0}
      role="application"
      aria-label={[words.viewer.frame(manifest.label), tagWords(reader, manifest.part)].filter(Boolean).join(", ")}
      onFocus={() => {
        reader.active.value = index;
      }}
    >
      <div ref={element} class="slide-canvas" />
      <svg ref={over} class={`over${isDrawing(reader.tool.value) ? " draws" : ""}`} aria-hidden="true">
        {matrix.value && (
          <>
            <MeasureLayer reader={reader} shown={shown.value} matrix={matrix.value} />
            <BoxLayer reader={reader} shown={shown.value} matrix={matrix.value} />
          </>
        )}
      </svg>
      <div class="corner top left">
        <StudyTag reader={reader} part={manifest.part} />
        {manifest.label}
      </div>
      {bar.value && (
        <div
          class="scale-bar"
          style={{ width: `${bar.value.width}px` }}
          role="img"
          aria-label={words.viewer.scaleBar(bar.value.length)}
        >
          {bar.value.length}
        </div>
      )}
    </div>
  );
}

/** A slide as marks see an image: in its own pixels, whose values are not here. */
function shownOf(reader: Reader, manifest: PartManifest): Shown {
  const { width, height, mpp } = manifest.slide!;
  const millimetres = mpp === undefined ? undefined : mpp / 1000;
  return {
    view: reader.view(manifest.part),
    slice: { width, height, channels: 3, data: new Uint8Array(), inverted: false },
    size: { width, height, aspect: [1, 1] },
    window: { center: 128, width: 256 },
    invert: false,
    reduce: 1,
    by: 1,
    ...(millimetres !== undefined && { spacing: [millimetres, millimetres] as const }),
    unit: "",
  };
}

/** A rounded length of about 120 screen pixels. @param perPixel microns per screen pixel. */
export function scaleBar(perPixel: number): { width: number; length: string } {
  const about = perPixel * 120;
  const power = 10 ** Math.floor(Math.log10(about));
  const round = [5, 2, 1].find((step) => step * power <= about)! * power;
  return { width: round / perPixel, length: round >= 1000 ? `${round / 1000} mm` : `${round} µm` };
}
