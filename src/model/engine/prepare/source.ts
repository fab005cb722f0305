/** The inputs and settings of a prepared model; separate from the code that prepares it, which is loaded only when needed. */
import type { Work } from "../../../base/progress.ts";
import type { ArchitectureConfig, WeightSource } from "../../../nn/index.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import type { Precision } from "./inference-weights.ts";

export interface PrepareSource {
  readonly config: ArchitectureConfig;
  readonly weights: WeightSource;
  /** The folder or file named in errors. */
  readonly where: string;
  /** Hash of everything the weights are derived from, including adapters. */
  readonly hash: string;
}

export interface PrepareOptions extends Work {
  readonly precision: Precision;
  /** The folder that holds prepared models. */
  readonly cacheFolder: string;
  /** Graphs that also return every named intermediate; prepared separately. */
  readonly debug?: boolean;
  /** The runtime that will run it; default ONNX Runtime in this process. */
  readonly runtime?: Runtime;
}
