/** Lengths, angles and regions over an image; the selected region has handles. */
import type { ComponentChildren } from "preact";
import type { Reader } from "../reader.ts";
import type { Shown } from "../view/shown.ts";
import { apply, invert, type Matrix } from "../view/transform.ts";
import { boxLabels } from "./box-layer.tsx";
import { type Label, lineHeight, placeLabels, type Spot, widthOf } from "./labels.ts";
import type { Measure } from "./marks.ts";
import { measuredWords } from "./measured.ts";
import { insertVertex } from "./regions.ts";

/** Distance of words from their mark, CSS pixels. */
const gap = 8;

/** Between vertices, CSS pixels: nearer ones would be covered by their own handles, and are reached by zooming in or by keyboard. */
const leastApart = { handle: 8, large: 16, edge: 30 };

interface Over {
  readonly reader: Reader;
  readonly shown: Shown;
  readonly matrix: Matrix;
}

/** @param size of the frame, CSS pixels. */
export function MeasureLayer({
  reader,
  shown,
  matrix,
  size,
}: Over & { size?: readonly [width: number, height: number] }) {
  const { part } = shown.view.manifest;
  const here = (measure: Measure | undefined): measure is Measure =>
    measure !== undefined &&
    measure.part === part &&
    (shown.at === undefined || measure.index === shown.at[0]) &&
    measure.across === shown.plane?.across;
  const sketch = reader.sketch.value;
  const measures = [...reader.marks.value.measures, ...reader.passing.value].filter(here);
  const labels = measures.map((measure) => labelOf(measure, shown, matrix));
  // Words of boxes stand where they are; those of measurements go round them.
  const places = placeLabels([...boxLabels(reader, shown, matrix), ...labels], size);
  return (
    <>
      {measures.map((measure, i) => (
        <MeasureShape key={measure.id} measure={measure} reader={reader} matrix={matrix}>
          <Words lines={labels[i].lines} at={places.get(measure.id)!} />
        </MeasureShape>
      ))}
      {here(sketch) && <Sketch points={sketch.points.map(([x, y]) => apply(matrix, x, y))} />}
    </>
  );
}

type Points = readonly (readonly [number, number])[];
const listed = (points: Points) => points.map((point) => point.join(",")).join(" ");

/** The outline being drawn; its first vertex is where a click closes it. */
function Sketch({ points }: { points: Points }) {
  return (
    <g class="measure sketch">
      <polyline points={listed(points)} />
      <circle cx={points[0][0]} cy={points[0][1]} r={5} />
    </g>
  );
}

/** Right of the mark, left of it, above or below it. */
function labelOf(measure: Measure, shown: Shown, matrix: Matrix): Label {
  const points = measure.points.map(([x, y]) => apply(matrix, x, y));
  const spacing = shown.spacing && ([shown.spacing[0] * shown.reduce, shown.spacing[1] * shown.reduce] as const);
  const lines = measuredWords(measure, spacing, shown.by > 1 ? undefined : shown.slice, shown.unit).split("\n");
  const most = (better: (a: number, b: number) => boolean, axis: 0 | 1) =>
    points.reduce((best, point) => (better(point[axis], best[axis]) ? point : best));
  const [more, less] = [(a: number, b: number) => a > b, (a: number, b: number) => a < b];
  const [right, left, top, bottom] = [most(more, 0), most(less, 0), most(less, 1), most(more, 1)];
  return {
    id: measure.id,
    lines,
    spots: [
      [right[0] + gap, right[1] + 4],
      [left[0] - gap - widthOf(lines), left[1] + 4],
      [bottom[0] + gap, bottom[1] + 2 * gap + 2],
      [top[0] + gap, top[1] - gap - (lines.length - 1) * lineHeight],
    ],
  };
}

function Words({ lines, at: [x, y] }: { lines: readonly string[]; at: Spot }) {
  return (
    <text x={x} y={y}>
      {lines.map((line, i) => (
        <tspan key={i} x={x} dy={i === 0 ? 0 : lineHeight}>
          {line}
        </tspan>
      ))}
    </text>
  );
}

