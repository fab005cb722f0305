/** The pyramids of stored studies: made once, after an upload or when an image is first shown, and kept beside the files. */

import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PartManifest } from "../../study/display/manifest.ts";
import type { Pixels } from "../../study/display/pixels.ts";
import { removeUnnamed, type Store } from "../store/index.ts";
import { type PyramidHead, readLevel, writePyramid } from "./pyramid.ts";

export interface StoredPyramid {
  readonly path: string;
  readonly head: PyramidHead;
  readonly manifest: PartManifest;
}

interface Row {
  readonly sha256: string;
  readonly head: PyramidHead;
  readonly manifest: PartManifest;
  readonly part: number;
}

export class Pyramids {
  private readonly making = new Map<string, Promise<StoredPyramid>>();

  constructor(private readonly store: Store) {}

  /** @param key of the study's files: of other files, another pyramid is made. */
  async find(study: string, part: number, key: string): Promise<StoredPyramid | undefined> {
    const { rows } = await this.store.database.query<Row>(
      "select sha256, head, manifest, part from pyramid where study = $1 and part = $2 and key = $3",
      [study, part, key],
    );
    return rows[0] && this.stored(rows[0]);
  }

  /** The pyramid of a study that is one large image, without opening its files. */
  async alone(study: string, key?: string): Promise<StoredPyramid | undefined> {
    const { rows } = await this.store.database.query<Row>(
      "select sha256, head, manifest, part from pyramid where study = $1 and alone and ($2 = '' or key = $2)",
      [study, key ?? ""],
    );
    return rows[0] && this.stored(rows[0]);
  }

  /** @param alone whether the study has no other part. @param whole reads the image in full resolution. */
  async make(
    study: string,
    key: string,
    manifest: PartManifest,
    alone: boolean,
    whole: () => Promise<Pixels>,
  ): Promise<StoredPyramid> {
    const found = await this.find(study, manifest.part, key);
    if (found !== undefined) return found;
    const name = `${study} ${manifest.part} ${key}`;
    let making = this.making.get(name);
    if (making === undefined) {
      making = this.write(study, key, manifest, alone, whole).finally(() => this.making.delete(name));
      this.making.set(name, making);
    }
    return making;
  }

  private async write(
    study: string,
    key: string,
    manifest: PartManifest,
    alone: boolean,
    whole: () => Promise<Pixels>,
  ): Promise<StoredPyramid> {
    const aside = join(tmpdir(), `polyclinic-${randomUUID()}.tiles`);
    try {
      const file = await open(aside, "wx");
      let head: PyramidHead;
      try {
        head = await writePyramid(await whole(), async (bytes) => {
          await file.write(bytes);
        });
      } finally {
        await file.close();
      }
      const { sha256 } = await this.store.files.put(createReadStream(aside));
      await this.name(study, key, sha256, head, manifest, alone);
      return this.stored({ sha256, head, manifest, part: manifest.part });
    } finally {
      await rm(aside, { force: true });
    }
  }

  /** Names the file in the database. A file that is not named, or no longer, is removed: erasing a study would not find it. */
  private async name(
    study: string,
    key: string,
    sha256: string,
    head: PyramidHead,
    manifest: PartManifest,
    alone: boolean,
  ): Promise<void> {
    const { database } = this.store;
    const { rows } = await database.query<{ sha256: string }>(
      "select sha256 from pyramid where study = $1 and part = $2",
      [study, manifest.part],
    );
    try {
      await database.query(
        `insert into pyramid (study, part, key, sha256, head, manifest, alone) values ($1, $2, $3, $4, $5, $6, $7)
          on conflict (study, part) do update set key = excluded.key, sha256 = excluded.sha256, head = excluded.head,
            manifest = excluded.manifest, alone = excluded.alone`,
        [study, manifest.part, key, sha256, JSON.stringify(head), JSON.stringify(manifest), alone],
      );
    } catch (error) {
      // The study was erased while its tiles were made.
      await removeUnnamed(this.store, sha256);
      throw error;
    }
    for (const old of rows) if (old.sha256 !== sha256) await removeUnnamed(this.store, old.sha256);
  }

  private stored({ sha256, head, manifest }: Row): StoredPyramid {
    return { path: this.store.files.path(sha256), head, manifest };
  }
}

/** The smallest level. */
export const smallestOf = ({ path, head }: StoredPyramid): Promise<Pixels> =>
  readLevel(path, head, head.levels.length - 1);
