/** The instances of a DICOM whole-slide series: which files belong together, and their content (PS3.3 A.32.8). */
import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { PolyclinicError } from "../../../base/errors.ts";
import { type ByteSource, diskSource } from "../../../bytes/index.ts";
import type { DataSet } from "../../dicom/parse/data-set.ts";
import type { DicomFile } from "../../dicom/parse/parse.ts";
import { readDicomHeader } from "../../dicom/parse/source.ts";
import type { Limits } from "../../types.ts";

/** VL Whole Slide Microscopy Image Storage. */
const wholeSlideClass = "1.2.840.10008.5.1.4.1.1.77.1.6";

/** Folders with more files are not searched for further instances. */
const maxSiblings = 5000;

export interface Instance {
  readonly file: DicomFile;
  readonly source: ByteSource;
  readonly flavour: "volume" | "label" | "macro" | "thumbnail";
  readonly width: number;
  readonly height: number;
  /** Shared by the instances of one concatenation, which are one image. */
  readonly concatenation: string | undefined;
  readonly firstFrame: number;
}

/**
 * Reads the headers of a slide's files. A single file stands for its series: the other instances are searched for in
 * the same folder.
 *
 * @throws PolyclinicError `slide/not-whole-slide`, `slide/several-slides`, and the errors of the DICOM reader.
 */
export async function readInstances(sources: readonly ByteSource[], limits: Limits): Promise<Instance[]> {
  const instances: Instance[] = [];
  for (const source of sources) instances.push(await readInstance(source, limits));
  const series = seriesOf(instances[0].file);
  const other = instances.find(({ file }) => seriesOf(file) !== series);
  if (other !== undefined)
    throw new PolyclinicError("slide/several-slides", "belongs to another slide", {
      where: other.file.name,
      expected: `series ${series}`,
      found: `series ${seriesOf(other.file)}`,
      hint: "Open each slide separately.",
    });
  if (sources.length === 1) instances.push(...(await siblings(instances[0], limits)));
  const seen = new Set<string | undefined>();
  return instances.filter(({ file }) => {
    const uid = file.dataset.string("SOPInstanceUID");
    const fresh = uid === undefined || !seen.has(uid);
    seen.add(uid);
    return fresh;
  });
}

const seriesOf = (file: DicomFile) => file.dataset.string("SeriesInstanceUID");

async function readInstance(source: ByteSource, limits: Limits): Promise<Instance> {
  const file = await readDicomHeader(source, { limits });
  const { dataset } = file;
  if (dataset.string("SOPClassUID") !== wholeSlideClass)
    throw new PolyclinicError("slide/not-whole-slide", "is a DICOM file, but not a whole-slide image", {
      where: source.name,
      expected: `SOP class ${wholeSlideClass}`,
      found: dataset.string("SOPClassUID") ?? "none",
    });
  const [width, height] = [dataset.number("TotalPixelMatrixColumns"), dataset.number("TotalPixelMatrixRows")];
  if (!(width !== undefined && height !== undefined && width >= 1 && height >= 1 && width <= 1e7 && height <= 1e7))
    throw new PolyclinicError("slide/damaged", "has no valid total pixel matrix size", {
      where: `${source.name}: TotalPixelMatrixColumns, TotalPixelMatrixRows`,
      found: `${width} x ${height}`,
    });
  return {
    file,
    source,
    flavour: flavourOf(dataset),
    width,
    height,
    concatenation: dataset.string("ConcatenationUID"),
    firstFrame: dataset.number("ConcatenationFrameOffsetNumber") ?? 0,
  };
}

/** The third value of ImageType (PS3.3 C.8.12.4.1.1). */
function flavourOf(dataset: DataSet): Instance["flavour"] {
  const types = dataset.strings("ImageType");
  if (types.includes("LABEL")) return "label";
  if (types.includes("OVERVIEW")) return "macro";
  if (types.includes("THUMBNAIL")) return "thumbnail";
  return "volume";
}

async function siblings(of: Instance, limits: Limits): Promise<Instance[]> {
  const series = seriesOf(of.file);
  const found: Instance[] = [];
  if (series === undefined || of.source.path === undefined) return found;
  const folder = dirname(of.source.path);
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries.slice(0, maxSiblings)) {
    const path = join(folder, entry.name);
    if (!entry.isFile() || path === of.source.path) continue;
    // Other files in the folder do not belong to this slide, so their errors are ignored.
    const instance = await openSibling(path, limits).catch(() => undefined);
    if (instance !== undefined && seriesOf(instance.file) === series) found.push(instance);
  }
  return found;
}

async function openSibling(path: string, limits: Limits): Promise<Instance> {
  return readInstance(diskSource(path), limits);
}
