/**
 * Processing after an upload: determines the parts of the study, whether it can be read, and its thumbnail. Runs in the
 * background, one study at a time.
 */
import { PolyclinicError } from "../../base/errors.ts";
import type { OpenedPart, OpenedStudies } from "../pixels/opened.ts";
import { smallestOf } from "../pixels/pyramids.ts";
import { thumbnail } from "../pixels/thumbnail.ts";
import type { Store } from "../store/index.ts";

export class Preparation {
  private tail: Promise<void> = Promise.resolve();

  constructor(
    private readonly store: Store,
    private readonly studies: OpenedStudies,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  /** Queues studies that were not processed before the last shutdown. */
  async resume(): Promise<void> {
    const { rows } = await this.store.database.query<{ id: string }>("select id from study where state = 'received'");
    for (const { id } of rows) this.add(id);
  }

  add(study: string): void {
    this.tail = this.tail.then(() => this.prepare(study)).catch(this.onFailure);
  }

  /** Resolves when all queued studies are processed. */
  settled(): Promise<void> {
    return this.tail;
  }

  private async prepare(study: string): Promise<void> {
    const { database, files } = this.store;
    try {
      const { parts, leftOut, warnings } = await this.studies.of(study);
      const shown = parts.find(({ manifest }) => ["image", "volume", "slide", "document"].includes(manifest.kind));
      // Made here, once: a viewer of a very large image then reads only what it shows.
      for (const { manifest } of parts) if (manifest.image?.levels) await this.studies.pyramid(study, manifest.part);
      const png = shown && (await thumbnail(await this.small(study, shown)));
      const stored = png && (await files.put(new Uint8Array(png)));
      const modalities = [...new Set(parts.map(({ manifest }) => manifest.modality).filter((one) => one !== ""))];
      await database.query(
        `update study set state = 'ready', problem = null, part_count = $2, thumbnail = $3, left_out = $4, warnings = $5,
          modalities = $6, label = case when label = '' then $7 else label end,
          study_date = case when study_date = '' then $8 else study_date end where id = $1`,
        [
          study,
          parts.length,
          stored?.sha256 ?? null,
          JSON.stringify(leftOut),
          JSON.stringify(warnings),
          modalities,
          parts[0]?.manifest.label ?? "",
          parts[0]?.manifest.acquiredAt?.slice(0, 10).replaceAll("-", "") ?? "",
        ],
      );
    } catch (error) {
      if (!PolyclinicError.is(error)) this.onFailure(error);
      await database.query("update study set state = 'problem', problem = $2 where id = $1", [
        study,
        PolyclinicError.is(error) ? error.message : "reading the files failed",
      ]);
    }
  }

  /** A large image is read at its smallest size. */
  private async small(study: string, part: OpenedPart): Promise<OpenedPart> {
    if (!part.manifest.image?.levels) return part;
    const pyramid = await this.studies.pyramid(study, part.manifest.part);
    return { ...part, pixels: () => smallestOf(pyramid) };
  }
}
