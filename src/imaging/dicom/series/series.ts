/**
 * Series assembly: instances to stacks that are one volume each, single pictures, and what is neither. Slices are grouped by series,
 * size, orientation, echo and b-value; further (acquisition, time point, image type) only where slices would lie on one another.
 * They are ordered by position along the slice normal, never by file name, and by InstanceNumber only where there is no position.
 * Nothing is dropped without a word: what does not go into a stack is another group or stands in `leftOut` with its reason.
 */
import { dot, type Vector } from "../../geometry/index.ts";
import type { Warning } from "../../types.ts";
import { concatenationOffset, concatenationWarnings } from "./concatenation.ts";
import { type DicomInstance, type Slice, slicesOf, type Trait } from "./instance.ts";
import { kindNames, type ObjectKind } from "./object-kind.ts";
import { nameOf, normalOf, placeOf, samePlace } from "./place.ts";
import { checkStack } from "./stack.ts";

export interface DicomSeries {
  /**
   * `volume`: slices with geometry (a single CT or MR slice is one too); `stack`: tomographic slices without usable geometry, in
   * InstanceNumber order; `images`: pictures that stand alone (radiographs, photographs); `cine`: frames over time;
   * `localizer` and `secondary-capture`: kept apart because they are no part of the acquisition.
   */
  readonly kind: "volume" | "stack" | "images" | "cine" | "localizer" | "secondary-capture";
  readonly modality: string;
  readonly studyInstanceUID: string;
  readonly seriesInstanceUID: string;
  readonly patientID: string;
  /** Series description, and what sets this group apart when the series was split. */
  readonly label: string;
  readonly slices: readonly Slice[];
  readonly warnings: readonly Warning[];
}

export interface Assembly {
  readonly series: readonly DicomSeries[];
  /** Objects that are no images for a model (whole slides are `imaging/slide`'s, documents the document reader's). */
  readonly others: readonly DicomInstance[];
  readonly leftOut: readonly { readonly file: string; readonly reason: string }[];
}

/** Objects that are pictures when they have pixels. */
const pictureKinds: ReadonlySet<ObjectKind> = new Set(["image", "secondary-capture", "rt-dose", "other"]);
/** Modalities whose images are slices of a body. */
const tomographic = new Set(["CT", "MR", "PT", "RTDOSE"]);
/** Modalities whose images stand alone even when several share a series. */
const projections = new Set(["CR", "DX", "MG", "RG", "PX", "IO", "XC", "OP", "GM", "ES", "DMS"]);

/** Groups instances of any number of series and patients. The result does not depend on the order of the instances. */
export function assembleSeries(instances: readonly DicomInstance[]): Assembly {
  const leftOut: { file: string; reason: string }[] = [];
  const others: DicomInstance[] = [];
  const bySeries = new Map<string, DicomInstance[]>();
  const seen = new Map<string, DicomInstance>();
  const duplicates: { file: string; of: string; series: string }[] = [];
  for (const instance of [...instances].sort(byName)) {
    const isPicture = instance.format !== undefined && pictureKinds.has(instance.kind);
    if (!isPicture) {
      others.push(instance);
      if (instance.kind !== "whole-slide" && instance.kind !== "document")
        leftOut.push({
          file: instance.source.name,
          reason:
            pictureKinds.has(instance.kind) && instance.file.dataset.has("Rows")
              ? "an image without its pixel data: get the whole file from its source"
              : `${kindNames[instance.kind]}, not an image`,
        });
      continue;
    }
    const key = JSON.stringify([instance.studyInstanceUID, instance.seriesInstanceUID]);
    const twin = instance.sopInstanceUID === "" ? undefined : seen.get(instance.sopInstanceUID);
    if (twin !== undefined) {
      duplicates.push({ file: instance.source.name, of: twin.source.name, series: key });
      leftOut.push({ file: instance.source.name, reason: `the same object as ${twin.source.name}` });
      continue;
    }
    seen.set(instance.sopInstanceUID, instance);
    const group = bySeries.get(key);
    if (group === undefined) bySeries.set(key, [instance]);
    else group.push(instance);
  }
  const series = [...bySeries].flatMap(([key, members]) => {
    const repeated = duplicates.filter((duplicate) => duplicate.series === key);
    const warnings: Warning[] = repeated.map(({ file, of }) => ({
      code: "series/duplicate-object",
      message: `the same object as ${of}; read once`,
      where: file,
    }));
    return splitSeries(members, [...warnings, ...concatenationWarnings(members)], leftOut);
  });
  return { series, others, leftOut };
}

const byName = (a: DicomInstance, b: DicomInstance) =>
  a.source.name < b.source.name ? -1 : a.source.name > b.source.name ? 1 : 0;

type Kind = DicomSeries["kind"];

function kindOf(slice: Slice): Kind {
  const { instance, traits } = slice;
  if (/LOCALIZER|SCOUT|TOPOGRAM/i.test(traits.imageType)) return "localizer";
  if (instance.kind === "secondary-capture" || /SCREEN ?SAVE/i.test(traits.imageType)) return "secondary-capture";
  const placed = slice.position !== undefined && slice.orientation !== undefined;
  const grey = instance.format!.samplesPerPixel === 1 && instance.format!.photometric !== "PALETTE COLOR";
  if (projections.has(instance.modality) || !grey) return instance.format!.frames > 1 ? "cine" : "images";
  if (placed) return "volume";
  if (tomographic.has(instance.modality)) return "stack";
  return instance.format!.frames > 1 ? "cine" : "images";
}

