/**
 * Reads DICOM files as parts: volumes and images by series assembly, whole slides and documents by their own readers.
 */

import { PolyclinicError, throwIfAborted } from "../../../base/errors.ts";
import { dirname, join } from "../../../base/host/path.ts";
import { type ByteSource, diskSource } from "../../../bytes/index.ts";
import {
  type Assembly,
  assembleSeries,
  type DicomInstance,
  encapsulatedDocument,
  openInstance,
  readMediaDirectory,
} from "../../../imaging/dicom/index.ts";
import { readPdf } from "../../../imaging/page/index.ts";
import { openSlide } from "../../../imaging/slide/index.ts";
import type { Limits, Warning } from "../../../imaging/types.ts";
import type { Part } from "../../types.ts";
import type { Found } from "../gather.ts";
import { listedFile } from "../listed-file.ts";
import type { OpenStudyOptions, Reading } from "../read-part.ts";
import { factsOf, originOf } from "./facts.ts";
import { ofPatient, refuseMixedPatients } from "./patients.ts";
import { seriesParts } from "./series.ts";

/** Called with a file that could not be read and the error. */
export type OnFailure = (source: ByteSource, error: unknown) => void;

/**
 * @throws `study/mixed-patients`; `abort/aborted`. Files that cannot be read go to `onFailure`.
 */
export async function readDicomParts(
  found: readonly Found[],
  options: OpenStudyOptions,
  limits: Limits,
  onFailure: OnFailure,
): Promise<Reading> {
  const instances: DicomInstance[] = [];
  const leftOut: { file: string; reason: string }[] = [];
  const queue = found.map(({ source, named }) => ({ source, named }));
  const known = new Set(queue.map(({ source }) => source.name));
  for (let next = 0; next < queue.length; next++) {
    const { source, named } = queue[next];
    throwIfAborted(options.signal);
    options.onProgress?.({ stage: "reading headers", done: next, total: queue.length, unit: "files" });
    try {
      const instance = await openInstance(source, limits);
      if (instance.kind === "directory") {
        leftOut.push({ file: source.name, reason: "a media directory: the files it lists are read instead" });
        // In a walked folder its files are found anyway; a DICOMDIR named alone stands for them.
        if (named && source.path) queue.push(...(await listedFiles(instance, source.path, known, leftOut)));
        continue;
      }
      instances.push(instance);
    } catch (error) {
      onFailure(source, error);
    }
  }
  const chosen = ofPatient(instances, options, leftOut);
  refuseMixedPatients(chosen, options);

  const isDose = ({ kind }: DicomInstance) => kind === "rt-dose";
  for (const { source } of chosen.filter(isDose))
    leftOut.push({ file: source.name, reason: "a radiotherapy dose: planned values, not an image for a model" });
  const assembly = await assembleSeries(chosen.filter((instance) => !isDose(instance)));
  leftOut.push(...assembly.leftOut.filter(({ reason }) => !reason.startsWith("media directory")));
  const fail = (instance: DicomInstance, error: unknown) => onFailure(instance.source, error);
  const series = await seriesParts(assembly.series, options, limits, fail);
  const parts: Part[] = [...series.parts, ...(await otherParts(assembly, options, limits, fail))];
  return { parts, leftOut: [...leftOut, ...series.leftOut], warnings: burnedIn(chosen) };
}

/** Files that a DICOMDIR lists beside it; files elsewhere or missing are reported. */
async function listedFiles(
  { file }: DicomInstance,
  path: string,
  known: Set<string>,
  leftOut: { file: string; reason: string }[],
): Promise<{ source: ByteSource; named: boolean }[]> {
  const listed: { source: ByteSource; named: boolean }[] = [];
  const folders = new Map<string, readonly string[]>();
  const { entries, warnings } = readMediaDirectory(file);
  leftOut.push(...warnings.map(({ where, message }) => ({ file: where ?? path, reason: message })));
  for (const entry of entries) {
    const target = await listedFile(dirname(path), entry.path, folders);
    if (target === undefined) {
      leftOut.push({
        file: join(dirname(path), entry.path),
        reason: "listed in the media directory, but the file is missing",
      });
      continue;
    }
    if (known.has(target)) continue;
    known.add(target);
    try {
      listed.push({ source: diskSource(target), named: false });
    } catch (error) {
      if (!PolyclinicError.is(error)) throw error;
      leftOut.push({ file: target, reason: error.message });
    }
  }
  return listed;
}

