/** TxGemma without a model: task table, prompts, answer parsing, few-shot examples. */
export {
  fromBin,
  parseTherapeuticAnswer,
  positiveProbability,
  type TherapeuticAnswer,
  toBin,
  type ValueLimits,
} from "./answers.ts";
export {
  KernelModel,
  type KernelPrediction,
  type KernelSet,
  kernelFileName,
  type TxMethod,
} from "./kernel/kernel-model.ts";
export { lowerIsBetter, taskScore } from "./metric.ts";
export { type LibrarySet, type LibraryTask, readLibrary, type TxLibrary } from "./own/library.ts";
export { type KnownNeighbour, Neighbours } from "./predict/neighbours.ts";
export { type BinEstimate, binsFromDigits } from "./predict/numbers.ts";
export { openTherapeutics, type Therapeutics } from "./predict/open.ts";
export { type Prediction, type PredictOptions, predict } from "./predict/predict.ts";
export {
  fillPrompt,
  type PromptExample,
  type PromptInputs,
  type PromptTemplate,
  promptFileName,
  promptTemplate,
  readPromptFile,
} from "./prompts.ts";
export {
  domainCaution,
  familiarSimilarity,
  nearestSequences,
  nearestShots,
  randomShots,
  sequenceIdentity,
  sizeCaution,
} from "./shots.ts";
export { type TaskKind, type TaskMetric, type TherapeuticTask, taskNamed, therapeuticTasks } from "./tasks.ts";
