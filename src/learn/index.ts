/** Training: datasets, optimizers, runs that resume bit-exactly, learners, and `tune`, which combines them. */
export * from "./data/index.ts";
export { answerLogits, type LanguageConfig, languageObjective } from "./language/objective.ts";
export { type BatchShape, Packer, packedFeeds } from "./language/pack.ts";
export { type TrainingSequence, trainingSequence } from "./language/sequence.ts";
export { type ContrastiveLoss, contrastiveObjective, infoNce, siglipLoss } from "./learners/contrastive.ts";
export {
  type DistilTarget,
  distilCounted,
  distilFull,
  distilObjective,
  distilRenormalised,
  keptMass,
} from "./learners/distil.ts";
export { freshLora, isLoraFactor, type LoraOptions, loadLora, loraWeights, saveLora } from "./learners/lora.ts";
export { fitProbe, type Probe, type ProbeOptions } from "./learners/probe.ts";
export { freshSoftPrompt, isSoftPrompt, loadSoftPrompt, saveSoftPrompt } from "./learners/soft-prompt.ts";
export { drawCounted, drawDistinct } from "./learners/teacher-samples.ts";
export * from "./optimizer/index.ts";
export * from "./run/index.ts";
export { type Feed, type Objective, type StepResult, TrainingStep } from "./step.ts";
export type { Tensor, Tensors } from "./tensors.ts";
export * from "./tune/index.ts";