function MeasureShape({
  measure,
  reader,
  matrix,
  children,
}: Omit<Over, "shown"> & { measure: Measure; children: ComponentChildren }) {
  const points = measure.points.map(([x, y]) => apply(matrix, x, y));
  const [[x0, y0], [x1, y1]] = points;
  const selected = reader.selected.value === measure.id;
  return (
    <g
      class={`measure ${measure.kind}${selected ? " selected" : ""}`}
      data-handle="measure"
      onPointerDown={(event) => {
        event.stopPropagation();
        if (measure.kind === "region" && selected) drag(event, reader, measure, matrix);
        reader.selected.value = measure.id;
        reader.vertex.value = undefined;
      }}
    >
      {measure.kind === "ellipse" ? (
        <ellipse cx={(x0 + x1) / 2} cy={(y0 + y1) / 2} rx={Math.abs(x1 - x0) / 2} ry={Math.abs(y1 - y0) / 2} />
      ) : measure.kind === "region" ? (
        <polygon points={listed(points)} />
      ) : (
        <polyline points={listed(points)} />
      )}
      {(measure.kind === "length" || measure.kind === "angle") &&
        points.map(([cx, cy], i) => <circle key={i} cx={cx} cy={cy} r={3} />)}
      {measure.kind === "region" && selected && (
        <Handles measure={measure} points={points} reader={reader} matrix={matrix} />
      )}
      {children}
    </g>
  );
}

/** Vertices, and on each edge a smaller handle from which a new vertex is drawn. */
function Handles({
  measure,
  points,
  reader,
  matrix,
}: {
  measure: Measure;
  points: Points;
  reader: Reader;
  matrix: Matrix;
}) {
  const chosen = reader.vertex.value;
  const edges = points.map(([x, y], i) => {
    const [nextX, nextY] = points[(i + 1) % points.length];
    return Math.hypot(nextX - x, nextY - y);
  });
  const apart = edges.reduce((sum, one) => sum + one, 0) / edges.length;
  return (
    <>
      {points.map(([x, y], i) => {
        const [nextX, nextY] = points[(i + 1) % points.length];
        if (edges[i] < leastApart.edge) return null;
        return (
          <circle
            key={`edge ${i}`}
            class="handle edge"
            data-handle="edge"
            cx={(x + nextX) / 2}
            cy={(y + nextY) / 2}
            r={3}
            onPointerDown={(event) => {
              event.stopPropagation();
              insertVertex(reader, i);
              const now = reader.marks.peek().measures.find(({ id }) => id === measure.id);
              if (now !== undefined) drag(event, reader, now, matrix, i + 1);
            }}
          />
        );
      })}
      {points.map(([x, y], i) =>
        apart < leastApart.handle && chosen !== i ? null : (
          <circle
            key={i}
            class={`handle${chosen === i ? " chosen" : ""}`}
            data-handle="vertex"
            cx={x}
            cy={y}
            r={chosen === i || apart >= leastApart.large ? 5 : 3}
            onPointerDown={(event) => {
              event.stopPropagation();
              reader.vertex.value = i;
              drag(event, reader, measure, matrix, i);
            }}
          />
        ),
      )}
    </>
  );
}

/** @param vertex that follows the pointer; the whole measurement without it. */
function drag(event: PointerEvent, reader: Reader, measure: Measure, matrix: Matrix, vertex?: number): void {
  event.preventDefault();
  const frame = (event.currentTarget as Element).closest(".frame")!;
  const at = ({ clientX, clientY }: PointerEvent) => {
    const { left, top } = frame.getBoundingClientRect();
    return apply(invert(matrix), clientX - left, clientY - top);
  };
  const start = at(event);
  // On the window: inserting a vertex draws its handle anew.
  const move = (next: PointerEvent) => {
    const [x, y] = at(next);
    const [dx, dy] = [x - start[0], y - start[1]];
    reader.putMeasure({
      ...measure,
      points: measure.points.map(([px, py], i) =>
        vertex === undefined || vertex === i ? ([px + dx, py + dy] as const) : ([px, py] as const),
      ),
    });
  };
  const up = () => {
    removeEventListener("pointermove", move);
    removeEventListener("pointerup", up);
  };
  addEventListener("pointermove", move);
  addEventListener("pointerup", up);
}
