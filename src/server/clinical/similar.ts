/** Reports of similar images, from an index of the site's own reports (`serve --neighbours`). */
import { ImageEmbedder } from "../../learn/tune/embedder.ts";
import {
  type Neighbour,
  NeighbourIndex,
  nearestTo,
  neighbourCautions,
  patientUnknown,
} from "../../strategy/neighbours/index.ts";
import { HttpError } from "../http-error.ts";
import type { OpenedStudies } from "../pixels/opened.ts";
import type { Store } from "../store/index.ts";

export interface Similar {
  /** The most similar first. Neither patients nor file names: a reader of this study has no need to know whose they are. */
  readonly neighbours: readonly Pick<Neighbour, "report" | "label" | "similarity">[];
  readonly cautions: readonly string[];
}

export class SimilarReports {
  private opened: Promise<{ index: NeighbourIndex; embedder: ImageEmbedder }> | undefined;

  constructor(
    private readonly store: Store,
    private readonly studies: OpenedStudies,
    /** Folder of the index; undefined if the server has none. */
    private readonly folder?: string,
  ) {}

  get available(): boolean {
    return this.folder !== undefined;
  }

  /**
   * The reports most similar to an image of a study, never the study's own nor another of its patient.
   *
   * @param part of the study; it must be an image. @param k at most this many.
   * @throws HttpError 404 without an index, 400 for a part that is no image, and the errors of index and embedder.
   */
  async of(study: string, part: number, k: number): Promise<Similar> {
    if (this.folder === undefined)
      throw new HttpError(404, "server/no-reports", "this server has no index of reports", {
        hint: "Make one with `polyclinic neighbours build`, and start the server with --neighbours.",
      });
    const files = await this.studies.filesOf(study);
    await using whole = await this.studies.whole(study);
    const shown = whole.parts[part];
    const file = files.find(({ name }) => shown?.origin.files.includes(name));
    if (shown?.kind !== "image" || file === undefined)
      throw new HttpError(400, "server/part", "similar reports are found for an image", {
        where: `part ${part}`,
        expected: "a radiograph, photograph or single slice",
        found: shown?.kind ?? "no such part",
      });
    const { rows } = await this.store.database.query<{ patient: string }>(
      "select patient.identifier as patient from study join patient on patient.id = study.patient where study.id = $1",
      [study],
    );
    const { index, embedder } = await this.open();
    // A study without a patient identifier is held under one that the server made.
    const patients = rows.flatMap(({ patient }) => (patient.startsWith("study:") ? [] : [patient]));
    const { found, ownPatientUnknown } = await nearestTo(index, embedder, file.path, { k, patients });
    return {
      neighbours: found.map(({ report, label, similarity }) => ({
        report,
        similarity,
        ...(label !== undefined && { label }),
      })),
      cautions: [...neighbourCautions(found), ...(ownPatientUnknown ? [patientUnknown] : [])],
    };
  }

  /** Opened at the first question; a failed attempt is repeated. */
  private open() {
    this.opened ??= (async () => {
      const index = await NeighbourIndex.open(this.folder!);
      return { index, embedder: await ImageEmbedder.open(index.embedder) };
    })();
    this.opened.catch(() => {
      this.opened = undefined;
    });
    return this.opened;
  }

  async close(): Promise<void> {
    await this.opened?.then(
      ({ embedder }) => embedder.close(),
      () => {},
    );
  }
}
