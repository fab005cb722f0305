/** The position of a slice, and its name in messages. */
import { cross, dot, type Vector } from "../../geometry/index.ts";
import type { Slice } from "./instance.ts";

export function nameOf({ instance, frame }: Slice): string {
  return instance.format!.frames > 1 ? `${instance.source.name} frame ${frame + 1}` : instance.source.name;
}

/** Distance along the common normal of a group, mm. */
export function placeOf(slice: Slice, normal: Vector): number {
  return dot(slice.position!, normal);
}

export function normalOf(slice: Slice): Vector {
  return cross(slice.orientation![0], slice.orientation![1]);
}

/** Slices closer than this have the same position, mm. */
export const samePlace = 0.01;