async function otherParts(
  { others }: Assembly,
  options: OpenStudyOptions,
  limits: Limits,
  fail: (instance: DicomInstance, error: unknown) => void,
): Promise<Part[]> {
  const parts: Part[] = [];
  const slides = new Map<string, DicomInstance[]>();
  for (const instance of others.filter(({ kind }) => kind === "whole-slide")) {
    const members = slides.get(instance.seriesInstanceUID);
    if (members === undefined) slides.set(instance.seriesInstanceUID, [instance]);
    else members.push(instance);
  }
  for (const members of slides.values()) {
    try {
      parts.push(await slidePart(members, options, limits));
    } catch (error) {
      for (const member of members) fail(member, error);
    }
  }
  for (const instance of others.filter(({ kind }) => kind === "document")) {
    try {
      parts.push(await documentPart(instance, options, limits));
    } catch (error) {
      fail(instance, error);
    }
  }
  for (const instance of others.filter(({ kind }) => kind === "waveform")) {
    try {
      parts.push(...(await waveformParts(instance)));
    } catch (error) {
      fail(instance, error);
    }
  }
  return parts;
}

/** Each multiplex group becomes a part, because its channels share one sampling rate. */
async function waveformParts(instance: DicomInstance): Promise<Part[]> {
  const { dataset } = instance.file;
  const where = instance.source.name;
  const { readDicomWaveforms } = await import("../../read-waveform.ts");
  const recordings = readDicomWaveforms(dataset, where);
  if (recordings.length === 0)
    throw new PolyclinicError("study/no-waveform", "contains no waveform", {
      where,
      expected: "a Waveform Sequence",
      found: "none",
    });
  const origin = await originOf([{ instance }]);
  return recordings.map(({ channels, rate, cautions }, i) => ({
    kind: "waveform",
    ...factsOf(instance, "ECG"),
    ...(recordings.length > 1 && { label: `${factsOf(instance, "ECG").label}, waveform ${i + 1}` }),
    origin,
    warnings: cautions.map((message) => ({ code: "signals/recording", message, where })),
    channels,
    samplesPerSecond: rate,
  }));
}

async function slidePart(members: readonly DicomInstance[], options: OpenStudyOptions, limits: Limits): Promise<Part> {
  const sources = members.map(({ source }) => source);
  const slide = await openSlide(sources, { limits, ...(options.mpp !== undefined && { mpp: options.mpp }) });
  return {
    kind: "slide",
    ...factsOf(members[0], "SM"),
    origin: await originOf(members.map((instance) => ({ instance }))),
    warnings: slide.warnings,
    slide,
  };
}

async function documentPart(instance: DicomInstance, options: OpenStudyOptions, limits: Limits): Promise<Part> {
  const document = encapsulatedDocument(instance.file);
  const { name } = instance.source;
  if (document?.mimeType.toLowerCase() !== "application/pdf") {
    throw new PolyclinicError("study/document-type", "contains a document of an unsupported type", {
      where: name,
      expected: "application/pdf",
      found: document?.mimeType ?? "no document",
    });
  }
  const { password, signal } = options;
  const { pages, warnings } = await readPdf(document.bytes, {
    limits,
    ...(password && { password }),
    ...(signal && { signal }),
  });
  return { kind: "document", ...factsOf(instance, "DOC"), origin: await originOf([{ instance }]), warnings, pages };
}

function burnedIn(instances: readonly DicomInstance[]): Warning[] {
  return instances
    .filter(({ file }) => file.dataset.string("BurnedInAnnotation")?.toUpperCase() === "YES")
    .map(({ source }) => ({
      code: "dicom/burned-in-annotation",
      message: "the header states that text (possibly a name) is burned into the pixels",
      where: source.name,
    }));
}
