/** One frame: a canvas, the annotations over it, and the text in its corners. */
import { effect, useComputed, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { placeOf } from "../../../study/display/planes.ts";
import { words } from "../../words/en.ts";
import { BoxLayer } from "../marks/box-layer.tsx";
import { MeasureLayer } from "../marks/measure-layer.tsx";
import type { Frame, Reader } from "../reader.ts";
import { StudyTag, tagWords } from "../study-tag.tsx";
import { Painter } from "./draw.ts";
import { listen, probeWords } from "./pointer.ts";
import { shownBy } from "./shown.ts";
import { apply, type Matrix, matrixOf } from "./transform.ts";

export function FrameView({ reader, frame, index }: { reader: Reader; frame: Frame; index: number }) {
  const element = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = useSignal<readonly [number, number]>([0, 0]);
  const hovered = useSignal<readonly [number, number] | undefined>(undefined);
  const shown = useComputed(() => shownBy(reader, frame));
  const matrix = useComputed<Matrix | undefined>(() => {
    const [width, height] = size.value;
    return shown.value && width > 0 ? matrixOf(frame.place.value, shown.value.size, width, height) : undefined;
  });

  useEffect(() => {
    const observer = new ResizeObserver(([{ contentRect }]) => {
      size.value = [Math.round(contentRect.width), Math.round(contentRect.height)];
    });
    observer.observe(element.current!);
    return () => observer.disconnect();
  }, []);

  useEffect(() => {
    const painter = new Painter();
    const context = canvas.current!.getContext("2d", { alpha: false })!;
    let frameRequest = 0;
    const draw = () => {
      frameRequest = 0;
      if (canvas.current === null) return;
      const [width, height] = size.peek();
      const now = shown.peek();
      const at = matrix.peek();
      const ratio = devicePixelRatio;
      const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
      if (canvas.current.width !== w || canvas.current.height !== h) {
        canvas.current.width = w;
        canvas.current.height = h;
      }
      if (now === undefined || at === undefined) return;
      const scaled = at.map((value) => value * ratio) as unknown as Matrix;
      const tiles = now.view.detail?.inView(scaled, [w, h]);
      painter.draw(context, now.slice, now.window, now.invert, scaled, now, now.by, tiles);
    };
    const stop = effect(() => {
      void size.value;
      void shown.value?.view.detail?.arrived.value;
      void matrix.value;
      frameRequest ||= requestAnimationFrame(draw);
    });
    return () => {
      stop();
      cancelAnimationFrame(frameRequest);
    };
  }, []);

  useEffect(
    () =>
      listen(
        reader,
        frame,
        {
          element: element.current!,
          get width() {
            return size.peek()[0];
          },
          get height() {
            return size.peek()[1];
          },
          shown: () => shown.peek(),
          matrix: () => matrix.peek(),
        },
        (at) => {
          hovered.value = at;
        },
      ),
    [frame],
  );

  const now = shown.value;
  const active = reader.active.value === index && reader.frames.value.length > 1;
  const view = reader.parts.value && reader.view(frame.part.value);
  const problem = view?.problem.value ?? view?.volume?.failure.value;
  return (
    <div
      ref={element}
      class={`frame tool-${reader.tool.value}${active ? " active" : ""}`}
      tabIndex={0}
      role="application"
      aria-label={[
        words.viewer.frame(view?.manifest.label ?? "", now?.plane?.name, now?.at),
        tagWords(reader, frame.part.value),
      ]
        .filter(Boolean)
        .join(", ")}
      onFocus={() => {
        reader.active.value = index;
      }}
    >
      <canvas ref={canvas} aria-hidden="true" />
      {now && matrix.value && (
        <svg class="over" aria-hidden="true">
          <Cross reader={reader} frame={frame} matrix={matrix.value} />
          <MeasureLayer reader={reader} shown={now} matrix={matrix.value} size={size.value} />
          <BoxLayer reader={reader} shown={now} matrix={matrix.value} />
        </svg>
      )}
      <div class="corner top left">
        <StudyTag reader={reader} part={frame.part.value} />
        {view?.manifest.label}
        {now?.plane && <span class="faint"> · {words.viewer.planes[now.plane.name]}</span>}
      </div>
      <div class="corner top right">
        {now && words.viewer.windowed(now.window.center, now.window.width)}
        {now?.invert && ` · ${words.viewer.inverted}`}
      </div>
      <div class="corner bottom left">
        {now?.at && `${now.at[0] + 1} / ${now.at[1]}`}
        {view?.progress.value !== undefined && (
          <span role="progressbar" aria-valuenow={Math.round(100 * view.progress.value)} aria-label={words.loading}>
            {words.viewer.loadingWhole(view.progress.value)}
          </span>
        )}
        {problem && !view?.detail && now?.slice.averaged !== undefined && (
          <span role="alert"> {words.viewer.onlySmall}</span>
        )}
        {view?.manifest.image && view.manifest.image.reduce > 1 && !view.detail && (
          <span class="faint"> {words.viewer.averaged(view.manifest.image.reduce * (now?.slice.averaged ?? 1))}</span>
        )}
        {view?.volume && view.volume.arrived.value < view.volume.slices.length && (
          <span class="faint"> · {words.viewer.arrived(view.volume.arrived.value, view.volume.slices.length)}</span>
        )}
      </div>
      <div class="corner bottom right">
        {hovered.value && now && matrix.value
          ? probeWords(now, matrix.value, ...hovered.value)
          : now && `${Math.round(Math.abs(matrix.value?.[0] || matrix.value?.[1] || 1) * 100)} %`}
      </div>
      {now?.plane?.edges.map((letter, side) =>
        letter === "" ? null : (
          <span key={side} class={`edge ${["left", "right", "top", "bottom"][side]}`} aria-hidden="true">
            {edgeLetter(now.plane!.edges, side, frame)}
          </span>
        ),
      )}
      {problem && now === undefined && (
        <div class="frame-note" role="alert">
          <strong>{words.viewer.failed}</strong>
          <span>{problem.message}</span>
        </div>
      )}
      {!problem && now === undefined && view && !["slide"].includes(view.manifest.kind) && (
        <div class="frame-note">
          <span class="spinner" />
        </div>
      )}
    </div>
  );
}

/** The patient direction at an edge after rotating and mirroring the image. */
function edgeLetter(edges: readonly string[], side: number, frame: Frame): string {
  const { turns, mirrored, upsideDown } = frame.place.value;
  const [left, right, top, bottom] = edges;
  let around = [top, right, bottom, left];
  if (mirrored) around = [around[0], around[3], around[2], around[1]];
  if (upsideDown) around = [around[2], around[1], around[0], around[3]];
  const at = [3, 1, 0, 2][side];
  return around[(((at - turns) % 4) + 4) % 4];
}

/** The intersections with the other planes. */
function Cross({ reader, frame, matrix }: { reader: Reader; frame: Frame; matrix: Matrix }) {
  const { volume } = reader.view(frame.part.value);
  if (volume === undefined || (reader.layout.value !== "planes" && reader.tool.value !== "cross")) return null;
  const plane = volume.plane(frame.across.value);
  const [u, v] = placeOf(plane, volume.shape, volume.point.value);
  const [w, h] = [volume.shape.size[plane.right], volume.shape.size[plane.down]];
  const lines = [
    [apply(matrix, u + 0.5, 0), apply(matrix, u + 0.5, h)],
    [apply(matrix, 0, v + 0.5), apply(matrix, w, v + 0.5)],
  ];
  const [cx, cy] = apply(matrix, u + 0.5, v + 0.5);
  return (
    <g class="cross">
      {lines.map(([[x1, y1], [x2, y2]], i) => (
        <line key={i} x1={x1} y1={y1} x2={x2} y2={y2} />
      ))}
      <circle cx={cx} cy={cy} r={9} />
    </g>
  );
}
