/** One slice to one model image: plain data in, an image out, so that it can be done on any thread. */
import { SquareResizer } from "../../imaging/resize/index.ts";
import type { Image } from "../../imaging/types.ts";
import { minMaxBytes, type Window, windowBytes } from "./windows.ts";

export interface SliceJob {
  readonly width: number;
  readonly height: number;
  /** `[height, width]`, physical units. */
  readonly values: Float32Array;
  /** Side of the model's image. */
  readonly size: number;
  /** Three windows make a colour image; one range a grey one. */
  readonly windows: readonly [Window, Window, Window] | readonly [Window];
}

/** Renders jobs in their order; the results may be computed anywhere. */
export type RenderSlices = (jobs: readonly SliceJob[]) => Promise<Image[]>;

/** Renders slices on the calling thread, keeping the resize tables of the last geometry. */
export function sliceRenderer(): (job: SliceJob) => Image {
  let resizer: SquareResizer | undefined;
  let key = "";
  return ({ width, height, values, size, windows }) => {
    const geometry = `${width} ${height} ${size}`;
    if (resizer === undefined || key !== geometry) resizer = new SquareResizer(width, height, size);
    key = geometry;
    if (windows.length === 1) return resizer.grey(minMaxBytes(values, windows[0]));
    return resizer.planes([
      windowBytes(values, windows[0]),
      windowBytes(values, windows[1]),
      windowBytes(values, windows[2]),
    ]);
  };
}
