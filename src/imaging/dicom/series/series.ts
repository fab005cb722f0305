/**
 * Series assembly: groups instances into stacks of one volume each, single images, and other groups. Slices are grouped by series,
 * size, orientation, echo and b-value, and further only if several slices have the same position (`separate.ts`).
 * They are ordered by position along the slice normal, never by file name, and by InstanceNumber only if there is no position.
 * Nothing is dropped silently: what is not part of a stack forms another group or is in `leftOut` with its reason.
 */
import { dot, type Vector } from "../../geometry/index.ts";
import type { Warning } from "../../types.ts";
import { concatenationOffset, concatenationWarnings } from "./concatenation.ts";
import { always, traitNames } from "./frames/traits.ts";
import { type DicomInstance, type Slice, slicesOf } from "./instance.ts";
import { kindNames, type ObjectKind } from "./object-kind.ts";
import { nameOf } from "./place.ts";
import { contentOf } from "./same-object.ts";
import { separateStacked } from "./separate.ts";
import { assumedByLocation, checkStack } from "./stack.ts";
import { unknownMosaic } from "./unknown-mosaic.ts";

/** One displayable series: the instances or frames that belong together, in order. */
export interface DicomSeries {
  /**
   * `volume`: slices with geometry (a single CT or MR slice is one too); `stack`: tomographic slices without usable geometry, in
   * InstanceNumber order; `images`: single images (radiographs, photographs); `cine`: frames of
   * one object that are not slices, over time or from several angles (`Slice.meaning`); `localizer` and `secondary-capture`: kept separate because they are no part of the acquisition.
   */
  readonly kind: "volume" | "stack" | "images" | "cine" | "localizer" | "secondary-capture";
  readonly modality: string;
  readonly studyInstanceUID: string;
  readonly seriesInstanceUID: string;
  readonly patientID: string;
  /** Series description, and what distinguishes this group if the series was split. */
  readonly label: string;
  readonly slices: readonly Slice[];
  readonly warnings: readonly Warning[];
}

/** The result of grouping DICOM objects into series: the series, other objects, and what was left out and why. */
export interface Assembly {
  readonly series: readonly DicomSeries[];
  /** Objects that are not images for a model; whole slides and documents have their own readers. */
  readonly others: readonly DicomInstance[];
  readonly leftOut: readonly { readonly file: string; readonly reason: string }[];
}

/** Objects that are images if they have pixels. */
const pictureKinds: ReadonlySet<ObjectKind> = new Set(["image", "secondary-capture", "rt-dose", "other"]);
/** Not images; read by other readers. */
const readElsewhere: ReadonlySet<ObjectKind> = new Set(["whole-slide", "document", "waveform"]);
/** Modalities whose single images are slices. */
const tomographic = new Set(["CT", "MR", "PT", "RTDOSE"]);
/** Modalities whose images are separate even if they share a series. */
const projections = new Set(["CR", "DX", "MG", "RG", "PX", "IO", "XC", "OP", "GM", "ES", "DMS"]);

/** Groups instances of any number of series and patients. The result does not depend on the order of the instances. */
export async function assembleSeries(instances: readonly DicomInstance[]): Promise<Assembly> {
  const leftOut: { file: string; reason: string }[] = [];
  const others: DicomInstance[] = [];
  const bySeries = new Map<string, { members: DicomInstance[]; warnings: Warning[] }>();
  const known: Known = new Map();
  for (const instance of [...instances].sort(byName)) {
    const isPicture = instance.format !== undefined && pictureKinds.has(instance.kind);
    if (!isPicture) {
      others.push(instance);
      if (!readElsewhere.has(instance.kind))
        leftOut.push({
          file: instance.source.name,
          reason:
            pictureKinds.has(instance.kind) && instance.file.dataset.has("Rows")
              ? "an image without its pixel data: get the complete file from its source"
              : `${kindNames[instance.kind]}, not an image`,
        });
      continue;
    }
    const key = JSON.stringify([instance.studyInstanceUID, instance.seriesInstanceUID]);
    let group = bySeries.get(key);
    if (group === undefined) {
      group = { members: [], warnings: [] };
      bySeries.set(key, group);
    }
    const duplicate = instance.sopInstanceUID === "" ? undefined : await twinOf(instance, known);
    const where = instance.source.name;
    if (duplicate?.same === true) {
      group.warnings.push({
        code: "series/duplicate-object",
        message: `the same object as ${duplicate.of}; it is read once`,
        where,
      });
      leftOut.push({ file: where, reason: `the same object as ${duplicate.of}` });
      continue;
    }
    if (duplicate !== undefined)
      group.warnings.push({
        code: "series/same-uid",
        message: `has the same SOPInstanceUID as ${duplicate.of} but different pixels or a different position; both are read`,
        where,
      });
    group.members.push(instance);
  }
  const series = [...bySeries.values()].flatMap(({ members, warnings }) =>
    members.length === 0 ? [] : splitSeries(members, [...warnings, ...concatenationWarnings(members)], leftOut),
  );
  return { series, others, leftOut };
}

