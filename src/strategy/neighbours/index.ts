/** Reports of similar studies. */
import { ImageEmbedder } from "../../learn/tune/embedder.ts";
import { fileHash, type Neighbour, NeighbourIndex } from "./neighbour-index.ts";

export { neighbourCautions } from "./cautions.ts";
export { type EmbedFile, type IndexedReport, type Neighbour, NeighbourIndex, votedLabel } from "./neighbour-index.ts";
export { indexOf, type ReportRow, readReportTable } from "./report-table.ts";
export { withNeighbours } from "./with-neighbours.ts";

/**
 * The `k` reports whose images are most similar to an image, without the image's own.
 *
 * @param folder an index. @throws PolyclinicError `strategy/neighbours`, and those of the embedder and of the image's reader.
 */
export async function neighboursOf(
  folder: string,
  image: string,
  { k, patient }: { k: number; patient?: string },
): Promise<Neighbour[]> {
  const index = await NeighbourIndex.open(folder);
  await using embedder = await ImageEmbedder.open(index.embedder);
  const vector = await embedder.embed(image);
  return index.nearest(vector, k, { sha256: await fileHash(image), ...(patient !== undefined && { patient }) });
}
