/** The tiles of a very large image: those in view are fetched at the resolution of the screen, and the latest are kept. */
import { signal } from "@preact/signals";
import { apply, invert, type Matrix } from "../view/transform.ts";
import type { PixelSlice } from "./fetch.ts";

/** Tile size of the server, pixels. */
const tileSize = 512;
/** Requests at a time; the others wait for the next drawing, which may no longer need them. */
const maxConcurrent = 6;
/** Tiles kept: about three screens of 1920 x 1080. */
const maxKept = 64;

export interface DetailTile {
  readonly slice: PixelSlice;
  /** Pixels of the image along each side of one pixel of the tile. */
  readonly by: number;
  /** Where it begins in the image. */
  readonly x: number;
  readonly y: number;
}

export class DetailTiles {
  /** Counts arrivals: who draws is drawn again. */
  readonly arrived = signal(0);
  /** By `level/x/y`, the latest used last. */
  private readonly kept = new Map<string, DetailTile>();
  private readonly asked = new Set<string>();

  /** @param levels the last one is shown by its whole image, not by tiles. */
  constructor(
    private readonly width: number,
    private readonly height: number,
    private readonly levels: number,
    private readonly load: (level: number, x: number, y: number) => Promise<PixelSlice>,
  ) {}

  /**
   * Tiles to draw, the coarser first, and requests those that are missing.
   *
   * @param matrix image to screen pixels. @param screen width and height of the frame, screen pixels.
   */
  inView(matrix: Matrix, [w, h]: readonly [number, number]): readonly DetailTile[] {
    const scale = Math.max(Math.hypot(matrix[0], matrix[1]), Math.hypot(matrix[2], matrix[3]));
    const wanted = Math.max(0, Math.min(this.levels - 1, Math.floor(Math.log2(1 / scale) + 1e-6)));
    const back = invert(matrix);
    const corners = [apply(back, 0, 0), apply(back, w, 0), apply(back, 0, h), apply(back, w, h)];
    const range = (axis: 0 | 1, most: number) =>
      [
        Math.max(0, Math.min(...corners.map((one) => one[axis]))),
        Math.min(most, Math.max(...corners.map((one) => one[axis]))),
      ] as const;
    const [[left, right], [top, bottom]] = [range(0, this.width), range(1, this.height)];
    const tiles: DetailTile[] = [];
    for (let level = this.levels - 2; level >= wanted; level--) {
      const span = tileSize * 2 ** level;
      for (let y = Math.floor(top / span); y * span < bottom; y++)
        for (let x = Math.floor(left / span); x * span < right; x++) {
          const key = `${level}/${x}/${y}`;
          const tile = this.kept.get(key);
          if (tile !== undefined) {
            this.kept.delete(key);
            this.kept.set(key, tile);
            tiles.push(tile);
          } else if (level === wanted) this.ask(key, level, x, y);
        }
    }
    if (this.asked.size === 0) performance.mark("polyclinic:tiles-complete");
    return tiles;
  }

  /** The values of a pixel of the image, if its tile in full resolution is here. */
  at(x: number, y: number): { readonly values: readonly number[] } | undefined {
    const tile = this.kept.get(`0/${Math.floor(x / tileSize)}/${Math.floor(y / tileSize)}`);
    if (tile === undefined) return undefined;
    const { width, height, channels, data } = tile.slice;
    const [u, v] = [Math.floor(x) - tile.x, Math.floor(y) - tile.y];
    if (u < 0 || v < 0 || u >= width || v >= height) return undefined;
    return { values: Array.from({ length: channels }, (_, c) => data[(v * width + u) * channels + c]) };
  }

  private ask(key: string, level: number, x: number, y: number): void {
    if (this.asked.has(key) || this.asked.size >= maxConcurrent) return;
    this.asked.add(key);
    this.load(level, x, y).then(
      (slice) => {
        this.asked.delete(key);
        const by = 2 ** level;
        this.kept.set(key, { slice, by, x: x * tileSize * by, y: y * tileSize * by });
        for (const oldest of this.kept.keys()) {
          if (this.kept.size <= maxKept) break;
          this.kept.delete(oldest);
        }
        this.arrived.value++;
      },
      // The coarser image stays; the next drawing asks again.
      () => this.asked.delete(key),
    );
  }
}
