/** Where each frame of a tiled DICOM image is in the slide (PS3.3 C.7.6.17.3, C.8.12.14). */
import { PolyclinicError } from "../../../base/errors.ts";
import type { DataSet } from "../../dicom/parse/data-set.ts";
import type { Warning } from "../../types.ts";
import type { Instance } from "./instances.ts";

export interface TileGeometry {
  readonly columns: number;
  readonly rows: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
}

/**
 * Frame numbers of the instance by tile number (row-major). Tiled full: frames follow the tiles, focal plane after
 * focal plane, then optical path after optical path. Tiled sparse: each frame states its position. Of several focal
 * planes the one nearest the focus is used, and of several optical paths the first, with a warning.
 */
export function placeFrames(
  instance: Instance,
  frames: number,
  grid: TileGeometry,
  warnings: Warning[],
): Map<number, number> {
  const { dataset, name } = instance.file;
  const perFrame = dataset.sequence("PerFrameFunctionalGroupsSequence");
  const organization = dataset.string("DimensionOrganizationType");
  const placed = perFrame.some((item) => item.has("PlanePositionSlideSequence"));
  const tiles = grid.columns * grid.rows;
  const places = new Map<number, number>();
  if (organization === "TILED_FULL" || !placed) {
    const whole = instance.firstFrame + frames;
    if (instance.concatenation === undefined && whole < tiles)
      throw new PolyclinicError("slide/damaged", "has fewer frames than the slide has tiles", {
        where: name,
        expected: `${tiles}`,
        found: `${frames}`,
      });
    for (let frame = 0; frame < frames && instance.firstFrame + frame < tiles; frame++)
      places.set(instance.firstFrame + frame, frame);
    if (whole > tiles) warnings.push(leftOut(name));
    return places;
  }
  const firstPath = firstOpticalPath(perFrame);
  const heights = new Map<number, number>();
  let dropped = false;
  perFrame.slice(0, frames).forEach((item, frame) => {
    const [position] = item.sequence("PlanePositionSlideSequence");
    const x = (position?.number("ColumnPositionInTotalImagePixelMatrix") ?? Number.NaN) - 1;
    const y = (position?.number("RowPositionInTotalImagePixelMatrix") ?? Number.NaN) - 1;
    const [column, row] = [x / grid.tileWidth, y / grid.tileHeight];
    if (!(Number.isInteger(column) && Number.isInteger(row) && column >= 0 && row >= 0))
      throw new PolyclinicError("slide/tile-position", "a frame is not aligned with the tile grid", {
        where: `${name}, frame ${frame + 1}`,
        expected: `multiples of ${grid.tileWidth} x ${grid.tileHeight}`,
        found: `${x}, ${y}`,
        hint: "Overlapping tiles are not supported: export the slide again as TILED_FULL.",
      });
    if (column >= grid.columns || row >= grid.rows) return;
    const tile = row * grid.columns + column;
    const height = Math.abs(position?.number("ZOffsetInSlideCoordinateSystem") ?? 0);
    const other = opticalPathOf(item) !== firstPath;
    if (other || (heights.get(tile) ?? Number.POSITIVE_INFINITY) <= height) {
      dropped = true;
      return;
    }
    dropped ||= heights.has(tile);
    heights.set(tile, height);
    places.set(tile, frame);
  });
  if (dropped) warnings.push(leftOut(name));
  return places;
}

function leftOut(where: string): Warning {
  return { code: "slide/planes-left-out", message: "additional focal planes or optical paths were left out", where };
}

function opticalPathOf(item: DataSet): string | undefined {
  return item.sequence("OpticalPathIdentificationSequence")[0]?.string("OpticalPathIdentifier");
}

function firstOpticalPath(perFrame: readonly DataSet[]): string | undefined {
  return perFrame.length === 0 ? undefined : opticalPathOf(perFrame[0]);
}
