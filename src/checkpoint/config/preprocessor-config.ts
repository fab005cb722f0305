/** `preprocessor_config.json` (or the `image_processor` part of transformers 5's `processor_config.json`): pixels to network input. */
import type { ArchitectureConfig } from "../../nn/config.ts";
import { Fields, isObject, type JsonObject } from "./fields.ts";

/** PIL's filter numbers; Gemma and SigLIP use bilinear. */
const filters = { 0: "nearest", 1: "lanczos", 2: "bilinear", 3: "bicubic" } as const;

/** Pan and scan (Gemma 3): an elongated image is given whole and as crops. */
export interface PanAndScan {
  /** Smallest side of a crop, source pixels. */
  readonly minCropSize: number;
  readonly maxCrops: number;
  /** Longer side divided by the shorter one from which an image is cropped. */
  readonly minRatio: number;
}

/** How images are resized and scaled, from `preprocessor_config.json`. */
export interface ImagePreprocessing {
  /** Side of the square the image is resized to, pixels. */
  readonly imageSize: number;
  /** Per channel; input = (pixel * rescaleFactor - mean) / std. */
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
  readonly rescaleFactor: number;
  /** Pillow's resampling filter. */
  readonly resample: (typeof filters)[keyof typeof filters];
  /** Soft tokens per image, if the file states it. */
  readonly tokensPerImage: number | undefined;
  /** Present if the checkpoint asks for it (`do_pan_and_scan`); MedGemma's do not. */
  readonly panAndScan?: PanAndScan;
}

/**
 * @param json the parsed file; undefined gives the defaults (mean and standard deviation 0.5, bilinear).
 * Throws `checkpoint/config` if its size differs from the vision tower's.
 */
export function readPreprocessorConfig(
  json: unknown,
  config: ArchitectureConfig,
  where = "preprocessor_config.json",
): ImagePreprocessing | undefined {
  if (config.kind === "gemma") return undefined;
  const root = isObject(json) ? json : {};
  const fields = new Fields(isObject(root.image_processor) ? (root.image_processor as JsonObject) : root, where);
  const side = config.vision.imageSize;
  const size = fields.object("size");
  if (size !== undefined) {
    const found = [size.positive("height"), size.positive("width")];
    if (found.some((n) => n !== side)) fields.wrong("size", `${side} x ${side} (config.json image_size)`, found);
  }
  const resample = fields.integer("resample", 2);
  if (!(resample in filters))
    fields.wrong("resample", "0 (nearest), 1 (lanczos), 2 (bilinear) or 3 (bicubic)", resample);
  const cropped = fields.boolean("do_pan_and_scan", false);
  if (cropped && config.kind !== "multimodal")
    fields.wrong("do_pan_and_scan", "false (crops need a language model that is told of them)", true);
  const on = (key: string) => fields.boolean(key, true);
  const normalised = on("do_normalize");
  const tokens = new Fields(root, where).get("image_seq_length") ?? fields.get("image_seq_length");
  if (tokens !== undefined && config.kind === "multimodal" && tokens !== config.tokensPerImage) {
    fields.wrong("image_seq_length", `${config.tokensPerImage} (config.json mm_tokens_per_image)`, tokens);
  }
  return {
    imageSize: side,
    mean: normalised ? channels(fields, "image_mean", 0.5) : [0, 0, 0],
    std: normalised ? channels(fields, "image_std", 0.5) : [1, 1, 1],
    rescaleFactor: on("do_rescale") ? fields.number("rescale_factor", 1 / 255) : 1,
    resample: filters[resample as keyof typeof filters],
    tokensPerImage: config.kind === "multimodal" ? config.tokensPerImage : undefined,
    ...(cropped && { panAndScan: panAndScan(fields) }),
  };
}

/** Missing or null values are those of transformers' Gemma3Processor. */
function panAndScan(fields: Fields): PanAndScan {
  const minRatio = fields.number("pan_and_scan_min_ratio_to_activate", 1.2);
  if (!(minRatio >= 1)) fields.wrong("pan_and_scan_min_ratio_to_activate", "a number of at least 1", minRatio);
  return {
    minCropSize: fields.positive("pan_and_scan_min_crop_size", 256),
    maxCrops: fields.positive("pan_and_scan_max_num_crops", 4),
    minRatio,
  };
}

/** A `preprocessor_config.json` with the default values, for a folder without one: transformers cannot open a processor without it. */
export function imageProcessorJson(config: ArchitectureConfig): object | undefined {
  if (config.kind === "gemma") return undefined;
  const { imageSize } = config.vision;
  const multimodal = config.kind === "multimodal";
  return {
    do_convert_rgb: null,
    do_normalize: true,
    ...(multimodal && { do_pan_and_scan: null }),
    do_rescale: true,
    do_resize: true,
    image_mean: [0.5, 0.5, 0.5],
    image_processor_type: multimodal ? "Gemma3ImageProcessor" : "SiglipImageProcessor",
    ...(multimodal && { image_seq_length: config.tokensPerImage }),
    image_std: [0.5, 0.5, 0.5],
    processor_class: multimodal ? "Gemma3Processor" : "SiglipProcessor",
    resample: 2,
    rescale_factor: 1 / 255,
    size: { height: imageSize, width: imageSize },
  };
}

/** A `processor_config.json` for a multimodal folder. */
export function processorJson(config: ArchitectureConfig): object | undefined {
  if (config.kind !== "multimodal") return undefined;
  return { image_seq_length: config.tokensPerImage, processor_class: "Gemma3Processor" };
}

function channels(fields: Fields, key: string, fallback: number): [number, number, number] {
  const value = fields.get(key) ?? [fallback, fallback, fallback];
  if (!Array.isArray(value) || value.length !== 3 || !value.every((n) => typeof n === "number")) {
    fields.wrong(key, "three numbers", value);
  }
  return value as [number, number, number];
}
