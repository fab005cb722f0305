/** One result of a laboratory document. */
import type { PageBox } from "../fact.ts";
import type { Comparator, Flag } from "./numbers.ts";

export type LabFieldName = "name" | "value" | "unit" | "range" | "flag";

/** A mark on a row that a person should review before using it. */
export interface ReviewMark {
  /** `labs/decimals`, `labs/flag-against-range`, ... */
  readonly code: string;
  readonly field: LabFieldName;
  readonly message: string;
}

/** An earlier result printed beside the current one. */
export interface PreviousResult {
  /** As printed. */
  readonly value: string;
  readonly date?: string;
}

/** One result of a laboratory document, as printed and as interpreted. */
export interface LabRow {
  /** `p1r3`: page and row in reading order. */
  readonly id: string;
  /** From 1. */
  readonly page: number;
  readonly section?: string;
  readonly name: string;
  /** As printed, without flag and unit. */
  readonly value: string;
  /** The value as a number; absent for results in words. */
  readonly number?: number;
  readonly comparator?: Comparator;
  /** As printed. */
  readonly unit?: string;
  readonly ucum?: string;
  /** As printed. */
  readonly range?: string;
  readonly low?: number;
  readonly high?: number;
  /** By its usual meaning. Absent if none is printed, which does not imply that the value is normal. */
  readonly flag?: Flag;
  readonly previous: readonly PreviousResult[];
  readonly method?: string;
  readonly specimen?: string;
  readonly comment?: string;
  readonly loinc?: { readonly code: string; readonly display: string; readonly confidence: number };
  /** In pixels of the page's image. */
  readonly boxes: Partial<Record<LabFieldName, PageBox>> & { readonly value: PageBox; readonly row: PageBox };
  /** 0 to 1: confidence of the least certain character of the value; 1 for a text layer. */
  readonly confidence: number;
  /** Empty when every check passed. */
  readonly review: readonly ReviewMark[];
}

/** A row as the parser finds it, before its fields are read and checked. */
export interface RawRow {
  page: number;
  section?: string;
  name: string;
  value: string;
  unit?: string;
  range?: string;
  flag?: string;
  previous: PreviousResult[];
  method?: string;
  specimen?: string;
  comment?: string;
  boxes: Partial<Record<LabFieldName, PageBox>> & { value: PageBox; row: PageBox };
  /** Confidence of each field's words. */
  confidence: Partial<Record<LabFieldName, number>>;
  /** Marks that come from the layout. */
  doubts: ReviewMark[];
}
