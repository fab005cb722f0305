/** The study's pictures: one at a time, as large as fits, with the boxes that were located on it. */
import { useEffect, useRef } from "preact/hooks";
import { boxesOf } from "../../workbench/ask/answer-words.ts";
import type { Picture } from "../index.ts";
import { picture, show, shown, study, turns } from "./state.ts";
import { words } from "./words.ts";

export function Viewer() {
  const text = words.study;
  const parts = study.value!.info.parts;
  const { part, index } = shown.value;
  const count = parts[part]?.pictures ?? 0;
  const move = (by: number) => void show({ part, index: shown.peek().index + by });
  return (
    <section class="viewer" aria-label={parts[part]?.label}>
      {parts.length > 1 && (
        <nav class="parts" aria-label={text.part}>
          {parts.map(({ label, modality }, i) => (
            <button
              key={`${i} ${label}`}
              type="button"
              class="button quiet"
              aria-pressed={i === part}
              onClick={() => void show({ part: i, index: Math.floor((parts[i].pictures - 1) / 2) })}
            >
              <span class="cut">{label}</span> <span class="chip">{modality}</span>
            </button>
          ))}
        </nav>
      )}
      <div
        class="stage"
        tabIndex={0}
        role="group"
        aria-label={`${parts[part]?.label}. ${count > 1 ? text.keys : ""}`}
        onWheel={(event) => {
          if (count > 1) move(event.deltaY > 0 ? 1 : -1);
        }}
        onKeyDown={({ key }) => {
          if (key === "ArrowDown" || key === "ArrowRight") move(1);
          else if (key === "ArrowUp" || key === "ArrowLeft") move(-1);
        }}
      >
        {picture.value === undefined ? (
          count === 0 && <p class="soft">{text.noPicture}</p>
        ) : (
          <Shown one={picture.value} />
        )}
      </div>
      {count > 1 && (
        <label class="slices">
          <span class="tiny faint">{text.slice}</span>
          <input
            type="range"
            min={0}
            max={count - 1}
            value={index}
            aria-label={text.slice}
            onInput={(event) => void show({ part, index: Number(event.currentTarget.value) })}
          />
          <span class="mono">{text.of(index, count)}</span>
        </label>
      )}
    </section>
  );
}

function Shown({ one }: { one: Picture }) {
  const boxes = turns.value
    .flatMap(({ answer }) => (answer === undefined ? [] : boxesOf(answer)))
    .filter((box) => box.part === one.part && (box.index === undefined || box.index === one.index));
  // A label is as large as it is on a picture of this size, whatever the picture's own.
  const size = Math.max(one.width, one.height) / 40;
  return (
    <div class="picture">
      <Pixels one={one} />
      <svg viewBox={`0 0 ${one.width} ${one.height}`} aria-hidden="true">
        {boxes.map(({ label, box }) => (
          <g key={`${label} ${box.x0} ${box.y0}`}>
            <rect x={box.x0} y={box.y0} width={box.x1 - box.x0} height={box.y1 - box.y0} stroke-width={size / 6} />
            <text x={box.x0 + size / 4} y={box.y0 + size * 1.1} font-size={size}>
              {label}
            </text>
          </g>
        ))}
      </svg>
    </div>
  );
}

/** Bytes as they are: no browser decodes, scales or colours them on the way into the canvas. */
export function Pixels({ one }: { one: Picture }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width, height, channels, data, label } = one;
  useEffect(() => {
    const context = canvas.current!.getContext("2d")!;
    const pixels = context.createImageData(width, height);
    for (let i = 0, from = 0; i < pixels.data.length; i += 4, from += channels) {
      pixels.data[i] = data[from];
      pixels.data[i + 1] = data[channels === 1 ? from : from + 1];
      pixels.data[i + 2] = data[channels === 1 ? from : from + 2];
      pixels.data[i + 3] = 255;
    }
    context.putImageData(pixels, 0, 0);
  }, [one]);
  return <canvas ref={canvas} width={width} height={height} role="img" aria-label={label} />;
}
