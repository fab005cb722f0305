/** Cache of the most recently opened studies, so that the next slice does not open the files again. */
import { type ByteSource, diskSource, headOf } from "../../bytes/index.ts";
import { manifestOf, type PartManifest } from "../../study/display/manifest.ts";
import { type Pixels, pixelsOfPart, reduced } from "../../study/display/pixels.ts";
import { openStudy, type Part, type Study } from "../../study/index.ts";
import { headBytes, recognise } from "../../study/open/recognise.ts";
import { HttpError } from "../http-error.ts";
import type { Store } from "../store/index.ts";
import { dicomParts, named } from "./dicom-parts.ts";
import { KeptPixels } from "./kept.ts";

export interface OpenedPart {
  readonly manifest: PartManifest;
  /** Present if the study had to be opened completely. */
  readonly part?: Part;
  /** @param z slice of a volume or page of a document. @throws HttpError 400 for a part without pixels. */
  pixels(z: number): Promise<Pixels>;
  /** For a waveform: its drawing as SVG, as printed on paper. */
  drawing?(): string;
}

export interface Opened {
  readonly parts: readonly OpenedPart[];
  readonly leftOut: readonly { readonly file: string; readonly reason: string }[];
  readonly warnings: readonly string[];
  close(): Promise<void>;
}

/** Maximum number of cached studies: an opened volume holds all its values in memory. */
const maxStudies = 3;

export class OpenedStudies {
  /** In order of use, the latest last. The key consists of the study and its current files. */
  private readonly entries = new Map<string, Promise<Opened>>();
  private readonly pixelCache = new KeptPixels();

  constructor(private readonly store: Store) {}

  /** @throws HttpError 404 `server/not-found`, and the errors of reading the files. */
  async of(study: string): Promise<Opened> {
    const files = await this.filesOf(study);
    const key = `${study} ${files.map(({ sha256 }) => sha256.slice(0, 12)).join("")}`;
    let opened = this.entries.get(key);
    if (opened === undefined) opened = this.open(files);
    else this.entries.delete(key);
    this.entries.set(key, opened);
    opened.catch(() => this.entries.delete(key));
    if (this.entries.size > maxStudies) {
      const [oldest, unused] = this.entries.entries().next().value!;
      this.entries.delete(oldest);
      unused.then(
        (one) => one.close(),
        () => {},
      );
    }
    return opened;
  }

  async filesOf(study: string): Promise<StoredFile[]> {
    const { rows } = await this.store.database.query<{ sha256: string; path: string }>(
      "select sha256, path from file where study = $1 order by path",
      [study],
    );
    if (rows.length === 0)
      throw new HttpError(404, "server/not-found", "the study is not on this server, or has no files", {
        where: `study/${study}`,
      });
    return rows.map(({ sha256, path }) => ({ sha256, name: path, path: this.store.files.path(sha256) }));
  }

  /** Closing it also frees its images. */
  private async open(files: readonly StoredFile[]): Promise<Opened> {
    const opened = await openStored(files);
    const parts = opened.parts.map((part) =>
      part.manifest.kind === "image" ? { ...part, pixels: (z: number) => this.pixelCache.of(part, z) } : part,
    );
    return {
      ...opened,
      parts,
      close: async () => {
        for (const part of opened.parts) this.pixelCache.drop(part);
        await opened.close();
      },
    };
  }

  /** Opens the whole study again; the caller closes it. */
  async whole(study: string): Promise<Study> {
    return openWhole(await this.filesOf(study));
  }

  async close(): Promise<void> {
    const all = [...this.entries.values()];
    this.entries.clear();
    for (const opened of all)
      await opened.then(
        (one) => one.close(),
        () => {},
      );
  }
}

export interface StoredFile {
  readonly sha256: string;
  /** Name at upload. */
  readonly name: string;
  /** Path on disk. */
  readonly path: string;
}

export const openWhole = (files: readonly StoredFile[]): Promise<Study> =>
  openStudy(files.map(({ path, name }) => named(diskSource(path), name)));

async function openStored(files: readonly StoredFile[]): Promise<Opened> {
  const sources = files.map(({ path, name }) => named(diskSource(path), name));
  if (await allDicom(sources)) {
    const listed = await dicomParts(files);
    if (listed !== undefined)
      return {
        ...listed,
        parts: listed.parts.map((part) => ({
          ...part,
          pixels: async (z) => reduced(await part.pixels(z), part.manifest.image?.reduce ?? 1),
        })),
        warnings: [],
        close: async () => {},
      };
  }
  const study = await openStudy(sources);
  return {
    parts: study.parts.map((part, index) => ({
      part,
      manifest: manifestOf(part, index),
      pixels: (z) => pixelsOrNone(part, z),
    })),
    leftOut: study.leftOut,
    warnings: study.warnings.map(({ message }) => message),
    close: () => study.close(),
  };
}

async function allDicom(sources: readonly ByteSource[]): Promise<boolean> {
  for (const source of sources) if (recognise(await headOf(source, headBytes)).kind !== "dicom") return false;
  return true;
}

async function pixelsOrNone(part: Part, z: number): Promise<Pixels> {
  const pixels = await pixelsOfPart(part, z);
  if (pixels !== undefined) return pixels;
  throw new HttpError(400, "server/part", "this part has no pixels of its own", {
    where: part.label,
    found: part.kind,
  });
}
