/** What to know before reading reports of similar images. */
import type { Neighbour } from "./neighbour-index.ts";

/** Similarity from which an image is probably a copy of the same one, saved again. */
const copied = 0.99;

/** For an index that names patients, and an image whose patient is not known. */
export const patientUnknown =
  "the file names no patient, so other reports of the same patient in the index could not be excluded (--patient ID)";

/** @param vote of the labels, where the reports have some. */
export function neighbourCautions(
  found: readonly Pick<Neighbour, "similarity">[],
  vote?: { readonly share: number },
): string[] {
  if (found.length === 0) return [];
  const copies = found.filter(({ similarity }) => similarity >= copied).length;
  const unlike = found.filter(({ similarity }) => similarity <= 0).length;
  return [
    "similar images are no finding: the reports are those of other patients, and any image has a nearest one, of whatever kind it is",
    ...(copies > 0
      ? [
          `${copies} of ${found.length} are almost equal to this image and may be the same one saved again, with its own report (--patient excludes a patient's)`,
        ]
      : []),
    ...(unlike > 0 ? [`${unlike} of ${found.length} are not similar (0 or below)`] : []),
    ...(vote !== undefined && vote.share <= 0.5 ? ["no label has the majority of the votes"] : []),
  ];
}

/** The outcome of a vote of `count` neighbours. Without a majority there is none: the commonest label, printed as the outcome, would be read as one. */
export function voteText({ label, share }: { readonly label: string; readonly share: number }, count: number): string {
  const votes = `${Math.round(share * count)} of ${count}`;
  return share > 0.5 ? `${label} (${votes})` : `none (most votes: ${label}, ${votes})`;
}
