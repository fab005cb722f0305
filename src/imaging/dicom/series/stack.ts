/** Order and spacing of a stack of slices, and the resulting affine (PS3.3 C.7.6.2.1.1). */
import { affineFromColumns, dot, length, scale, subtract, type Vector } from "../../geometry/index.ts";
import type { Affine, Warning } from "../../types.ts";
import type { Slice } from "./instance.ts";
import { nameOf, normalOf, placeOf, samePlace } from "./place.ts";

export interface CheckedStack {
  /** In order along the slice normal, one per position. */
  readonly slices: Slice[];
  readonly warnings: Warning[];
}

/** Sorts along the normal and reports gaps, uneven spacing and tilt; requires unique positions (`separateStacked`). */
export function checkStack(unordered: readonly Slice[]): CheckedStack {
  const normal = normalOf(unordered[0]);
  const ordered = unordered
    .map((slice) => ({ slice, place: placeOf(slice, normal) }))
    .sort(
      (a, b) =>
        a.place - b.place ||
        (a.slice.instanceNumber ?? Infinity) - (b.slice.instanceNumber ?? Infinity) ||
        (nameOf(a.slice) < nameOf(b.slice) ? -1 : 1),
    );
  const slices = ordered.map(({ slice }) => slice);
  const warnings: Warning[] = [];
  if (ordered.length > 1) warnings.push(...spacingWarnings(ordered));
  warnings.push(...tiltWarnings(slices, normal));
  warnings.push(...pixelSpacingWarnings(slices));
  return { slices, warnings };
}

function spacingWarnings(slices: readonly { slice: Slice; place: number }[]): Warning[] {
  const steps = slices.slice(1).map(({ place }, i) => place - slices[i].place);
  const typical = median(steps);
  const warnings: Warning[] = [];
  const gaps = steps.flatMap((step, i) => (step > 1.5 * typical ? [i] : []));
  for (const i of gaps.slice(0, 5)) {
    const missing = Math.round(steps[i] / typical) - 1;
    warnings.push({
      code: "series/gap",
      message: `${steps[i].toFixed(2)} mm to ${nameOf(slices[i + 1].slice)}, where the usual distance is ${typical.toFixed(2)} mm: about ${missing} ${missing === 1 ? "slice is" : "slices are"} missing`,
      where: nameOf(slices[i].slice),
    });
  }
  if (gaps.length > 5)
    warnings.push({
      code: "series/gap",
      message: `${gaps.length - 5} more gaps in the stack`,
      where: nameOf(slices[0].slice),
    });
  const uneven = steps.filter(
    (step) => step <= 1.5 * typical && Math.abs(step - typical) > Math.max(0.02 * typical, 0.02),
  );
  if (uneven.length > 0)
    warnings.push({
      code: "series/uneven-spacing",
      message: `slices are ${Math.min(...steps).toFixed(3)} to ${Math.max(...steps).toFixed(3)} mm apart`,
      where: nameOf(slices[0].slice),
    });
  return warnings;
}

function tiltWarnings(slices: readonly Slice[], normal: Vector): Warning[] {
  const run = subtract(slices.at(-1)!.position!, slices[0].position!);
  const angle =
    slices.length < 2 ? 0 : (Math.acos(Math.min(1, Math.abs(dot(run, normal)) / length(run))) * 180) / Math.PI;
  const stated = statedTilt(slices[0]);
  const report = (message: string) => [{ code: "series/gantry-tilt", message, where: nameOf(slices[0]) }];
  if (angle >= 0.5)
    return report(
      `the stack is tilted ${angle.toFixed(1)} degrees from its slice normal${stated ? ` (stated tilt ${stated})` : ""}; the affine is sheared accordingly, and resample() on uprightGrid() corrects it`,
    );
  if (Math.abs(stated) < 0.5) return [];
  return report(
    `a gantry tilt of ${stated} degrees is stated, but the slice positions show no tilt; the positions are used`,
  );
}

/** Degrees; enhanced CT keeps it in a functional group. */
function statedTilt({ instance, frame }: Slice): number {
  const { dataset } = instance.file;
  const details = [
    dataset.sequence("PerFrameFunctionalGroupsSequence")[frame],
    dataset.sequence("SharedFunctionalGroupsSequence")[0],
  ].flatMap((group) => group?.sequence("CTAcquisitionDetailsSequence")[0] ?? []);
  return (details[0] ?? dataset).number("GantryDetectorTilt") ?? 0;
}