type Known = Map<string, { readonly instance: DicomInstance; content?: string }[]>;

/** Whether an object with this UID was seen before, and whether it is identical; a new instance is recorded. */
async function twinOf(instance: DicomInstance, known: Known): Promise<{ of: string; same: boolean } | undefined> {
  const before = known.get(instance.sopInstanceUID);
  if (before === undefined) {
    known.set(instance.sopInstanceUID, [{ instance }]);
    return undefined;
  }
  const content = await contentOf(instance);
  for (const one of before) {
    one.content ??= await contentOf(one.instance);
    if (one.content === content) return { of: one.instance.source.name, same: true };
  }
  before.push({ instance, content });
  return { of: before[0].instance.source.name, same: false };
}

const byName = (a: DicomInstance, b: DicomInstance) =>
  a.source.name < b.source.name ? -1 : a.source.name > b.source.name ? 1 : 0;

type Kind = DicomSeries["kind"];

function kindOf(slice: Slice): Kind {
  const { instance, traits } = slice;
  if (/LOCALIZER|SCOUT|TOPOGRAM/i.test(traits.imageType)) return "localizer";
  if (instance.kind === "secondary-capture" || /SCREEN ?SAVE/i.test(traits.imageType)) return "secondary-capture";
  const placed = slice.position !== undefined && slice.orientation !== undefined;
  const several = instance.format!.frames > 1;
  const grey = instance.format!.samplesPerPixel === 1 && instance.format!.photometric !== "PALETTE COLOR";
  if (!grey) return several ? "cine" : "images";
  if (several) {
    if (slice.meaning === "space") return placed ? "volume" : "stack";
    // Frames over time at one position form a cine run; enhanced objects keep the slices of each time point apart.
    return slice.meaning === "views" ? "images" : "cine";
  }
  if (projections.has(instance.modality)) return "images";
  if (placed) return "volume";
  return tomographic.has(instance.modality) ? "stack" : "images";
}

function splitSeries(
  instances: readonly DicomInstance[],
  inherited: readonly Warning[],
  leftOut: { file: string; reason: string }[],
): DicomSeries[] {
  const slices = instances.flatMap(slicesOf);
  const groups = new Map<string, Slice[]>();
  const orientations: Vector[][] = [];
  for (const slice of slices) {
    const kind = kindOf(slice);
    const { rows, columns } = slice;
    // A cine run or an image forms its own group; slices are grouped by size, orientation and traits.
    const key =
      kind === "volume" || kind === "stack"
        ? [kind, rows, columns, orientationIndex(slice, orientations), ...always.map((trait) => slice.traits[trait])]
        : kind === "cine"
          ? [kind, slice.instance.source.name]
          : [kind];
    const name = JSON.stringify(key);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [slice]);
    else group.push(slice);
  }
  const strays: Slice[] = [];
  const split = [...groups.values()].flatMap((group): Part[] => {
    const kind = kindOf(group[0]);
    if (kind !== "volume") return [{ slices: group, kind, apart: "", byOrder: false }];
    const separated = separateStacked(assumedByLocation(group));
    strays.push(...separated.strays);
    return separated.parts.map((part) => ({ byOrder: false, ...part, kind }));
  });
  for (const slice of strays)
    leftOut.push({ file: nameOf(slice), reason: "another slice at the same position, not distinguishable" });
  const strayWarnings = strays.map((slice) => ({
    code: "series/duplicate-slice",
    message: "has the same position as another slice, with no attribute that distinguishes them, and is left out",
    where: nameOf(slice),
  }));
  const warnings = [...inherited, ...strayWarnings, ...mixedWarnings(split)];
  const tomographicParts = split.filter(({ kind }) => kind === "volume" || kind === "stack");
  return split.map(({ slices: part, kind, apart, byOrder }) => {
    const first = part[0];
    const members = [...new Set(part.map((slice) => slice.instance))];
    const own: Warning[] = members.flatMap((instance) => [...instance.warnings, ...unknownMosaic(instance)]);
    if (byOrder)
      own.push({
        code: "series/separated-by-order",
        message:
          "there are several slices at every position and no attribute that distinguishes them; they are separated by their order",
        where: nameOf(first),
      });
    if (first.assumed !== undefined)
      own.push({ code: "series/assumed-positions", message: first.assumed, where: nameOf(first) });
    const checked = kind === "volume" ? checkStack(part) : { slices: orderByNumber(part), warnings: [] };
    if (kind === "stack")
      own.push({
        code: "series/no-geometry",
        message: `the slices have no position or orientation; they are in InstanceNumber order${
          first.pixelSpacing === undefined ? ", and a pixel spacing of 1 mm is assumed" : ""
        }`,
        where: nameOf(first),
      });
    if (kind === "localizer" || kind === "secondary-capture")
      own.push({
        code: `series/${kind}`,
        message: `listed separately: ${kind === "localizer" ? "a localizer" : "a secondary capture"}`,
        where: nameOf(first),
      });
    const description = first.instance.file.dataset.string("SeriesDescription") ?? first.instance.modality;
    const distinct =
      tomographicParts.length > 1
        ? distinction(
            part,
            tomographicParts.map((p) => p.slices),
          )
        : "";
    return {
      kind,
      modality: first.instance.modality,
      studyInstanceUID: first.instance.studyInstanceUID,
      seriesInstanceUID: first.instance.seriesInstanceUID,
      patientID: first.instance.patientID,
      label: [description, distinct, apart].filter(Boolean).join(", "),
      slices: checked.slices,
      warnings: [...warnings, ...own, ...checked.warnings],
    };
  });
}

