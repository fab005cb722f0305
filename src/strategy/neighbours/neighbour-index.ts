/**
 * An index of a user's own reports by the images they describe (RepsNet's retrieval): the reports of the most similar images become prior context of a
 * question, or vote for a label. Similarity is the cosine of embeddings after the index's mean is subtracted, because embeddings of a tower that was not
 * trained by contrast share one large component.
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { PolyclinicError } from "../../base/errors.ts";
import { makeFolder, writeWhole } from "../../base/files.ts";

export interface IndexedReport {
  /** What the report is called in results: the image's path as given. */
  readonly id: string;
  readonly report: string;
  /** For a categorical answer. */
  readonly label?: string;
  readonly patient?: string;
  /** SHA-256 of the image's file. */
  readonly sha256: string;
}

export interface Neighbour extends IndexedReport {
  /** -1 to 1. */
  readonly similarity: number;
}

/** Embeds the image of a file. */
export type EmbedFile = (path: string) => Promise<Float32Array>;

const schema = "polyclinic.neighbours/1";

export class NeighbourIndex {
  private constructor(
    /** The embedder, as it has to be named again for a search. */
    readonly embedder: string,
    readonly reports: readonly IndexedReport[],
    private readonly mean: Float32Array,
    /** `[reports, mean.length]`, row by row: centred, of length 1. */
    private readonly vectors: Float32Array,
  ) {}

  /** @param vectors one per report, as the embedder gives them. */
  static of(embedder: string, reports: readonly IndexedReport[], vectors: readonly Float32Array[]): NeighbourIndex {
    const size = vectors[0]?.length ?? 0;
    const mean = new Float32Array(size);
    for (const vector of vectors) for (let i = 0; i < size; i++) mean[i] += vector[i] / vectors.length;
    const rows = new Float32Array(size * vectors.length);
    for (const [row, vector] of vectors.entries()) rows.set(centred(vector, mean), row * size);
    return new NeighbourIndex(embedder, reports, mean, rows);
  }

  /**
   * @param k how many at most.
   * @param without the study itself: reports of this file or of these patients (every identifier of its own) are never its neighbours, nor those of the
   * patient that the index names for this file. Patients are compared without case and outer spaces.
   */
  nearest(
    vector: Float32Array,
    k: number,
    without: { sha256?: string; patients?: readonly string[] } = {},
  ): Neighbour[] {
    if (vector.length !== this.mean.length)
      throw new PolyclinicError("strategy/neighbours", "the index was built with a different embedding model", {
        where: this.embedder,
        expected: `embeddings of length ${this.mean.length}`,
        found: String(vector.length),
      });
    const query = centred(vector, this.mean);
    const size = query.length;
    const own = new Set(
      [
        ...(without.patients ?? []),
        ...this.reports.flatMap(({ sha256, patient }) =>
          sha256 === without.sha256 && patient !== undefined ? [patient] : [],
        ),
      ].map(samePatient),
    );
    return this.reports
      .map((report, row) => {
        let similarity = 0;
        for (let i = 0; i < size; i++) similarity += query[i] * this.vectors[row * size + i];
        return { ...report, similarity };
      })
      .filter(
        ({ sha256, patient }) => sha256 !== without.sha256 && (patient === undefined || !own.has(samePatient(patient))),
      )
      .sort((a, b) => b.similarity - a.similarity)
      .slice(0, k);
  }

  /** Writes `index.json` and `vectors.f32` (little-endian). @throws PolyclinicError if the folder cannot be written. */
  async save(folder: string): Promise<void> {
    await makeFolder(folder);
    const head = { schema, embedder: this.embedder, size: this.mean.length, reports: this.reports };
    const numbers = new Float32Array(this.mean.length + this.vectors.length);
    numbers.set(this.mean);
    numbers.set(this.vectors, this.mean.length);
    await writeWhole(join(folder, "vectors.f32"), new Uint8Array(numbers.buffer));
    await writeWhole(join(folder, "index.json"), `${JSON.stringify(head, undefined, 1)}\n`);
  }

  /** @throws PolyclinicError `strategy/neighbours` if the folder holds no index, or its two files do not belong together. */
  static async open(folder: string): Promise<NeighbourIndex> {
    const bad = (found: string, cause?: unknown) =>
      new PolyclinicError("strategy/neighbours", "is not a valid index of reports", {
        where: folder,
        expected: "a folder written by `polyclinic neighbours build`",
        found,
        cause,
      });
    let head: { schema?: unknown; embedder: string; size: number; reports: IndexedReport[] };
    let bytes: Buffer;
    try {
      head = JSON.parse(await readFile(join(folder, "index.json"), "utf8"));
      bytes = await readFile(join(folder, "vectors.f32"));
    } catch (cause) {
      throw bad((cause as Error).message, cause);
    }
    if (head?.schema !== schema || !Array.isArray(head.reports)) throw bad(`schema ${String(head?.schema)}`);
    const expectedBytes = 4 * head.size * (head.reports.length + 1);
    if (bytes.length !== expectedBytes)
      throw bad(`vectors.f32 with ${bytes.length} bytes; index.json requires ${expectedBytes}`);
    const numbers = new Float32Array(new Uint8Array(bytes).buffer);
    return new NeighbourIndex(head.embedder, head.reports, numbers.slice(0, head.size), numbers.slice(head.size));
  }
}

const samePatient = (patient: string) => patient.trim().toLowerCase();

/** The label most neighbours have; of equally many, that of the most similar one. Undefined if none has a label. */
export function votedLabel(
  neighbours: readonly Pick<Neighbour, "label">[],
): { label: string; share: number } | undefined {
  const counts = new Map<string, number>();
  for (const { label } of neighbours) if (label !== undefined) counts.set(label, (counts.get(label) ?? 0) + 1);
  let best: [string, number] | undefined;
  for (const entry of counts) if (best === undefined || entry[1] > best[1]) best = entry;
  return best && { label: best[0], share: best[1] / neighbours.length };
}

export const fileHash = async (path: string): Promise<string> =>
  createHash("sha256")
    .update(await readFile(path))
    .digest("hex");

function centred(vector: Float32Array, mean: Float32Array): Float32Array {
  const out = vector.map((value, i) => value - mean[i]);
  const length = Math.hypot(...out);
  return length === 0 ? out : out.map((value) => value / length);
}
