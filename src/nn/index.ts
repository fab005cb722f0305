/** Gemma and SigLIP as graphs, independent of weight files. */
export type { PastKeyValue } from "./attention.ts";
export { type Build, parameterWeights, plainWeights, type Weights } from "./build.ts";
export type * from "./config.ts";
export { decoderConfig } from "./config.ts";
export { type CrossAttentionConfig, gatedCrossAttention } from "./cross-attention.ts";
export { expectedTensors, requestedTensors } from "./expected-tensors.ts";
export {
  type DecoderInputs,
  type DecoderOutputs,
  decoder,
  embedTokens,
  gemmaNorm,
  type KeyValue,
  type LayerContext,
  logits,
  logitsOfRows,
  rotaryAngles,
} from "./gemma.ts";
export { maskedScore, type TokenPlaces, writeAttentionBias } from "./mask.ts";
export { encodeImages, insertImages, multimodalPrefix, poolPatches, projector, projectPooled } from "./multimodal.ts";
export { imagePixels, type PixelScaling, requirePixels, writePixels } from "./pixels.ts";
export { l2Normalise, siglipLogits, siglipPool, siglipText, siglipVision } from "./siglip.ts";
export type * from "./weight-source.ts";
