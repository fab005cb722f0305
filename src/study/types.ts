/**
 * A study: the typed input with geometry, origin and licence, independent of any model. And a view: the parts of a study as the
 * items given to a model.
 */
import type { Work } from "../base/progress.ts";
import type { Image, Slide, Video, Volume, Warning } from "../imaging/types.ts";
import type { HealthRecord } from "../records/record.ts";

/** DICOM modality; `OT` if unknown. */
export type Modality = "CR" | "DX" | "CT" | "MR" | "SM" | "XC" | "OP" | "GM" | "US" | "DOC" | "OT" | (string & {});

/** The origin of a part; enough to cite it in an export, never printed in a log. */
export interface Origin {
  /** Files read, in slice order for a volume. */
  readonly files: readonly string[];
  /** SHA-256 over the files' bytes in that order, hex. */
  readonly sha256: string;
  /** DICOM identifiers, when there are any. */
  readonly dicom?: {
    readonly studyInstanceUID?: string;
    readonly seriesInstanceUID?: string;
    /** One per slice or frame. */
    readonly instances: readonly {
      readonly sopClassUID: string;
      readonly sopInstanceUID: string;
      readonly frame?: number;
    }[];
    /** Patient and study attributes an export has to repeat (DICOM keyword -> value). */
    readonly attributes: Readonly<Record<string, string | number | readonly string[]>>;
  };
  readonly licence?: string;
}

interface PartBase {
  /** A short name a person recognises: series description or file name. */
  readonly label: string;
  readonly modality: Modality;
  readonly bodyPart?: string;
  /** ISO 8601, when known; parts are in clinical order, priors before current. */
  readonly acquiredAt?: string;
  readonly origin: Origin;
  readonly warnings: readonly Warning[];
}

/** A single image: a radiograph, a photograph, an ophthalmic or dermatological image. */
export interface ImagePart extends PartBase {
  readonly kind: "image";
  /** Display pixels: for radiographs the full range of the file mapped to 8 bits, never a header window. */
  readonly image: Image;
  /** Millimetres per pixel `[row, column]`, when known. */
  readonly pixelSpacing?: readonly [row: number, column: number];
}

/** A CT, MRI or PET volume. */
export interface VolumePart extends PartBase {
  readonly kind: "volume";
  readonly volume: Volume;
  /** MR sequence or CT kernel name, when known. */
  readonly sequence?: string;
}

/** A whole-slide image. */
export interface SlidePart extends PartBase {
  readonly kind: "slide";
  readonly slide: Slide;
}

/** Frames over time: a cine run, a film of a procedure. */
export interface VideoPart extends PartBase {
  readonly kind: "video";
  readonly video: Video;
  /** What is said, from a file beside the video. */
  readonly subtitles?: readonly Cue[];
}

/** A line of subtitles; seconds from the start of the video. */
export interface Cue {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** A document, usually a PDF, page by page. */
export interface DocumentPart extends PartBase {
  readonly kind: "document";
  /** Rasterised pages with their text layer (positions in page pixels). */
  readonly pages: readonly { readonly image: Image; readonly text: readonly TextRun[] }[];
}

/** A run of text of a document page, with its bounding box in page pixels (origin at the top left). */
export interface TextRun {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Plain text: a letter, a note, a transcript. */
export interface TextPart extends PartBase {
  readonly kind: "text";
  /** Line ends are `\n`. */
  readonly text: string;
}

/** The health record of one patient (FHIR, C-CDA, HL7 v2, OMOP). */
export interface RecordPart extends PartBase {
  readonly kind: "record";
  readonly record: HealthRecord;
}

/** Signals over time: an ECG, an EEG. */
export interface WaveformPart extends PartBase {
  readonly kind: "waveform";
  readonly channels: readonly {
    readonly name: string;
    /** Physical values, equally spaced in time. */
    readonly samples: Float32Array;
    /** `mV`. */
    readonly unit: string;
  }[];
  readonly samplesPerSecond: number;
}

/** A molecule as SMILES. */
export interface MoleculePart extends PartBase {
  readonly kind: "molecule";
  readonly smiles: string;
}

/** Genetic variants of one sample. */
export interface VariantsPart extends PartBase {
  readonly kind: "variants";
  /** `GRCh37`, `GRCh38`; undefined if the file does not state it. */
  readonly assembly: string | undefined;
  readonly variants: readonly {
    readonly chromosome: string;
    /** 1-based, as in VCF. */
    readonly position: number;
    readonly reference: string;
    readonly alternate: string;
  }[];
}

/** One part of a study, by its kind. */
export type Part =
  | ImagePart
  | VolumePart
  | SlidePart
  | VideoPart
  | DocumentPart
  | TextPart
  | RecordPart
  | WaveformPart
  | MoleculePart
  | VariantsPart;

/** The kind of a part, which determines its view recipe and the tasks that accept it. */
export type PartKind = Part["kind"];

/** A part that has pixels of its own. */
export type PicturedPart = ImagePart | VolumePart | SlidePart | VideoPart | DocumentPart;

/** An opened study. Close it to release files, archives and workers. */
export interface Study {
  readonly parts: readonly Part[];
  /** Files that deliberately did not become a part, with the reason. */
  readonly leftOut: readonly { readonly file: string; readonly reason: string }[];
  readonly warnings: readonly Warning[];
  /**
   * Present if every part is a page (a PDF, a scan, a photograph): the results of the laboratory report on these pages,
   * of one unnamed patient. Read on the first call, which takes some seconds per image. Resolves to undefined if the
   * pages are no such report.
   */
  labs?(work?: Work): Promise<HealthRecord | undefined>;
  /** Closes resources of the parts (slides); their pixels cannot be read afterwards. May be called twice. */
  close(): Promise<void>;
  /** `await using study = await openStudy(path)`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** A box in source pixels, `x1`, `y1` exclusive. */
export interface Box {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/**
 * One image exactly as given to the model, with the transforms back to the source. `toSource` maps a point of this image (pixels, top-left origin,
 * continuous) to source pixels for 2D parts and slides, `toPatient` to millimetres (LPS) for volumes.
 */
export interface ImageItem {
  readonly kind: "image";
  readonly image: Image;
  /** Index into `Study.parts`. */
  readonly part: number;
  /** Slice, patch, frame or page of the part, from zero. */
  readonly index?: number;
  /** Of a frame: when it is shown, in seconds. */
  readonly time?: number;
  /** True for a crop of the whole image that precedes it (pan and scan). */
  readonly crop?: boolean;
  /** True if the slice was reformatted from the volume's own stack: `index` and `toSource` then refer to the new stack; `toPatient` remains valid. */
  readonly reformatted?: boolean;
  readonly toSource: (x: number, y: number) => readonly [x: number, y: number];
  readonly toPatient?: (x: number, y: number) => readonly [x: number, y: number, z: number];
  /** The label that follows this image (`SLICE 3`), if any. */
  readonly label?: string;
}

/** Text exactly as the model receives it. */
export interface TextItem {
  readonly kind: "text";
  /** Index into `Study.parts`. */
  readonly part: number;
  /** Page of the part, from zero. */
  readonly index?: number;
  readonly text: string;
}

/** One item of a view, in reading order. */
export type ViewItem = ImageItem | TextItem;

/** The view given to a task: images and texts in reading order, and what was left out to fit the budget. */
export interface View {
  /** The recipe's name and version: `ct-1.5`, `image-2d`, ...; several joined by `+`. */
  readonly recipe: string;
  readonly items: readonly ViewItem[];
  readonly leftOut: readonly string[];
}
