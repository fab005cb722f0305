/**
 * Gemma 3 with a vision tower: SigLIP's patches, pooled and projected, replace the image's soft tokens.
 */
import { gather, matmul, reduceMean, reshape, unsqueeze, type Value, where } from "../graph/index.ts";
import type { Build } from "./build.ts";
import type { MultimodalConfig } from "./config.ts";
import { gemmaNorm } from "./gemma.ts";
import { siglipVision } from "./siglip.ts";

/** Prefixes of the canonical tensor names. */
export const multimodalPrefix = {
  text: "model.language_model",
  vision: "model.vision_tower.vision_model",
  projector: "model.multi_modal_projector",
} as const;

/**
 * Patches `[n, patches, visionHidden]` -> `[n, tokensPerImage, visionHidden]`: average pooling over squares of adjacent
 * patches.
 */
export function poolPatches(
  patches: Value,
  { vision, tokensPerImage }: Pick<MultimodalConfig, "vision" | "tokensPerImage">,
): Value {
  const side = Math.floor(vision.imageSize / vision.patchSize);
  const pooledSide = Math.sqrt(tokensPerImage);
  const kernel = side / pooledSide;
  const n = patches.shape[0];
  const grid = reshape(patches, [n, pooledSide, kernel, pooledSide, kernel, vision.hiddenSize]);
  return reshape(reduceMean(grid, [2, 4]), [n, tokensPerImage, vision.hiddenSize]);
}

/** Pooled patches `[n, tokensPerImage, visionHidden]` -> soft tokens `[n, tokensPerImage, hidden]`: RMS norm, projection. */
export function projectPooled(build: Build, pooled: Value, { vision, text }: MultimodalConfig): Value {
  const name = multimodalPrefix.projector;
  const normed = gemmaNorm(build, pooled, `${name}.mm_soft_emb_norm`, vision.hiddenSize, vision.layerNormEps);
  // Stored [in, out], unlike the linear layers.
  const y = matmul(
    normed,
    build.weights.tensor(`${name}.mm_input_projection_weight`, [vision.hiddenSize, text.hiddenSize]),
  );
  build.observe?.(name, y);
  return y;
}

/** Patches `[n, patches, visionHidden]` -> soft tokens `[n, tokensPerImage, hidden]`. */
export function projector(build: Build, patches: Value, config: MultimodalConfig): Value {
  return projectPooled(build, poolPatches(patches, config), config);
}

/** Pixels `[n, 3, side, side]` in [-1, 1] -> soft tokens `[n, tokensPerImage, hidden]`. */
export function encodeImages(build: Build, pixels: Value, config: MultimodalConfig): Value {
  return projector(build, siglipVision(build, pixels, config.vision, multimodalPrefix.vision), config);
}

/**
 * Replaces soft tokens by image rows, unscaled.
 *
 * @param embedded token embeddings `[batch, seq, hidden]`.
 * @param softTokens rows `[softRows, hidden]`; at least one row, even without image tokens.
 * @param rowOfToken int64 `[batch, seq]`: the row of each soft token; any valid row elsewhere.
 * @param isSoftToken bool `[batch, seq]`.
 */
export function insertImages(embedded: Value, softTokens: Value, rowOfToken: Value, isSoftToken: Value): Value {
  return where(unsqueeze(isSoftToken, [2]), gather(softTokens, rowOfToken), embedded);
}
