/**
 * Other studies of the same patient, opened beside the current one. The server lists them: two studies are one
 * patient's only if it holds them under one patient ID and issuer. Parts of an opened study are numbered from a
 * multiple of `partsApart`, so that frames, windows and positions work as for the current study's parts. Nothing drawn
 * on them enters the report.
 */
import { signal } from "@preact/signals";
import type { PartManifest, StudyRow } from "../api/types.ts";
import type { StudySource } from "./source.ts";

/** More than the parts of any study. */
export const partsApart = 10_000;

export interface OpenedStudy {
  readonly row: StudyRow;
  /** Number of its first part. */
  readonly from: number;
  readonly source: StudySource;
  /** Numbered from `from`. */
  readonly parts: readonly PartManifest[];
}

export class Priors {
  /** The current study; undefined until the server has described it, and in the tab application. */
  readonly current = signal<StudyRow | undefined>(undefined);
  /** The patient's other studies, latest first. */
  readonly listed = signal<readonly StudyRow[]>([]);
  readonly opened = signal<readonly OpenedStudy[]>([]);
  readonly opening = signal<string | undefined>(undefined);

  /** The opened study of a part; undefined for parts of the current study. */
  of(part: number): OpenedStudy | undefined {
    return part < partsApart
      ? undefined
      : this.opened.value.find(({ from }) => part >= from && part < from + partsApart);
  }

  /**
   * @param source of the study. @returns the study, opened once.
   * @throws Error if the study is not one of the patient's; ApiError.
   */
  async open(id: string, source: StudySource, abort: AbortSignal): Promise<OpenedStudy> {
    const known = this.opened.peek().find(({ row }) => row.id === id);
    if (known !== undefined) return known;
    const row = this.listed.peek().find((one) => one.id === id);
    const patient = this.current.peek()?.patient.id;
    if (row === undefined || patient === undefined || row.patient.id !== patient)
      throw new Error("This study is not known to be of the same patient, and is not opened beside it.");
    this.opening.value = id;
    try {
      const { parts } = await source.parts(abort);
      // Opened studies keep their numbers when another one is closed.
      const from = partsApart + Math.max(0, ...this.opened.peek().map((one) => one.from));
      const study: OpenedStudy = {
        row,
        from,
        source: {
          ...source,
          pixels: (part, ...rest) => source.pixels(part - from, ...rest),
          ...(source.averaged && { averaged: (part, ...rest) => source.averaged!(part - from, ...rest) }),
        },
        parts: parts.map((manifest) => ({ ...manifest, part: from + manifest.part })),
      };
      this.opened.value = [...this.opened.peek(), study];
      return study;
    } finally {
      this.opening.value = undefined;
    }
  }

  close(study: OpenedStudy): void {
    this.opened.value = this.opened.peek().filter((one) => one !== study);
  }

  /** The studies made before the current one, or at an unknown time. */
  earlier(): readonly StudyRow[] {
    const date = this.current.value?.date ?? "";
    return this.listed.value.filter((row) => row.date === "" || date === "" || row.date <= date);
  }
}

/** The part most like another: of its kind, and if possible its modality, body part and name. */
export function counterpart(parts: readonly PartManifest[], like: PartManifest): PartManifest | undefined {
  const score = (one: PartManifest) =>
    (one.kind === like.kind ? 8 : 0) +
    (one.modality === like.modality ? 4 : 0) +
    (one.bodyPart === like.bodyPart ? 2 : 0) +
    (one.label === like.label ? 1 : 0);
  return parts.reduce<PartManifest | undefined>(
    (best, one) => (best === undefined || score(one) >= score(best) ? one : best),
    undefined,
  );
}

/** Days from one `YYYYMMDD` to another; undefined if one is missing or malformed. */
export function daysBetween(from: string, to: string): number | undefined {
  const [a, b] = [from, to].map((date) =>
    /^\d{8}$/.test(date) ? Date.UTC(+date.slice(0, 4), +date.slice(4, 6) - 1, +date.slice(6)) : Number.NaN,
  );
  const days = Math.round((b - a) / 86_400_000);
  return Number.isFinite(days) ? days : undefined;
}
