/** Several model calls for one question, with a trace. */
export { type CallsOptions, callsTo, type TracedCall } from "./calls.ts";
export { needsCorpus, strategyNamed, strategyNames } from "./catalogue.ts";
export { type ChainOfRetrievalOptions, chainOfRetrieval } from "./chain-of-retrieval.ts";
export { direct } from "./direct.ts";
export { ensembleRefinement } from "./ensemble-refinement.ts";
export { chainOfThought, type Exemplar, fewShot, readExemplars } from "./few-shot.ts";
export { Corpus, type Passage } from "./retrieval/corpus.ts";
export { selective, thresholdFor } from "./selective.ts";
export { selfConsistency } from "./self-consistency.ts";
export { type StrategicOptions, withStrategy } from "./strategic-model.ts";
export type { Call, CallOptions, Outcome, Reply, Round, Strategy, StrategyInput } from "./strategy.ts";
export { literatureTool, propertyTools, similarTool, structureTool } from "./tools/molecule-tools.ts";
export { type ReferenceTable, readGenes, readProteins } from "./tools/reference-tables.ts";
export { geneTool, proteinTools } from "./tools/reference-tools.ts";
export {
  askWithTools,
  type Tool,
  type ToolAgentOptions,
  type ToolAgentResult,
  type TracedRound,
} from "./tools/tool-agent.ts";
export { type UncertaintySearchOptions, uncertaintySearch } from "./uncertainty-search.ts";
export { type Votes, votesOf } from "./vote.ts";
