/** Draws one frame onto its canvas: the image, windowed at about its displayed size. */

import type { PixelSlice } from "../pixels/fetch.ts";
import { paint } from "../pixels/paint.ts";
import { sizeFor } from "../pixels/smaller.ts";
import { levelsOf, type ViewWindow } from "../windows.ts";
import type { Matrix } from "./transform.ts";

/** Caches the windowed image, so that panning does not window it again. */
export class Painter {
  private readonly canvas = document.createElement("canvas");
  private readonly context = this.canvas.getContext("2d", { willReadFrequently: false })!;
  private image: ImageData | undefined;
  private done: { slice: PixelSlice; data: PixelSlice["data"]; key: string; stamp: unknown } | undefined;

  /**
   * @param matrix image to canvas pixels.
   * @param stamp changes when the values of the same slice object change (a plane being filled).
   */
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
    // The reduced version of an odd-sized image lacks its last column and row; it is drawn at its actual position.
    target.setTransform(a * factor, b * factor, c * factor, d * factor, e, f);
    // Thick slices are stretched along one axis: pixels are drawn as squares only if both axes are enlarged.
    target.imageSmoothingEnabled = Math.min(...scales) < 6;
    target.imageSmoothingQuality = "medium";
    target.drawImage(this.canvas, 0, 0);
    performance.measure("polyclinic:draw", { start: began, end: performance.now() });
  }
}
