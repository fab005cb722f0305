/** The first image, shown before the other parts of the study are known. */
import { useEffect, useRef } from "preact/hooks";
import type { Reader } from "../reader.ts";
import { spanOf, windowOf } from "../windows.ts";
import { Painter } from "./draw.ts";
import { fitted, type Matrix, matrixOf } from "./transform.ts";

export function FirstPictureView({ reader }: { reader: Reader }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const first = reader.first.value;
  useEffect(() => {
    const element = canvas.current;
    if (first === undefined || element === null) return;
    const { pixels, spacing, window, modality } = first;
    const finest = Math.min(...spacing);
    const size = {
      width: pixels.width,
      height: pixels.height,
      aspect: [spacing[1] / finest, spacing[0] / finest] as const,
    };
    const [w, h] = [element.clientWidth * devicePixelRatio, element.clientHeight * devicePixelRatio].map(Math.round);
    [element.width, element.height] = [w, h];
    const stack = modality === "CT" || modality === "MR";
    const shown =
      stack && window
        ? { center: window[0], width: window[1] }
        : pixels.range && !stack
          ? windowOf(...pixels.range)
          : spanOf(pixels);
    const matrix: Matrix = matrixOf(fitted, size, w, h);
    new Painter().draw(element.getContext("2d", { alpha: false })!, pixels, shown, pixels.inverted, matrix, first);
    performance.mark("polyclinic:first-picture");
  }, [first]);
  return (
    <div class="frame">
      <canvas ref={canvas} aria-hidden="true" />
      {first === undefined && (
        <div class="frame-note">
          <span class="spinner" />
        </div>
      )}
    </div>
  );
}
