/**
 * The source of a model's weights, by canonical tensor name: a checkpoint folder, one with an adapter applied, or
 * weights in memory (tests, training).
 *
 * Canonical names are those of transformers >= 4.52, whatever the file contains: text only `model.layers.0...`,
 * `model.embed_tokens.weight`, `model.norm.weight`; multimodal `model.language_model.layers.0...`,
 * `model.vision_tower.vision_model.encoder.layers.0...`, `model.multi_modal_projector...`; untied head
 * `lm_head.weight`; SigLIP `vision_model...`, `text_model...`, `logit_scale`, `logit_bias`.
 */
export type WeightDtype = "F32" | "F16" | "BF16";

/** Named tensors that are read on demand: a checkpoint, an adapter, or arrays in memory. */
export interface WeightSource {
  readonly names: readonly string[];
  has(name: string): boolean;
  /** Throws `checkpoint/missing-tensor` for an unknown name, like every method below. */
  shape(name: string): readonly number[];
  /** The stored dtype. */
  dtype(name: string): WeightDtype;
  /** The whole tensor, row-major, converted to f32; a new array that the caller may modify, here and below. */
  read(name: string): Promise<Float32Array<ArrayBuffer>>;
  /** Rows `start` to `start + count - 1` of the first dimension: a large tensor in bounded memory. */
  readRows(name: string, start: number, count: number): Promise<Float32Array<ArrayBuffer>>;
  /** The stored bytes, little-endian, in the stored dtype. */
  readRaw(name: string): Promise<Uint8Array<ArrayBuffer>>;
}
