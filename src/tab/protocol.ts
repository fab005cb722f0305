/** The messages between page and worker: plain data that can be posted. */
import type { ErrorDetails } from "../base/errors.ts";
import type { Progress } from "../base/progress.ts";
import type { PartManifest } from "../study/display/manifest.ts";
import type { Pixels } from "../study/display/pixels.ts";
import type { TaskResult } from "../task/result.ts";
import type { Example } from "../task/scope/examples.ts";

export interface OpenOptions {
  /** URL of the folder with `worker.js` and the models, ending in `/`. */
  readonly base: string;
  /** A model under `models/`. Default `nano`. */
  readonly model?: string;
  /**
   * Threads of WebAssembly; more than one only if the page is cross-origin isolated (`crossOriginIsolated`). Default:
   * half the cores, at most 4.
   */
  readonly threads?: number;
  /**
   * `webgpu` is used only if its results match the CPU on this device; otherwise the CPU is used, and
   * `fallback` states why.
   */
  readonly device?: "cpu" | "webgpu";
}

/** The model opened in the worker, and the device on which it runs. */
export interface ModelInfo {
  readonly name: string;
  /** SHA-256 of its folder, verified when the files were fetched. */
  readonly hash: string;
  /** Limitations, shown before any answer. */
  readonly limits: readonly string[];
  readonly device: "cpu" | "webgpu";
  readonly threads: number;
  /** Why the requested settings are not used: no isolation, no adapter, wrong numbers. */
  readonly fallback?: string;
}

/** An image as given to the model: `[height, width, channels]` bytes. */
export interface Picture {
  readonly part: number;
  /** The slice or page, 0-based; absent for a plain image. */
  readonly index?: number;
  readonly label: string;
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3 | 4;
  readonly data: Uint8Array;
}

/** A study opened in the worker, as the page shows it. */
export interface StudyInfo {
  readonly id: number;
  readonly parts: readonly PartManifest[];
  readonly leftOut: readonly { readonly file: string; readonly reason: string }[];
  readonly warnings: readonly string[];
  /** Questions that the model can be asked about it. */
  readonly examples: readonly Example[];
}

/** A file by name and content. */
export interface NamedBytes {
  readonly name: string;
  readonly data: Uint8Array;
}

export interface AskOptions {
  readonly task: string;
  /** The task's own options, and sampling. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Also answer requests outside the model's scope; the answer is labelled as such in every export. */
  readonly anyway?: boolean;
}

/** An answer of the worker with its duration. */
export interface Answered {
  readonly result: TaskResult;
  /** Duration of the whole answer in the worker, milliseconds. */
  readonly milliseconds: number;
}

/** The calls by name: arguments and results. */
export interface Calls {
  open: { readonly params: OpenOptions; readonly result: ModelInfo };
  read: { readonly params: { readonly files: readonly NamedBytes[] }; readonly result: StudyInfo };
  pixels: {
    readonly params: { readonly study: number; readonly part: number; readonly index: number };
    readonly result: Pixels;
  };
  /** The images of a study given to the model, in reading order. */
  saw: { readonly params: { readonly study: number }; readonly result: readonly Picture[] };
  ask: { readonly params: { readonly study: number } & AskOptions; readonly result: Answered };
  /** A DICOM structured report, and secondary captures of images without a DICOM header. */
  sr: {
    readonly params: { readonly study: number; readonly result: TaskResult; readonly at: number };
    readonly result: readonly NamedBytes[];
  };
  close: { readonly params: { readonly study: number }; readonly result: null };
}

export type CallName = keyof Calls;

export type ToWorker =
  | { readonly kind: "call"; readonly id: number; readonly name: CallName; readonly params: unknown }
  | { readonly kind: "abort"; readonly id: number };

export type FromWorker =
  | { readonly kind: "progress"; readonly id: number; readonly progress: Progress }
  | { readonly kind: "text"; readonly id: number; readonly text: string }
  | { readonly kind: "done"; readonly id: number; readonly result: unknown }
  | {
      readonly kind: "failed";
      readonly id: number;
      readonly code: string;
      readonly summary: string;
      readonly details: ErrorDetails;
    };
