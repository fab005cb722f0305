/** Draws one frame onto its canvas: the image, windowed at about its displayed size. */

import type { DetailTile } from "../pixels/detail.ts";
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

  private readonly tiles = new WeakMap<PixelSlice, { readonly canvas: HTMLCanvasElement; readonly key: string }>();

  /**
   * @param matrix image to canvas pixels.
   * @param by image pixels along each side of one pixel of `slice`. @param tiles drawn over it, the coarser first.
   * @param stamp changes when the values of the same slice object change (a plane being filled).
   */
  draw(
    target: CanvasRenderingContext2D,
    slice: PixelSlice,
    window: ViewWindow,
    invert: boolean,
    matrix: Matrix,
    stamp: unknown,
    by = 1,
    tiles: readonly DetailTile[] = [],
  ): void {
    const began = performance.now();
    const scales = [Math.hypot(matrix[0], matrix[1]), Math.hypot(matrix[2], matrix[3])];
    const scale = Math.max(...scales);
    const { slice: sized, factor } = sizeFor(slice, scale * by);
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
    const step = factor * by;
    target.setTransform(a * step, b * step, c * step, d * step, e, f);
    // Thick slices are stretched along one axis: pixels are drawn as squares only if both axes are enlarged.
    target.imageSmoothingEnabled = Math.min(...scales) < 6;
    target.imageSmoothingQuality = "medium";
    target.drawImage(this.canvas, 0, 0);
    for (const tile of tiles) {
      target.setTransform(
        a * tile.by,
        b * tile.by,
        c * tile.by,
        d * tile.by,
        e + a * tile.x + c * tile.y,
        f + b * tile.x + d * tile.y,
      );
      target.drawImage(this.painted(tile.slice, window, invert, key), 0, 0);
    }
    performance.measure("polyclinic:draw", { start: began, end: performance.now() });
  }

  /** A tile through the window, painted once for each window. */
  private painted(slice: PixelSlice, window: ViewWindow, invert: boolean, key: string): HTMLCanvasElement {
    const found = this.tiles.get(slice);
    if (found?.key === key) return found.canvas;
    const canvas = found?.canvas ?? document.createElement("canvas");
    [canvas.width, canvas.height] = [slice.width, slice.height];
    const image = new ImageData(slice.width, slice.height);
    paint(slice, { ...levelsOf(window), invert }, image);
    canvas.getContext("2d")!.putImageData(image, 0, 0);
    this.tiles.set(slice, { canvas, key });
    return canvas;
  }
}
