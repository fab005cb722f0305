/** A volume in the browser: loads slices from the current position outwards, and holds the crosshair position shared by all planes. */
import { type Signal, signal } from "@preact/signals";
import { type Plane, planeOf, type VolumeShape } from "../../../study/display/planes.ts";
import { type Axis, applyTo, inverse, type Point } from "../../../study/display/voxels.ts";
import type { PartManifest } from "../../api/types.ts";
import type { PixelSlice } from "../pixels/fetch.ts";
import type { StudySource } from "../source.ts";

/**
 * Number of concurrent requests: enough to keep a server busy, few enough that a jump to another position is served
 * immediately.
 */
const maxConcurrent = 4;

export class VolumeView {
  readonly shape: VolumeShape;
  readonly placed: boolean;
  readonly slices: (PixelSlice | undefined)[];
  /** Voxel coordinates of the point through which all planes are cut. */
  readonly point: Signal<Point>;
  /** Number of loaded slices. */
  readonly arrived = signal(0);
  readonly failure = signal<Error | undefined>(undefined);
  private readonly requested = new Set<number>();
  private running = 0;
  private closed = false;
  private readonly abort = new AbortController();

  constructor(
    private readonly source: StudySource,
    readonly manifest: PartManifest,
  ) {
    const { shape, spacing, placed } = manifest.volume!;
    const [depth, height, width] = shape;
    this.shape = { size: [width, height, depth], spacing: [spacing[0], spacing[1], spacing[2]] };
    this.placed = placed;
    this.slices = new Array(depth).fill(undefined);
    this.point = signal<Point>([(width - 1) / 2, (height - 1) / 2, Math.floor(depth / 2)]);
    this.fill();
  }

  plane(across: Axis): Plane {
    return planeOf(this.manifest.volume!.affine, across, this.placed);
  }

  /** The axis perpendicular to axial planes; the slice axis if the patient axes are unknown. */
  get axial(): Axis {
    return ([0, 1, 2] as const).find((axis) => this.plane(axis).name === "axial") ?? 2;
  }

  moveTo(axis: Axis, at: number): void {
    const point: [number, number, number] = [...this.point.peek()];
    point[axis] = Math.max(0, Math.min(this.shape.size[axis] - 1, at));
    if (point[axis] !== this.point.peek()[axis]) this.lookAt(point);
  }

  lookAt(point: Point): void {
    const inside = point.map((value, axis) => Math.max(0, Math.min(this.shape.size[axis] - 1, value)));
    this.point.value = inside as unknown as Point;
    this.fill();
  }

  toPatient(point: Point): Point {
    return applyTo(this.manifest.volume!.affine, point);
  }

  fromPatient(point: Point): Point {
    return applyTo(inverse(this.manifest.volume!.affine), point);
  }

  private nextWanted(): number | undefined {
    const z = Math.round(this.point.peek()[2]);
    for (let step = 0; step < this.slices.length; step++)
      for (const at of step === 0 ? [z] : [z + step, z - step])
        if (at >= 0 && at < this.slices.length && this.slices[at] === undefined && !this.requested.has(at)) return at;
    return undefined;
  }

  private fill(): void {
    while (!this.closed && this.running < maxConcurrent) {
      const at = this.nextWanted();
      if (at === undefined) return;
      this.requested.add(at);
      this.running++;
      void this.load(at);
    }
  }

  private async load(at: number): Promise<void> {
    try {
      this.slices[at] = await this.source.pixels(this.manifest.part, at, this.abort.signal);
      this.arrived.value++;
    } catch (error) {
      if (this.closed) return;
      this.failure.value = error as Error;
      // Asked again in a while: a server that restarts is back in seconds.
      setTimeout(() => {
        this.requested.delete(at);
        this.fill();
      }, 2000);
    } finally {
      this.running--;
    }
    this.fill();
  }

  close(): void {
    this.closed = true;
    this.abort.abort();
  }
}
