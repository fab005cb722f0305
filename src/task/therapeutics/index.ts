/** The parts of TxGemma's use that need no model: task table, prompts, answers, examples. */
export {
  fromBin,
  parseTherapeuticAnswer,
  positiveProbability,
  type TherapeuticAnswer,
  toBin,
  type ValueLimits,
} from "./answers.ts";
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
} from "./shots.ts";
export { type TaskKind, type TaskMetric, type TherapeuticTask, taskNamed, therapeuticTasks } from "./tasks.ts";
