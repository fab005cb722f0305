/**
 * Separates slices at the same position into several volumes. They are distinguished by one or two attributes, or any other header value that differs
 * at every position; if nothing differs, the n-th slice at every position belongs to the n-th volume. No slice is dropped because
 * another one has the same position.
 */
import type { Vector } from "../../geometry/index.ts";
import { tagName } from "../parse/dictionary.ts";
import { concatenationOffset } from "./concatenation.ts";
import { type Trait, traitNames, whenStacked } from "./frames/traits.ts";
import type { Slice } from "./instance.ts";
import { normalOf, placeOf, samePlace } from "./place.ts";

export interface Separated {
  readonly slices: Slice[];
  /** The distinguishing values of this part, for a label. */
  readonly apart: string;
  /** Set if nothing in the headers distinguishes the parts. */
  readonly byOrder?: boolean;
}

/**
 * @returns parts with exactly one slice per position, and the remaining single slices at otherwise unique positions.
 */
export function separateStacked(slices: readonly Slice[]): { parts: Separated[]; strays: Slice[] } {
  const most = multiplicity(slices);
  if (most < 2) return { parts: [{ slices: [...slices], apart: "" }], strays: [] };
  const candidates = [...whenStacked.map((trait) => [trait]), ...pairs(whenStacked)];
  let partial: { traits: readonly Trait[]; groups: Map<string, Slice[]>; worst: number } | undefined;
  for (const traits of candidates) {
    const groups = grouped(slices, (slice) => traits.map((trait) => slice.traits[trait]).join(" "));
    if (!distinguishesVolumes(groups, most)) continue;
    const worst = Math.max(...[...groups.values()].map(multiplicity));
    if (worst === 1) return { parts: named(groups, traits), strays: [] };
    if (worst < most && (partial === undefined || worst < partial.worst)) partial = { traits, groups, worst };
  }
  const other = byAnyAttribute(slices, most);
  if (other !== undefined) return { parts: other, strays: [] };
  if (partial === undefined) return byOrder(slices);
  const { traits, groups } = partial;
  const inner = named(groups, traits).map(({ slices: group, apart }) => ({ ...separateStacked(group), apart }));
  return {
    parts: inner.flatMap(({ parts, apart }) =>
      parts.map((part) => ({ ...part, apart: [apart, part.apart].filter(Boolean).join(", ") })),
    ),
    strays: inner.flatMap(({ strays }) => strays),
  };
}

/** Values that differ for every slice, such as an acquisition time, produce many groups and do not distinguish volumes. */
function distinguishesVolumes(groups: ReadonlyMap<string, readonly Slice[]>, most: number): boolean {
  return groups.size >= 2 && groups.size <= 1.5 * most;
}

function grouped(slices: readonly Slice[], key: (slice: Slice) => string): Map<string, Slice[]> {
  const groups = new Map<string, Slice[]>();
  for (const slice of slices) {
    const name = key(slice);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [slice]);
    else group.push(slice);
  }
  return groups;
}

function named(groups: ReadonlyMap<string, Slice[]>, traits: readonly Trait[]): Separated[] {
  const label = traits.map((trait) => traitNames[trait]).join(" and ");
  return [...groups].map(([key, group]) => ({ slices: group, apart: `${label} ${key.trim() || "not stated"}` }));
}

function pairs(traits: readonly Trait[]): Trait[][] {
  return traits.flatMap((a, i) => traits.slice(i + 1).map((b) => [a, b]));
}

function sortedPlaces(slices: readonly Slice[]): { slice: Slice; place: number }[] {
  const normal: Vector = normalOf(slices[0]);
  return slices.map((slice) => ({ slice, place: placeOf(slice, normal) })).sort((a, b) => a.place - b.place);
}

/** Slices by position, in order along the normal. */
function byPlace(slices: readonly Slice[]): Slice[][] {
  const places: Slice[][] = [];
  let last = Number.NEGATIVE_INFINITY;
  for (const { slice, place } of sortedPlaces(slices)) {
    if (place - last < samePlace) places[places.length - 1].push(slice);
    else {
      places.push([slice]);
      last = place;
    }
  }
  return places;
}

/** Maximum number of slices at one position. */
function multiplicity(slices: readonly Slice[]): number {
  return byPlace(slices).reduce((most, { length }) => Math.max(most, length), 0);
}

/** Longer values are not used to label a volume. */
const maxValueLength = 64;
/** Attributes that differ between files for unrelated reasons. */
const unsuitable =
  /UID$|^(InstanceNumber|SliceLocation|ImagePositionPatient|WindowCenter|WindowWidth|SmallestImagePixelValue|LargestImagePixelValue)$/;

/**
 * Separates by any single-valued attribute that differs at every position and forms exactly as many groups as there are
 * slices per position.
 */
function byAnyAttribute(slices: readonly Slice[], most: number): Separated[] | undefined {
  const tags = new Set<number>();
  for (const { instance } of slices.slice(0, 2 * most))
    for (const { tag, length, items } of instance.file.dataset.elements.values())
      if (items === undefined && length > 0 && length <= maxValueLength && tag >>> 16 < 0x7fe0) tags.add(tag);
  for (const tag of tags) {
    if (unsuitable.test(tagLabel(tag))) continue;
    const groups = grouped(slices, ({ instance }) => instance.file.dataset.strings(tag).join("\\"));
    if (groups.size !== most || [...groups.values()].some((group) => multiplicity(group) > 1)) continue;
    return [...groups].map(([key, group]) => ({ slices: group, apart: `${tagLabel(tag)} ${key || "not stated"}` }));
  }
  return undefined;
}

function tagLabel(tag: number): string {
  return tagName(tag).replace(/^\(\w{4},\w{4}\) /, "");
}

/** Takes the n-th slice of every position, ordered by number, name and frame. */
function byOrder(slices: readonly Slice[]): { parts: Separated[]; strays: Slice[] } {
  const places = byPlace(slices).map((place) => place.sort(inOrder));
  const most = Math.max(...places.map(({ length }) => length));
  const rounds = Array.from({ length: most }, (_, n) => places.flatMap((place) => place[n] ?? []));
  // Second slices at only a few positions do not form a second volume.
  const complete = rounds.filter((round, n) => n === 0 || 2 * round.length >= places.length);
  return {
    parts: complete.map((round, n) => ({
      slices: round,
      apart: complete.length > 1 ? `occurrence ${n + 1}` : "",
      ...(complete.length > 1 && { byOrder: true }),
    })),
    strays: rounds.slice(complete.length).flat(),
  };
}

const collator = new Intl.Collator("en", { numeric: true });

function inOrder(a: Slice, b: Slice): number {
  const number = (slice: Slice) => slice.instance.file.dataset.number("InstanceNumber") ?? Number.MAX_SAFE_INTEGER;
  return (
    number(a) - number(b) ||
    concatenationOffset(a.instance) - concatenationOffset(b.instance) ||
    collator.compare(a.instance.source.name, b.instance.source.name) ||
    a.frame - b.frame
  );
}
