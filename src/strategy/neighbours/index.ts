/** Reports of similar studies. */
import { ImageEmbedder } from "../../learn/tune/embedder.ts";
import { fileHash, type Neighbour, NeighbourIndex } from "./neighbour-index.ts";
import { patientsOf } from "./patients.ts";

export { neighbourCautions, patientUnknown, voteText } from "./cautions.ts";
export { type EmbedFile, type IndexedReport, type Neighbour, NeighbourIndex, votedLabel } from "./neighbour-index.ts";
export { patientsOf } from "./patients.ts";
export { indexOf, type ReportRow, readReportTable } from "./report-table.ts";
export { withNeighbours } from "./with-neighbours.ts";

export interface Neighbours {
  readonly found: readonly Neighbour[];
  /** Whether the image's patient is not known although the index names patients: other reports of the same patient may be among those found. */
  readonly ownPatientUnknown: boolean;
}

/**
 * The `k` reports whose images are most similar to an image, without the image's own and those of its patient: the one that its DICOM file names, that the index names
 * for this file, and `patients`.
 *
 * @throws PolyclinicError those of the embedder and of the image's reader.
 */
export async function nearestTo(
  index: NeighbourIndex,
  embedder: ImageEmbedder,
  image: string,
  { k, patients: given = [] }: { k: number; patients?: readonly string[] },
): Promise<Neighbours> {
  const vector = await embedder.embed(image);
  const sha256 = await fileHash(image);
  const patients = [...given, ...(await patientsOf(image))];
  const named = index.reports.some((report) => report.patient !== undefined);
  const known = patients.length > 0 || index.reports.some((own) => own.sha256 === sha256 && own.patient !== undefined);
  return { found: index.nearest(vector, k, { sha256, patients }), ownPatientUnknown: named && !known };
}

/** As {@link nearestTo}, in an index on disk. @param folder an index. @throws PolyclinicError `strategy/neighbours`. */
export async function neighboursOf(
  folder: string,
  image: string,
  { k, patient }: { k: number; patient?: string },
): Promise<Neighbours> {
  const index = await NeighbourIndex.open(folder);
  await using embedder = await ImageEmbedder.open(index.embedder);
  return await nearestTo(index, embedder, image, { k, ...(patient !== undefined && { patients: [patient] }) });
}
