/** Lengths, angles and regions over an image. */
import type { Reader } from "../reader.ts";
import type { Shown } from "../view/shown.ts";
import { apply, type Matrix } from "../view/transform.ts";
import type { Measure } from "./marks.ts";
import { measuredWords } from "./measured.ts";

export function MeasureLayer({ reader, shown, matrix }: { reader: Reader; shown: Shown; matrix: Matrix }) {
  const { part } = shown.view.manifest;
  const measures = [...reader.marks.value.measures, ...reader.passing.value].filter(
    (measure) =>
      measure.part === part &&
      (shown.at === undefined || measure.index === shown.at[0]) &&
      measure.across === shown.plane?.across,
  );
  return (
    <>
      {measures.map((measure) => (
        <MeasureShape key={measure.id} measure={measure} reader={reader} shown={shown} matrix={matrix} />
      ))}
    </>
  );
}

function MeasureShape({
  measure,
  reader,
  shown,
  matrix,
}: {
  measure: Measure;
  reader: Reader;
  shown: Shown;
  matrix: Matrix;
}) {
  const points = measure.points.map(([x, y]) => apply(matrix, x, y));
  const spacing = shown.spacing && ([shown.spacing[0] * shown.reduce, shown.spacing[1] * shown.reduce] as const);
  const lines = measuredWords(measure, spacing, shown.slice, shown.unit).split("\n");
  const [x, y] = points.reduce((right, point) => (point[0] > right[0] ? point : right));
  const [[x0, y0], [x1, y1]] = points;
  return (
    <g
      class={`measure${reader.selected.value === measure.id ? " selected" : ""}`}
      data-handle="measure"
      onPointerDown={(event) => {
        event.stopPropagation();
        reader.selected.value = measure.id;
      }}
    >
      {measure.kind === "ellipse" ? (
        <ellipse cx={(x0 + x1) / 2} cy={(y0 + y1) / 2} rx={Math.abs(x1 - x0) / 2} ry={Math.abs(y1 - y0) / 2} />
      ) : (
        <polyline points={points.map((point) => point.join(",")).join(" ")} />
      )}
      {measure.kind !== "ellipse" && points.map(([cx, cy], i) => <circle key={i} cx={cx} cy={cy} r={3} />)}
      <text x={x + 8} y={y + 4}>
        {lines.map((line, i) => (
          <tspan key={i} x={x + 8} dy={i === 0 ? 0 : 15}>
            {line}
          </tspan>
        ))}
      </text>
    </g>
  );
}
