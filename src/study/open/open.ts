/**
 * Opens a study from files, folders and archives. Files are recognised by content, read, and put into clinical order; files that
 * do not become a part are listed with the reason.
 */
import { PolyclinicError, throwIfAborted } from "../../base/errors.ts";
import { type ByteSource, MemoryBudget, type NamedData } from "../../bytes/index.ts";
import { defaultLimits, type Warning } from "../../imaging/types.ts";
import { requireModality } from "../modality.ts";
import { studyOf } from "../study.ts";
import type { Part, RecordPart, Study } from "../types.ts";
import { type Found, gather } from "./gather.ts";
import { labsOf } from "./labs.ts";
import { clinicalOrder } from "./order.ts";
import type { OpenStudyOptions, Reading } from "./read-part.ts";
import { patientOfUrl } from "./recognise.ts";

/** A path, a file that is not on disk as data, or a byte source (`httpSource`). */
export type StudyInput = string | NamedData | ByteSource;

/** Readers are loaded on demand, so that a photograph does not load the DICOM dictionary. */
const readers = {
  dicom: () => import("./dicom/read.ts"),
  nifti: () => import("./read-nifti.ts"),
  photo: () => import("./read-photo.ts"),
  pdf: () => import("./read-pdf.ts"),
  tiff: () => import("./read-tiff.ts"),
  text: () => import("./read-text.ts"),
  record: () => import("./read-record.ts"),
  signals: () => import("./signals/read-signals.ts"),
  video: () => import("./video/read-video.ts"),
};

/**
 * Opens a study.
 *
 * ```ts
 * const study = await openStudy(["prior.png", "current/"]);
 * study.parts[0].modality; // "DX"
 * await study.close(); // only slides hold files open
 * ```
 *
 * Data that is not on disk (an upload, a download) is passed as bytes or a stream: `openStudy({ name: "chest.dcm",
 * data: request })`.
 *
 * @param inputs files, folders and zip archives, by path or as data with a name; a patient on a FHIR server by URL,
 * `https://host/fhir/Patient/123`. A slide on a server is read tile by tile: `openStudy(await
 * httpSource("https://.../slide.svs"))`.
 * @returns parts in clinical order (priors before current), what was left out and why, and every warning.
 * @throws `study/paths`, `study/modality`, `file/unreadable`, `study/nothing-read`, `study/mixed-patients`,
 * `limit/...`, `archive/...`; the reader's own error when the only named file cannot be read.
 */
