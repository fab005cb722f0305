/** Cache of the most recently opened studies, so that the next slice does not open the files again. */
import { createHash } from "node:crypto";
import { type ByteSource, diskSource, headOf } from "../../bytes/index.ts";
import { manifestOf, type PartManifest } from "../../study/display/manifest.ts";
import { type Pixels, pixelsOfImage, pixelsOfPart, reduced } from "../../study/display/pixels.ts";
import { openStudy, type Part, type Study } from "../../study/index.ts";
import { headBytes, recognise } from "../../study/open/recognise.ts";
import { HttpError } from "../http-error.ts";
import type { Store } from "../store/index.ts";
import { dicomParts, named } from "./dicom-parts.ts";
import { KeptPixels } from "./kept.ts";
import { levelCount, readLevel } from "./pyramid.ts";
import { Pyramids, type StoredPyramid } from "./pyramids.ts";

export interface OpenedPart {
  readonly manifest: PartManifest;
  /** Present if the study had to be opened completely. */
  readonly part?: Part;
  /** @param z slice of a volume or page of a document. @throws HttpError 400 for a part without pixels. */
  pixels(z: number): Promise<Pixels>;
  /** For an image in tiles: all of its pixels. */
  whole?(): Promise<Pixels>;
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
  private readonly pyramids: Pyramids;

  constructor(private readonly store: Store) {
    this.pyramids = new Pyramids(store);
  }

  /**
   * The tiles of a large image, made if there are none yet.
   *
   * @throws HttpError 400 for a part that is not shown in tiles.
   */
  async pyramid(study: string, part: number): Promise<StoredPyramid> {
    const files = await this.filesOf(study);
    const found = await this.pyramids.find(study, part, keyOf(files));
    if (found !== undefined) return found;
    const { parts, leftOut, warnings } = await this.of(study);
    const { manifest, whole } = parts[part] ?? {};
    if (manifest === undefined || whole === undefined)
      throw new HttpError(400, "server/part", "this part is not shown in tiles", { found: manifest?.kind ?? "none" });
    const alone = parts.length === 1 && leftOut.length === 0 && warnings.length === 0;
    return this.pyramids.make(study, keyOf(files), manifest, alone, whole);
  }

  /** The tiles of a study that is one large image, if they are there. */
  large(study: string): Promise<StoredPyramid | undefined> {
    return this.pyramids.alone(study);
  }

  /** @throws HttpError 404 `server/not-found`, and the errors of reading the files. */
  async of(study: string): Promise<Opened> {
    const files = await this.filesOf(study);
    const key = `${study} ${keyOf(files)}`;
    let opened = this.entries.get(key);
    if (opened === undefined) opened = this.open(study, files);
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
  private async open(study: string, files: readonly StoredFile[]): Promise<Opened> {
    const large = await this.pyramids.alone(study, keyOf(files));
    const opened = large === undefined ? await openStored(files) : openedPyramid(large);
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

/** Changes when a file is added to the study. */
const keyOf = (files: readonly StoredFile[]): string => createHash("sha256").update(files.map(({ sha256 }) => sha256).join()).digest("hex"); // biome-ignore format: one line

/** A study that is one large image, read from its tiles: the file itself is not decoded again. */
function openedPyramid({ path, head, manifest }: StoredPyramid): Opened {
  const whole = () => readLevel(path, head, 0);
  return {
    parts: [{ manifest, whole, pixels: async () => reduced(await whole(), manifest.image?.reduce ?? 1) }],
    leftOut: [],
    warnings: [],
    close: async () => {},
  };
}

/** Large images are shown in tiles. */
function tiled(part: OpenedPart, whole: () => Promise<Pixels>): OpenedPart {
  const { image } = part.manifest;
  if (image === undefined || image.reduce === 1) return part;
  const levels = levelCount(image.width, image.height);
  return { ...part, manifest: { ...part.manifest, image: { ...image, levels } }, whole };
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
        parts: listed.parts.map((part) =>
          tiled({ ...part, pixels: async (z) => reduced(await part.pixels(z), part.manifest.image?.reduce ?? 1) }, () =>
            part.pixels(0),
          ),
        ),
        warnings: [],
        close: async () => {},
      };
  }
  const study = await openStudy(sources);
  return {
    parts: study.parts.map((part, index) =>
      tiled({ part, manifest: manifestOf(part, index), pixels: (z) => pixelsOrNone(part, z) }, async () =>
        pixelsOfImage((part as Extract<Part, { kind: "image" }>).image),
      ),
    ),
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
