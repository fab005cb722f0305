/**
 * The position of each frame: from functional groups, from attributes of nuclear medicine and dose objects that apply to all frames, and, if a
 * multi-frame object states only one position, from the slice spacing.
 */
import { cross, dot, normalize, scale, type Vector } from "../../../geometry/index.ts";
import type { DataSet } from "../../parse/data-set.ts";
import type { FrameMeaning } from "./meaning.ts";
import type { Group } from "./traits.ts";

export interface FrameGeometry {
  /** Centre of the first pixel, LPS millimetres. */
  readonly position?: Vector;
  /** Unit vectors along a row (to higher columns) and down a column. */
  readonly orientation?: readonly [row: Vector, column: Vector];
  /** Why the position was not taken directly from the header. */
  readonly assumed?: string;
}

/** Direction cosines, made unit length; undefined when they are missing, zero or not at right angles (to 2 degrees). */
export function orientationOf(values: readonly number[]): [Vector, Vector] | undefined {
  if (values.length < 6 || !values.slice(0, 6).every(Number.isFinite)) return undefined;
  const row: Vector = [values[0], values[1], values[2]];
  const column: Vector = [values[3], values[4], values[5]];
  const lengths = Math.hypot(...row) * Math.hypot(...column);
  if (lengths < 0.25 || Math.abs(dot(row, column)) / lengths > 0.035) return undefined;
  return [normalize(row), normalize(column)];
}

function vectorOf(values: readonly number[]): Vector | undefined {
  if (values.length < 3 || !values.slice(0, 3).every(Number.isFinite)) return undefined;
  return [values[0], values[1], values[2]];
}

const nonEmpty = (...lists: readonly (readonly number[])[]) => lists.find((list) => list.length > 0) ?? [];

/** The geometry that the header states for a frame; several frames may share one position. */
export function statedGeometry(dataset: DataSet, frame: number, group: Group): FrameGeometry {
  // In nuclear medicine both are stored with the frame's detector (PS3.3 C.8.4.11).
  const detectors = dataset.sequence("DetectorInformationSequence");
  const detector = detectors[(dataset.numbers("DetectorVector")[frame] ?? 1) - 1] ?? detectors[0];
  const orientation = orientationOf(
    nonEmpty(
      group("PlaneOrientationSequence").numbers("ImageOrientationPatient"),
      group("PlaneOrientationVolumeSequence").numbers("ImageOrientationVolume"),
      detector?.numbers("ImageOrientationPatient") ?? [],
    ),
  );
  const position = vectorOf(
    nonEmpty(
      group("PlanePositionSequence").numbers("ImagePositionPatient"),
      group("PlanePositionVolumeSequence").numbers("ImagePositionVolume"),
      detector?.numbers("ImagePositionPatient") ?? [],
    ),
  );
  return { ...(position && { position }), ...(orientation && { orientation }) };
}

/**
 * Positions of the frames of an object that states only one position for all: along the normal, at the spacing in the
 * header. They are removed if no spacing is known, and unchanged if the frames are not slices.
 */
export function spreadFrames(
  dataset: DataSet,
  frames: readonly FrameGeometry[],
  meaning: FrameMeaning,
): readonly FrameGeometry[] {
  const [first] = frames;
  if (frames.length < 2 || meaning !== "space" || first.position === undefined || first.orientation === undefined)
    return frames;
  const shared = frames.every(({ position }) => position?.every((value, i) => value === first.position![i]));
  if (!shared) return frames;
  const [row, column] = first.orientation;
  const normal = cross(row, column);
  const distances = statedDistances(dataset, frames.length);
  if (distances === undefined) return frames.map(({ orientation }) => ({ orientation }));
  const { offsets, assumed } = distances;
  return frames.map((frame, i) => {
    const away = scale(normal, offsets[i]);
    const position = [0, 1, 2].map((axis) => first.position![axis] + away[axis]) as unknown as Vector;
    return { ...frame, position, ...(assumed !== undefined && { assumed }) };
  });
}

function statedDistances(dataset: DataSet, frames: number): { offsets: number[]; assumed?: string } | undefined {
  // A dose grid or a vector of slice locations gives the offset of every plane.
  for (const keyword of ["GridFrameOffsetVector", "SliceLocationVector"]) {
    const vector = dataset.numbers(keyword);
    if (vector.length >= frames && vector.every(Number.isFinite) && new Set(vector).size > 1)
      return {
        offsets: vector.slice(0, frames).map((value) => (keyword.startsWith("Grid") ? value : value - vector[0])),
      };
  }
  const slices = dataset.numbers("SliceVector");
  const spacing = dataset.number("SpacingBetweenSlices");
  const step = spacing ?? dataset.number("SliceThickness");
  if (step === undefined || step === 0) return undefined;
  // Nuclear medicine: SpacingBetweenSlices is negative where slices go against the normal (PS3.3 C.8.4.15).
  if (slices.length >= frames) return { offsets: slices.slice(0, frames).map((slice) => (slice - 1) * step) };
  return {
    offsets: Array.from({ length: frames }, (_, i) => i * step),
    assumed: `one position is stated for ${frames} frames; they are assumed to be ${Math.abs(step)} mm apart along the normal, from ${spacing === undefined ? "SliceThickness" : "SpacingBetweenSlices"}`,
  };
}

/** In-plane position of a slice, rounded to a millimetre: the stations of a whole-body series share planes. */
export function stationOf({ position, orientation }: FrameGeometry): string {
  if (position === undefined || orientation === undefined) return "";
  return orientation.map((axis) => Math.round(dot(position, axis)) || 0).join(", ");
}