function orderByNumber(slices: readonly Slice[]): Slice[] {
  const number = ({ instance }: Slice) => instance.file.dataset.number("InstanceNumber") ?? Number.MAX_SAFE_INTEGER;
  return [...slices].sort(
    (a, b) =>
      number(a) - number(b) ||
      concatenationOffset(a.instance) - concatenationOffset(b.instance) ||
      byName(a.instance, b.instance) ||
      a.frame - b.frame,
  );
}

/** Index of the slice's orientation among those seen so far (within half a degree); new ones are added. */
function orientationIndex({ orientation }: Slice, seen: Vector[][]): number {
  if (orientation === undefined) return -1;
  const near = (a: Vector, b: Vector) => dot(a, b) > 0.99996;
  const at = seen.findIndex(([row, column]) => near(row, orientation[0]) && near(column, orientation[1]));
  return at >= 0 ? at : seen.push([...orientation]) - 1;
}

interface Part {
  slices: Slice[];
  kind: Kind;
  apart: string;
  /** True if only their order distinguishes the parts. */
  byOrder: boolean;
}

/** The values that distinguish one group of a split series from the others. */
function distinction(part: readonly Slice[], all: readonly (readonly Slice[])[]): string {
  const facts: string[] = [];
  const { rows, columns } = part[0];
  if (all.some(([first]) => first.rows !== rows || first.columns !== columns)) facts.push(`${columns} x ${rows}`);
  for (const trait of always)
    if (all.some(([first]) => first.traits[trait] !== part[0].traits[trait]))
      facts.push(`${traitNames[trait]} ${part[0].traits[trait] || "not stated"}`);
  return facts.join(", ");
}

function mixedWarnings(parts: readonly Part[]): Warning[] {
  const stacks = parts.filter(({ kind }) => kind === "volume" || kind === "stack");
  if (stacks.length < 2) return [];
  const warnings: Warning[] = [];
  const where = stacks[0].slices[0].instance.seriesInstanceUID || nameOf(stacks[0].slices[0]);
  const sizes = new Set(stacks.map(({ slices: [{ rows, columns }] }) => `${columns} x ${rows}`));
  if (sizes.size > 1)
    warnings.push({
      code: "series/mixed-sizes",
      message: `one series contains images of ${[...sizes].join(", ")} pixels; each size becomes a separate volume`,
      where,
    });
  const orientations: Vector[][] = [];
  for (const { slices } of stacks) orientationIndex(slices[0], orientations);
  if (orientations.length > 1)
    warnings.push({
      code: "series/mixed-orientations",
      message: `one series contains ${orientations.length} orientations; each becomes a separate volume`,
      where,
    });
  if (warnings.length === 0)
    warnings.push({
      code: "series/split",
      message: `one series contains ${stacks.length} volumes; they are separated`,
      where,
    });
  return warnings;
}
