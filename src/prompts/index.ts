/** The wording of all prompts and answers. */
export * from "./ask.ts";
export * from "./classify.ts";
export * from "./compare.ts";
export * from "./extract.ts";
export * from "./form.ts";
export * from "./label-names.ts";
export * from "./locate.ts";
export * from "./measure.ts";
export * from "./recognise.ts";
export * from "./report.ts";
export * from "./strategy.ts";
export * from "./tool-agent.ts";
export * from "./turn.ts";
export * from "./video.ts";
