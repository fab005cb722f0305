/** Several calls to one question, with a trace. */
export { strategies, strategyNamed } from "./catalogue.ts";
export { direct } from "./direct.ts";
export type { Call, CallOptions, Outcome, Reply, Strategy, StrategyInput } from "./strategy.ts";