function pixelSpacingWarnings(slices: readonly Slice[]): Warning[] {
  const stated = slices[0].pixelSpacing;
  if (stated === undefined)
    return [
      {
        code: "series/no-pixel-spacing",
        message: "PixelSpacing is missing; 1 mm is assumed",
        where: nameOf(slices[0]),
      },
    ];
  const odd = slices.find(
    ({ pixelSpacing: own }) =>
      own === undefined ||
      Math.abs(own[0] - stated[0]) > 1e-3 * stated[0] ||
      Math.abs(own[1] - stated[1]) > 1e-3 * stated[1],
  );
  if (odd === undefined) return [];
  return [
    {
      code: "series/mixed-pixel-spacing",
      message: `PixelSpacing ${odd.pixelSpacing?.join(" x ") ?? "is missing"} where the first slice has ${stated.join(" x ")}`,
      where: nameOf(odd),
    },
  ];
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Modalities in which a series at one position with a stated spacing is a stack whose files all repeat the position of
 * the first slice.
 */
const stackModalities = new Set(["CT", "PT"]);

/**
 * Some writers (cone beam CT, reconstructions) repeat the position of the first slice in every file: the actual
 * positions then follow from SliceLocation, or from the slice number and the stated spacing. Slices with distinct
 * positions are returned unchanged.
 */
export function assumedByLocation(slices: Slice[]): Slice[] {
  const [first] = slices;
  const position = first.position!;
  const single = slices.every((slice) => slice.instance.format!.frames === 1 && slice.cut === undefined);
  if (slices.length < 3 || !single) return slices;
  const shared = slices.every((slice) => length(subtract(slice.position!, position)) < samePlace);
  if (!shared) return slices;
  const offsets = offsetsByLocation(slices) ?? offsetsByNumber(slices);
  if (offsets === undefined) return slices;
  const normal = normalOf(first);
  return slices.map((slice, i) => {
    const away = scale(normal, offsets.values[i]);
    const own = [0, 1, 2].map((axis) => position[axis] + away[axis]) as unknown as Vector;
    return {
      ...slice,
      position: own,
      assumed: `all files state the same position; positions are derived from ${offsets.by}`,
    };
  });
}

function offsetsByLocation(slices: readonly Slice[]): { values: number[]; by: string } | undefined {
  const locations = slices.map(({ instance }) => instance.file.dataset.number("SliceLocation") ?? Number.NaN);
  if (new Set(locations).size !== slices.length || !locations.every(Number.isFinite)) return undefined;
  const lowest = Math.min(...locations);
  return { values: locations.map((location) => location - lowest), by: "SliceLocation" };
}

function offsetsByNumber(slices: readonly Slice[]): { values: number[]; by: string } | undefined {
  const [{ instance, traits, spacingBetween, thickness }] = slices;
  const step = spacingBetween ?? thickness;
  const numbers = slices.map((slice) => slice.instanceNumber ?? Number.NaN);
  if (step === undefined || !stackModalities.has(instance.modality)) return undefined;
  if (new Set(numbers).size !== slices.length || !numbers.every(Number.isFinite)) return undefined;
  // A time series at one position has differing times or acquisition numbers.
  const over = (slice: Slice) => JSON.stringify({ ...slice.traits, station: "" });
  if (slices.some((slice) => over(slice) !== JSON.stringify({ ...traits, station: "" }))) return undefined;
  const lowest = Math.min(...numbers);
  return {
    values: numbers.map((n) => (n - lowest) * step),
    by: "InstanceNumber and the stated distance between slices",
  };
}

/**
 * The affine of an ordered stack. The step between slices is the true one (sheared for a tilted gantry): the mean over
 * the stack, or with gaps the median distance, so that the spacing is correct and positions are exact up to the first
 * gap. Slices without geometry are aligned with the patient axes at the stated spacing.
 */
export function stackAffine(slices: readonly Slice[]): Affine {
  const [first] = slices;
  const [rowSpacing, columnSpacing] = first.pixelSpacing ?? [1, 1];
  const statedStep = first.spacingBetween ?? first.thickness ?? 1;
  if (first.position === undefined || first.orientation === undefined)
    return affineFromColumns([columnSpacing, 0, 0], [0, rowSpacing, 0], [0, 0, statedStep], [0, 0, 0]);
  const [row, column] = first.orientation;
  const normal = normalOf(first);
  const n = slices.length;
  let step = scale(normal, statedStep);
  if (n > 1) {
    const run = subtract(slices[n - 1].position!, first.position);
    const places = slices.map((slice) => placeOf(slice, normal));
    const steps = places.slice(1).map((place, i) => place - places[i]);
    const usual = median(steps);
    const mean = (places[n - 1] - places[0]) / (n - 1);
    const hasGap = steps.some((distance) => distance > 1.5 * usual);
    step = scale(run, (hasGap ? usual / mean : 1) / (n - 1));
  }
  return affineFromColumns(scale(row, columnSpacing), scale(column, rowSpacing), step, first.position);
}