export async function openStudy(
  inputs: StudyInput | readonly StudyInput[],
  options: OpenStudyOptions = {},
): Promise<Study> {
  const bounds = { ...defaultLimits, ...options.limits };
  const limits = { ...bounds, budget: bounds.budget ?? new MemoryBudget(bounds.maxMemory) };
  const list: readonly StudyInput[] = Array.isArray(inputs) ? inputs : [inputs];
  if (!list.every(isInput))
    throw new PolyclinicError("study/paths", "is not a path", {
      where: "paths",
      expected: "a path, { name, data } with bytes or a stream, a byte source, or a list of these",
    });
  requireModality(options.modality);
  const isPatient = (input: StudyInput): input is string => patientOfUrl(input) !== undefined;
  const patients = list.filter(isPatient);
  const url = list.find((input) => typeof input === "string" && /^https?:\/\//i.test(input) && !isPatient(input));
  if (url !== undefined)
    throw new PolyclinicError("study/paths", "this URL does not name a patient on a FHIR server", {
      where: String(url),
      expected: "https://host/fhir/Patient/123",
      hint: "Download any other file first and give its path (in code, a slide can be read from its URL: httpSource).",
    });
  const gathered = await gather(
    list.filter((input) => !isPatient(input)),
    limits,
    options.signal,
  );
  const leftOut = [...gathered.leftOut];
  const warnings: Warning[] = [...gathered.warnings];
  const parts: Part[] = [];
  const failures: PolyclinicError[] = [];
  const named = new Set(gathered.found.filter((found) => found.named).map((found) => found.source));
  const fail = (source: ByteSource, error: unknown) => {
    if (!PolyclinicError.is(error) || error.code.startsWith("abort/")) throw error;
    failures.push(error);
    leftOut.push({ file: source.name, reason: error.message });
    if (named.has(source)) warnings.push({ code: error.code, message: error.message, where: source.name });
  };
  const take = (reading: Reading) => {
    parts.push(...reading.parts);
    leftOut.push(...reading.leftOut);
    warnings.push(...reading.warnings);
  };

  try {
    for (const url of patients) take(await (await readers.record()).readPatientPart(url, options));
    const dicom = gathered.found.filter(({ kind }) => kind.kind === "dicom");
    if (dicom.length > 0) take(await (await readers.dicom()).readDicomParts(dicom, options, limits, fail));
    const pairs = await niftiPairs(gathered.found);
    const wfdb = await wfdbFilesOf(gathered.found, limits.maxBytes);
    const omop = omopTables(gathered.found);
    if (omop.length > 0) {
      const { readOmopPart } = await readers.record();
      try {
        take(await readOmopPart(omop, options, limits));
      } catch (error) {
        fail(omop[0], error);
      }
    }
    let done = 0;
    for (const found of gathered.found) {
      throwIfAborted(options.signal);
      options.onProgress?.({ stage: "reading files", done: done++, total: gathered.found.length, unit: "files" });
      try {
        const { source } = found;
        if (omop.includes(source)) continue;
        const header = pairs?.headers.get(source);
        if (header !== undefined) {
          take(await (await readers.nifti()).readNiftiPart(header, options, limits, source));
          continue;
        }
        // The voxels of a pair are read together with their header.
        if (pairs !== undefined && [...pairs.voxels.values()].includes(source)) continue;
        if (wfdb?.consumed.has(source)) continue;
        const signals = wfdb?.headers.get(source);
        if (signals !== undefined) {
          const { readSignalsPart } = await readers.signals();
          take(await readSignalsPart({ source: signals }, gathered.found, options, limits));
          continue;
        }
        switch (found.kind.kind) {
          case "nifti":
            take(await (await readers.nifti()).readNiftiPart(source, options, limits, pairs?.voxels.get(source)));
            break;
          case "photo":
            take(await (await readers.photo()).readPhotoPart(source, options, limits));
            break;
          case "pdf":
            take(await (await readers.pdf()).readPdfPart(source, options, limits));
            break;
          case "tiff":
            take(await (await readers.tiff()).readTiffPart(source, options, limits));
            break;
          case "record":
            // A record found among images may be another patient's, so it is used only if it is named explicitly.
            if (found.named) take(await (await readers.record()).readRecordPart(source, options, limits));
            else leftOut.push({ file: source.name, reason: "a health record: to read it, name the file itself" });
            break;
          case "text":
            // Text found among images is usually a licence or a note, and text in a file called `.png` is a failed download: a text
            // is used only if it is named explicitly and has a text extension.
            if (found.named && textName.test(found.source.name))
              take(await (await readers.text()).readTextPart(found.source));
            else
              leftOut.push({
                file: found.source.name,
                reason: `plain text, not an image: to read it, ${textName.test(source.name) ? "" : "give it the extension .txt or .md and "}name the file itself`,
              });
            break;
          case "signals":
            // A CSV found among images may contain anything; the other signal formats are unambiguous.
            if (found.named || found.kind.format !== "csv")
              take(await (await readers.signals()).readSignalsPart(found, gathered.found, options, limits));
            else leftOut.push({ file: source.name, reason: "a table of signals: to read it, name the file itself" });
            break;
          case "video":
            take(await (await readers.video()).readVideoPart(source, found.kind.format, options, limits));
            break;
          case "subtitles":
            // Added to their video when that has been read.
            break;
          case "empty":
            throw new PolyclinicError("study/empty-file", "the file is empty", {
              where: found.source.name,
              found: "0 bytes",
            });
          case "other":
            leftOut.push({ file: found.source.name, reason: found.kind.reason });
            break;
        }
      } catch (error) {
        fail(found.source, error);
      }
    }
    const subtitles = gathered.found.filter(({ kind }) => kind.kind === "subtitles");
    if (subtitles.length > 0) {
      const { addSubtitles } = await readers.video();
      for (const { source, named } of subtitles) {
        try {
          take(await addSubtitles(parts, source, named));
        } catch (error) {
          fail(source, error);
        }
      }
    }
  } finally {
    gathered.close();
  }
  if (parts.length === 0) {
    const names = list.map((input) => (typeof input === "string" ? input : input.name));
    throw nothingRead(names, leftOut, failures);
  }
  const loose = gathered.found.filter(({ kind, named }) => kind.kind === "photo" && !named);
  if (loose.length > 1)
    warnings.push({
      code: "study/loose-pictures",
      message: `${loose.length} images from a folder or archive are opened as one study, but nothing in them shows that they belong to one patient`,
      where: loose[0].source.name,
    });
  const records = parts.filter((part): part is RecordPart => part.kind === "record");
  if (records.length > 1 && !options.mixedPatients) (await readers.record()).requireOnePatient(records);
  const position = new Map(gathered.found.map(({ source }, i) => [source.name, i]));
  const placeOf = ({ origin }: Part) => position.get(origin.files[0]) ?? gathered.found.length;
  parts.sort((a, b) => placeOf(a) - placeOf(b));
  const ordered = clinicalOrder(parts);
  const study = studyOf(ordered, { leftOut, warnings, labs: labsOf(ordered) });
  if (!options.deidentify) return study;
  const { deidentifiedStudy } = await import("./deidentify.ts");
  return deidentifiedStudy(study);
}

/** The tables of one OMOP database: CSV files, one of which has the name of its tables of people or of what happened to them. */
function omopTables(found: readonly Found[]): ByteSource[] {
  const base = ({ name }: ByteSource) => name.split(/[/\\]/).at(-1)!;
  const tables = found.filter(({ kind, source }) => kind.kind === "text" && /\.[ct]sv$/i.test(base(source)));
  return tables.some(({ source }) => omopName.test(base(source))) ? tables.map(({ source }) => source) : [];
}

const omopName = /^(?:person|measurement|(?:visit|condition|procedure)_occurrence|(?:drug|device)_exposure)\.[ct]sv$/i;

const textName = /\.(?:txt|text|md|markdown)$/i;

function isInput(input: unknown): input is StudyInput {
  if (typeof input === "string") return input !== "";
  const { name, data, read } = (input ?? {}) as Partial<NamedData & ByteSource>;
  if (typeof name === "string" && name !== "" && typeof read === "function") return true;
  if (typeof name !== "string" || name === "" || typeof data !== "object" || data === null) return false;
  return data instanceof Uint8Array || Symbol.asyncIterator in data;
}

const pairEnding = /\.(hdr|img)(\.gz)?$/i;

/** Loaded only if a name looks like half of a pair. */
async function niftiPairs(found: readonly Found[]) {
  if (!found.some(({ source }) => pairEnding.test(source.name))) return undefined;
  const { pairsOf } = await readers.nifti();
  return pairsOf(found.map(({ source, named, kind }) => ({ source, named, isHeader: kind.kind === "nifti" })));
}

/** Loaded only if a name looks like a WFDB record. */
async function wfdbFilesOf(found: readonly Found[], maxBytes: number) {
  const may = ({ kind, source }: Found) =>
    (kind.kind === "signals" && kind.format === "wfdb") || /\.dat$/i.test(source.name);
  if (!found.some(may)) return undefined;
  return (await readers.signals()).wfdbSets(found, maxBytes);
}

function nothingRead(
  named: readonly string[],
  leftOut: Study["leftOut"],
  failures: readonly PolyclinicError[],
): PolyclinicError {
  if (failures.length === 1 && leftOut.length === 1) return failures[0];
  const shown = leftOut
    .slice(0, 5)
    .map(({ file, reason }) => (reason.startsWith(file) ? reason : `${file}: ${reason}`));
  if (leftOut.length > 5) shown.push(`and ${leftOut.length - 5} more`);
  return new PolyclinicError("study/nothing-read", "no medical image was found", {
    where: named.join(", "),
    expected: "DICOM, NIfTI, slides, JPEG, PNG, WebP, AVIF, TIFF, PDF, MP4, an ECG, a health record or a text file",
    found: shown.length === 0 ? "no files" : shown.join("; "),
    hint: "Name the folder or file that contains the images.",
    cause: failures[0],
  });
}