/** Traits that always separate, and those that only do when slices would lie on one another. */
const always: readonly Trait[] = ["echo", "bValue", "stack"];
const whenStacked: readonly Trait[] = ["temporal", "imageType", "acquisition", "agent", "trigger", "acquiredAt"];

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
    const { rows, columns } = slice.instance.format!;
    // A cine run or a picture stands alone; slices share their size, orientation and the traits that always separate.
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
  const split = [...groups.values()].flatMap((group) =>
    kindOf(group[0]) === "volume"
      ? separateStacked(group).map((part) => ({ ...part, kind: "volume" as Kind }))
      : [{ slices: group, kind: kindOf(group[0]), apart: "" }],
  );
  const warnings = [...inherited, ...mixedWarnings(split)];
  const tomographicParts = split.filter(({ kind }) => kind === "volume" || kind === "stack");
  return split.map(({ slices: part, kind, apart }) => {
    const first = part[0];
    const own: Warning[] = [...new Set(part.map((slice) => slice.instance))].flatMap((instance) => instance.warnings);
    const checked =
      kind === "volume" ? checkStack(part) : { slices: orderByNumber(part), warnings: [], duplicates: [] };
    for (const slice of checked.duplicates)
      leftOut.push({
        file: nameOf(slice),
        reason: "a second slice at the same place, with nothing to tell them apart",
      });
    if (kind === "stack")
      own.push({
        code: "series/no-geometry",
        message: `the slices have no position or orientation; they are in InstanceNumber order${
          first.pixelSpacing === undefined ? ", pixels of 1 mm are assumed" : ""
        }`,
        where: nameOf(first),
      });
    if (kind === "localizer" || kind === "secondary-capture")
      own.push({
        code: `series/${kind}`,
        message: `kept apart: ${kind === "localizer" ? "a localizer" : "a secondary capture"}`,
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
      label: [description, apart || distinct].filter(Boolean).join(", "),
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

/** Which of the orientations seen so far (within half a degree) a slice has; new ones are added. */
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
}

/** Splits slices that lie on one another by the first trait (or pair of traits) that leaves every place taken once. */
function separateStacked(slices: Slice[]): { slices: Slice[]; apart: string }[] {
  if (!hasOverlap(slices)) return [{ slices, apart: "" }];
  const candidates = [...whenStacked.map((trait) => [trait]), ...pairs(whenStacked)];
  for (const traits of candidates) {
    const groups = new Map<string, Slice[]>();
    for (const slice of slices) {
      const key = traits.map((trait) => slice.traits[trait]).join(" ");
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [slice]);
      else group.push(slice);
    }
    const sizes = [...groups.values()].map((group) => group.length);
    // A trait that differs from slice to slice (an acquisition time) tells nothing apart.
    if (groups.size < 2 || Math.min(...sizes) * groups.size < slices.length / 2) continue;
    if (slices.length > groups.size && Math.max(...sizes) === 1) continue;
    if ([...groups.values()].some(hasOverlap)) continue;
    return [...groups].map(([key, group]) => ({
      slices: group,
      apart: `${traits.map((t) => traitNames[t]).join(" and ")} ${key}`.trim(),
    }));
  }
  return [{ slices, apart: "" }];
}

function pairs(traits: readonly Trait[]): Trait[][] {
  return traits.flatMap((a, i) => traits.slice(i + 1).map((b) => [a, b]));
}

const traitNames: Readonly<Record<Trait, string>> = {
  imageType: "image type",
  echo: "echo",
  bValue: "b-value",
  temporal: "time point",
  acquisition: "acquisition",
  trigger: "trigger time",
  stack: "stack",
  acquiredAt: "acquired at",
  agent: "contrast",
};

function hasOverlap(slices: readonly Slice[]): boolean {
  const normal = normalOf(slices[0]);
  const places = slices.map((slice) => placeOf(slice, normal)).sort((a, b) => a - b);
  return places.some((place, i) => i > 0 && place - places[i - 1] < samePlace);
}

/** What a group of a split series has that the others do not. */
function distinction(part: readonly Slice[], all: readonly (readonly Slice[])[]): string {
  const facts: string[] = [];
  const format = part[0].instance.format!;
  if (
    all.some(
      ([first]) => first.instance.format!.rows !== format.rows || first.instance.format!.columns !== format.columns,
    )
  )
    facts.push(`${format.columns} x ${format.rows}`);
  for (const trait of always)
    if (all.some(([first]) => first.traits[trait] !== part[0].traits[trait]))
      facts.push(`${traitNames[trait]} ${part[0].traits[trait] || "not stated"}`);
  return facts.join(", ");
}

function mixedWarnings(parts: readonly Part[]): Warning[] {
  const warnings: Warning[] = [];
  const stacks = parts.filter(({ kind }) => kind === "volume" || kind === "stack");
  if (stacks.length < 2) return warnings;
  const where = stacks[0].slices[0].instance.seriesInstanceUID || nameOf(stacks[0].slices[0]);
  const sizes = new Set(
    stacks.map(({ slices: [{ instance }] }) => `${instance.format!.columns} x ${instance.format!.rows}`),
  );
  if (sizes.size > 1)
    warnings.push({
      code: "series/mixed-sizes",
      message: `one series holds images of ${[...sizes].join(", ")} pixels; each size is a volume of its own`,
      where,
    });
  const orientations: Vector[][] = [];
  for (const { slices } of stacks) orientationIndex(slices[0], orientations);
  if (orientations.length > 1)
    warnings.push({
      code: "series/mixed-orientations",
      message: `one series holds ${orientations.length} orientations; each is a volume of its own`,
      where,
    });
  if (warnings.length === 0)
    warnings.push({
      code: "series/split",
      message: `one series holds ${stacks.length} volumes; they are kept apart`,
      where,
    });
  return warnings;
}
