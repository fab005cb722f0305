/** What a page and the worker say to each other: plain data that can be posted. */
import type { ErrorDetails } from "../base/errors.ts";
import type { Progress } from "../base/progress.ts";
import type { PartManifest } from "../study/display/manifest.ts";
import type { Pixels } from "../study/display/pixels.ts";
import type { TaskResult } from "../task/result.ts";
import type { Example } from "../task/scope/examples.ts";

export interface OpenOptions {
  /** The folder with `worker.js` and the models, as an address that ends with `/`. */
  readonly base: string;
  /** A model under `models/`. Default `nano`. */
  readonly model?: string;
  /** Threads of WebAssembly; more than one only where the page is isolated (`crossOriginIsolated`). Default: half the cores, at most 4. */
  readonly threads?: number;
  /** `webgpu` is taken only where it gives the processor's numbers on this very device; else the processor computes, and `fallback` says why. */
  readonly device?: "cpu" | "webgpu";
}

export interface ModelInfo {
  readonly name: string;
  /** SHA-256 of its folder, checked when the files were fetched. */
  readonly hash: string;
  /** What it is and is not, said before any answer. */
  readonly limits: readonly string[];
  readonly device: "cpu" | "webgpu";
  readonly threads: number;
  /** Why it does not compute as asked: no isolation, no adapter, wrong numbers. */
  readonly fallback?: string;
}

/** A picture as the model is given it: `[height, width, channels]` bytes. */
export interface Picture {
  readonly part: number;
  /** The slice or page, from 0; absent for a plain image. */
  readonly index?: number;
  readonly label: string;
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3 | 4;
  readonly data: Uint8Array;
}

export interface StudyInfo {
  readonly id: number;
  readonly parts: readonly PartManifest[];
  readonly leftOut: readonly { readonly file: string; readonly reason: string }[];
  readonly warnings: readonly string[];
  /** What the model may be asked about it. */
  readonly examples: readonly Example[];
}

export interface NamedBytes {
  readonly name: string;
  readonly data: Uint8Array;
}

export interface AskOptions {
  readonly task: string;
  /** The task's own, and sampling. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Answer also what is beyond the model's scope; branded as such in every export. */
  readonly anyway?: boolean;
}

export interface Answered {
  readonly result: TaskResult;
  /** Milliseconds of the worker for the whole answer. */
  readonly milliseconds: number;
}

/** By name: what is asked of the worker, and what comes back. */
export interface Calls {
  open: { readonly takes: OpenOptions; readonly gives: ModelInfo };
  read: { readonly takes: { readonly files: readonly NamedBytes[] }; readonly gives: StudyInfo };
  pixels: {
    readonly takes: { readonly study: number; readonly part: number; readonly index: number };
    readonly gives: Pixels;
  };
  /** What the model is given of a study, in reading order. */
  saw: { readonly takes: { readonly study: number }; readonly gives: readonly Picture[] };
  ask: { readonly takes: { readonly study: number } & AskOptions; readonly gives: Answered };
  /** A DICOM structured report, and secondary captures of pictures that had no DICOM header. */
  sr: {
    readonly takes: { readonly study: number; readonly result: TaskResult; readonly at: number };
    readonly gives: readonly NamedBytes[];
  };
  close: { readonly takes: { readonly study: number }; readonly gives: null };
}

export type CallName = keyof Calls;

export type ToWorker =
  | { readonly kind: "call"; readonly id: number; readonly name: CallName; readonly takes: unknown }
  | { readonly kind: "abort"; readonly id: number };

export type FromWorker =
  | { readonly kind: "progress"; readonly id: number; readonly progress: Progress }
  | { readonly kind: "text"; readonly id: number; readonly text: string }
  | { readonly kind: "done"; readonly id: number; readonly gives: unknown }
  | {
      readonly kind: "failed";
      readonly id: number;
      readonly code: string;
      readonly summary: string;
      readonly details: ErrorDetails;
    };
