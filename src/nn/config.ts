/**
 * The shapes and constants of the architectures this module can build, as plain data. A checkpoint's `config.json` becomes one of these
 * with every default already resolved (`checkpoint/config`), so the code below never interprets a missing key.
 */

/** The decoder of Gemma 1, 2 or 3, text only or under a vision tower. Dimensions are in elements, positions in tokens. */
export interface GemmaConfig {
  readonly family: "gemma1" | "gemma2" | "gemma3";
  /** Rows of the token embedding, image soft token and padding rows included. */
  readonly vocabSize: number;
  readonly hiddenSize: number;
  /** Inner width of the gated feed-forward. */
  readonly intermediateSize: number;
  readonly layers: number;
  readonly heads: number;
  /** Key and value heads; query head h reads key head floor(h * kvHeads / heads). */
  readonly kvHeads: number;
  /** Independent of hiddenSize / heads. */
  readonly headDim: number;
  /** Attention scores are scaled by this to the power -1/2 (Gemma 1 has no such key: it is headDim). */
  readonly queryPreAttnScalar: number;
  readonly rmsNormEps: number;
  /** Longest context the positions were trained for. */
  readonly maxPositions: number;
  /** Local layers: the query at position q sees keys q - slidingWindow + 1 to q. Undefined when no layer is local. */
  readonly slidingWindow: number | undefined;
  /** One entry per layer, in order. */
  readonly layerTypes: readonly ("local" | "global")[];
  /** RoPE base of the global layers (of all layers, for Gemma 1 and 2). */
  readonly ropeThetaGlobal: number;
  /** RoPE base of the local layers. */
  readonly ropeThetaLocal: number;
  /** Linear scaling of the global layers: inverse frequencies are divided by it; 1 means none. */
  readonly ropeScalingGlobal: number;
  /** Gemma 2: scores become cap * tanh(score / cap) before the mask. */
  readonly attnSoftcap?: number;
  /** Gemma 2: the same for the logits. */
  readonly finalSoftcap?: number;
  readonly activation: "gelu_tanh";
  /** Gemma 3: RMSNorm over headDim on queries and keys, before RoPE. */
  readonly qkNorm: boolean;
  /** Gemma 2 and 3: norms before and after attention and feed-forward; Gemma 1 has only those before. */
  readonly sandwichNorms: boolean;
  /** The output head is the embedding matrix; otherwise `lm_head.weight` is read. */
  readonly tieEmbeddings: boolean;
  /** Biases on the query, key, value and output projections. */
  readonly attentionBias: boolean;
}

/** SigLIP's image tower. */
export interface SiglipVisionConfig {
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly layers: number;
  readonly heads: number;
  /** Side of the square input, pixels. */
  readonly imageSize: number;
  /** Side of a square patch, pixels; the image is cut into floor(imageSize / patchSize) squared patches, row by row. */
  readonly patchSize: number;
  readonly layerNormEps: number;
  /** Whether an attention-pooling head follows the last norm (MedSigLIP yes, inside MedGemma no). */
  readonly useHead: boolean;
}

/** SigLIP's text tower: no causal mask, the last position is pooled. */
export interface SiglipTextConfig {
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly layers: number;
  readonly heads: number;
  /** Every text is padded and truncated to exactly this many tokens. */
  readonly maxPositions: number;
  readonly layerNormEps: number;
  /** Width of the text embedding, equal to the vision tower's. */
  readonly projectionSize: number;
  readonly padTokenId: number;
}

/** Gemma 3 with a vision tower: MedGemma 4B and 27B, and the embedded model. */
export interface MultimodalConfig {
  readonly text: GemmaConfig;
  readonly vision: SiglipVisionConfig;
  /** Soft tokens of one image: a square number; patches are average-pooled down to it. */
  readonly tokensPerImage: number;
  /** `<start_of_image>`. */
  readonly boiTokenId: number;
  /** `<end_of_image>`. */
  readonly eoiTokenId: number;
  /** `<image_soft_token>`: the positions replaced by the image's vectors. */
  readonly imageTokenId: number;
}

/** Every architecture a checkpoint folder can hold. */
export type ArchitectureConfig =
  | { readonly kind: "gemma"; readonly text: GemmaConfig }
  | ({ readonly kind: "multimodal" } & MultimodalConfig)
  | { readonly kind: "siglip"; readonly vision: SiglipVisionConfig; readonly text: SiglipTextConfig }
  | { readonly kind: "siglip-vision"; readonly vision: SiglipVisionConfig };

/** The decoder of an architecture, if it has one. */
export function decoderConfig(config: ArchitectureConfig): GemmaConfig | undefined {
  return config.kind === "gemma" || config.kind === "multimodal" ? config.text : undefined;
}
