/** Renders one slice to one model image: plain data in, an image out, so that it can run on any thread. */
import { SquareResizer, type ValueRange } from "../../../imaging/resize/index.ts";
import type { Image } from "../../../imaging/types.ts";

/** One slice to be windowed and resized in a worker thread. */
export interface SliceJob {
  readonly width: number;
  readonly height: number;
  /** `[height, width]`, physical units. */
  readonly values: Float32Array;
  /** Side of the model's image. */
  readonly size: number;
  /** Three ranges make a colour image; one makes a grey one. */
  readonly ranges: readonly [ValueRange] | readonly [ValueRange, ValueRange, ValueRange];
}

/** A renderer that caches the resize tables, which slices of one volume share. */
export function sliceRenderer(): (job: SliceJob) => Image {
  let resizer: SquareResizer | undefined;
  let key = "";
  return ({ width, height, values, size, ranges }) => {
    const geometry = `${width} ${height} ${size}`;
    if (resizer === undefined || key !== geometry) resizer = new SquareResizer(width, height, size);
    key = geometry;
    return resizer.values(values, ranges);
  };
}
