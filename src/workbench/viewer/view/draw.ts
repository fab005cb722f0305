/** One frame onto its canvas: the image, windowed at about the size it is shown in. */

import type { PixelSlice } from "../pixels/fetch.ts";
import { paint } from "../pixels/paint.ts";
import { sizeFor } from "../pixels/smaller.ts";
import { levelsOf, type ViewWindow } from "../windows.ts";
import type { Matrix } from "./transform.ts";

/** What was painted last, so that moving an image does not window it again. */
export class Painter {
  private readonly canvas = document.createElement("canvas");
  private readonly context = this.canvas.getContext("2d", { willReadFrequently: false })!;
  private image: ImageData | undefined;
  private done: { slice: PixelSlice; data: PixelSlice["data"]; key: string; stamp: unknown } | undefined;

  /** @param matrix image to canvas pixels. @param stamp changes where the values of one slice object do (a plane being filled). */
  draw(
    target: CanvasRenderingContext2D,
    slice: PixelSlice,
    window: ViewWindow,
    invert: boolean,
    matrix: Matrix,
    stamp: unknown,
  ): void {
    const began = performance.now();
    const scales = [Math.hypot(matrix[0], matrix[1]), Math.hypot(matrix[2], matrix[3])];
    const scale = Math.max(...scales);
    const { slice: sized, factor } = sizeFor(slice, scale);
    const key = `${window.center} ${window.width} ${invert}`;
    if (this.done?.slice !== sized || this.done.key !== key || this.done.stamp !== stamp) {
      if (this.image?.width !== sized.width || this.image.height !== sized.height) {
        this.image = new ImageData(sized.width, sized.height);
        this.canvas.width = sized.width;
        this.canvas.height = sized.height;
      }
      paint(sized, { ...levelsOf(window), invert }, this.image);
      this.context.putImageData(this.image, 0, 0);
      this.done = { slice: sized, data: sized.data, key, stamp };
    }
    target.setTransform(1, 0, 0, 1, 0, 0);
    target.fillStyle = "#000";
    target.fillRect(0, 0, target.canvas.width, target.canvas.height);
    const [a, b, c, d, e, f] = matrix;
    // The last column and row of an odd image are not in its half: what there is, is drawn where it lies.
    target.setTransform(a * factor, b * factor, c * factor, d * factor, e, f);
    // Thick slices are stretched many times over: only where both sides are enlarged are pixels shown as squares.
    target.imageSmoothingEnabled = Math.min(...scales) < 6;
    target.imageSmoothingQuality = "medium";
    target.drawImage(this.canvas, 0, 0);
    performance.measure("polyclinic:draw", { start: began, end: performance.now() });
  }
}
