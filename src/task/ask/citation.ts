/** The facts that a computed answer cites. */
import type { FactSource } from "../../records/fact.ts";

/** A fact that an answer is based on, with its location in the source. */
export interface CitedFact {
  /** Citation number in the answer: `[1]`. */
  readonly number: number;
  /** Id of the fact in the record; stable for the same file. */
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  /** As the source prints it, with its unit. */
  readonly value?: string;
  /** In the precision of the source. */
  readonly date?: string;
  readonly flag?: string;
  readonly source: FactSource;
  readonly cautions?: readonly string[];
}

/** `[1] Hemoglobin 10.4 g/dL (L), 2026-02-03: Observation/hb-3`. */
export function citationLine({ number, name, value, flag, date, source }: CitedFact): string {
  const said = [name, value, flag && `(${flag})`].filter(Boolean).join(" ");
  return `[${number}] ${said}${date === undefined ? "" : `, ${date.slice(0, 10)}`}: ${placeOf(source)}`;
}

function placeOf(source: FactSource): string {
  if ("resource" in source) return source.path === undefined ? source.resource : `${source.resource} ${source.path}`;
  if ("note" in source) return `${source.note}, characters ${source.from} to ${source.to}`;
  const { page, box, document } = source;
  const corners = [box.x0, box.y0, box.x1, box.y1].map(Math.round).join(",");
  return `${document === undefined ? "" : `${document}, `}page ${page}, box ${corners}`;
}
