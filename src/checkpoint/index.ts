export { type AdaptedModel, type Adapter, applyAdapter, openAdapter } from "./adapter/adapter.ts";
export { type AdapterConfig, readAdapterConfig } from "./adapter/adapter-config.ts";
export { readSoftPrompt, type SoftPrompt } from "./adapter/soft-prompt.ts";
export { type AdapterToWrite, type LoraFactors, writeAdapter } from "./adapter/write-adapter.ts";
export { type ArchitectureKind, canonicalName } from "./canonical-names.ts";
export { checkTensors } from "./check-tensors.ts";
export { type Checkpoint, openCheckpoint } from "./checkpoint.ts";
export { readConfig } from "./config/config.ts";
export type { GenerationDefaults } from "./config/generation-config.ts";
export type { ImagePreprocessing, PanAndScan } from "./config/preprocessor-config.ts";
export type { TokenizerFiles } from "./config/tokenizer-files.ts";
export { contentHash, type HashOptions } from "./content-hash.ts";
export { bf16ToF32, f16ToF32, f32ToBf16, f32ToF16 } from "./safetensors/half.ts";
export { SafetensorsFile } from "./safetensors/safetensors-file.ts";
export {
  type SafetensorsWriteOptions,
  type TensorToWrite,
  writeSafetensors,
} from "./safetensors/safetensors-writer.ts";
export { CheckpointWeights, weightFiles } from "./weights.ts";
export { type CheckpointToWrite, writeCheckpoint } from "./write-checkpoint.ts";
