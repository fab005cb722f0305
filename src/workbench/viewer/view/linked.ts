/**
 * Frames that move together. Volumes of one study stand at the same patient position. Volumes of two studies are not
 * registered: they keep the distance, in patient millimetres, that they had when they were linked, so that a reader who
 * unlinks them, scrolls one to the same level and links them again compares the same anatomy.
 */
import { effect } from "@preact/signals";
import type { Point } from "../../../study/display/voxels.ts";
import type { Frame, Reader } from "../reader.ts";
import type { VolumeView } from "../volume/volume.ts";
import { shownBy } from "./shown.ts";
import { fitScale, type Placement } from "./transform.ts";

export class Linked {
  private readonly apart = new Map<string, Point>();
  private places = new Map<Frame, Placement>();

  constructor(private readonly reader: Reader) {}

  private volumeOf(frame: Frame): VolumeView | undefined {
    const { volume } = this.reader.view(frame.part.peek());
    return volume?.placed ? volume : undefined;
  }

  private active(): boolean {
    return this.reader.beside.peek() && this.reader.linked.peek();
  }

  /** Keeps the distances of the volumes as they are now. */
  align(): void {
    this.apart.clear();
    const frames = this.reader.frames.peek();
    for (const one of frames)
      for (const other of frames) {
        const [a, b] = [this.volumeOf(one), this.volumeOf(other)];
        if (a === undefined || b === undefined || !this.foreign(one, other)) continue;
        const [from, to] = [a.toPatient(a.point.peek()), b.toPatient(b.point.peek())];
        this.apart.set(`${one.id} ${other.id}`, [to[0] - from[0], to[1] - from[1], to[2] - from[2]]);
      }
  }

  private foreign(one: Frame, other: Frame): boolean {
    const { priors } = this.reader;
    return priors.of(one.part.peek()) !== priors.of(other.part.peek());
  }

  /** Moves the other frames to where this one is. */
  follow(frame: Frame): void {
    const volume = this.volumeOf(frame);
    if (!this.active() || volume === undefined) return;
    const point = volume.toPatient(volume.point.peek());
    for (const other of this.reader.frames.peek()) {
      const its = other === frame ? undefined : this.volumeOf(other);
      if (its === undefined || its === volume) continue;
      const [x, y, z] = this.apart.get(`${frame.id} ${other.id}`) ?? [0, 0, 0];
      its.lookAt(its.fromPatient([point[0] + x, point[1] + y, point[2] + z]));
    }
  }

  /** Zooms and moves the other frames as one of them was. @returns stops it. */
  watchPlaces(): () => void {
    return effect(() => {
      const frames = this.reader.frames.value;
      const now = new Map(frames.map((frame) => [frame, frame.place.value]));
      const before = this.places;
      this.places = now;
      if (!this.active()) return;
      const moved = frames.find((frame) => before.has(frame) && before.get(frame) !== now.get(frame));
      if (moved === undefined) return;
      const [from, to] = [before.get(moved)!, now.get(moved)!];
      const by = to.zoom / from.zoom;
      for (const other of frames) {
        if (other === moved) continue;
        const its = now.get(other)!;
        const place = {
          ...its,
          zoom: its.zoom * by,
          x: its.x * by + to.x - from.x * by,
          y: its.y * by + to.y - from.y * by,
        };
        // Known before it is set, so that it is not taken for a movement of its own.
        now.set(other, place);
        other.place.value = place;
      }
    });
  }

  /** Shows two frames at one size in millimetres, as large as both fit. @param sizes of the frames, CSS pixels. */
  sameScale(sizes: readonly (readonly [width: number, height: number])[]): boolean {
    const frames = this.reader.frames.peek();
    const scales = frames.map((frame, i) => {
      const shown = shownBy(this.reader, frame);
      if (shown?.spacing === undefined || sizes[i] === undefined) return undefined;
      const millimetres = Math.min(...shown.spacing) * shown.reduce;
      return fitScale(shown.size, frame.place.peek().turns, ...sizes[i]) / millimetres;
    });
    if (scales.some((scale) => scale === undefined)) return false;
    const common = Math.min(...(scales as number[]));
    for (const [i, frame] of frames.entries()) {
      const place = { ...frame.place.peek(), zoom: common / scales[i]!, x: 0, y: 0 };
      this.places.set(frame, place);
      frame.place.value = place;
    }
    return true;
  }
}
