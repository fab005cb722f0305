/** A study with the reports of similar studies as a text after its own parts. */
import { createHash } from "node:crypto";
import { similarReports } from "../../prompts/index.ts";
import type { Study, TextPart } from "../../study/types.ts";
import type { Neighbour } from "./neighbour-index.ts";

/** @param neighbours the most similar first; none leave the study as it is. */
export function withNeighbours(study: Study, neighbours: readonly Neighbour[]): Study {
  if (neighbours.length === 0) return study;
  const text = similarReports(neighbours.map(({ report }) => report));
  const part: TextPart = {
    kind: "text",
    label: "reports of similar studies",
    modality: "DOC",
    origin: { files: [], sha256: createHash("sha256").update(text).digest("hex") },
    warnings: [],
    text,
  };
  return { ...study, parts: [...study.parts, part] };
}
