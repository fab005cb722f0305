/** Every command, by name; its module is loaded only when it is called. */
import type { Command } from "commander";

export interface Entry {
  readonly summary: string;
  readonly register: (program: Command) => Promise<void>;
}

export const commands: Readonly<Record<string, Entry>> = {
  ask: {
    summary: "ask a question about a study",
    register: async (program) => (await import("./commands/ask.ts")).registerAsk(program),
  },
  report: {
    summary: "write a report of a study",
    register: async (program) => (await import("./commands/report.ts")).registerReport(program),
  },
  classify: {
    summary: "choose among labels, with probabilities",
    register: async (program) => (await import("./commands/classify.ts")).registerClassify(program),
  },
  locate: {
    summary: "find something and give its box in source pixels",
    register: async (program) => (await import("./commands/locate.ts")).registerLocate(program),
  },
  compare: {
    summary: "compare a prior with a current study",
    register: async (program) => (await import("./commands/compare.ts")).registerCompare(program),
  },
  inspect: {
    summary: "show what was read and exactly what a model would see",
    register: async (program) => (await import("./commands/inspect.ts")).registerInspect(program),
  },
  batch: {
    summary: "run one task over a folder or a CSV of studies",
    register: async (program) => (await import("./commands/batch.ts")).registerBatch(program),
  },
  tune: {
    summary: "tune a model on your own data",
    register: async (program) => (await import("./commands/tune.ts")).registerTune(program),
  },
  models: {
    summary: "pull, list and remove models",
    register: async (program) => (await import("./commands/models.ts")).registerModels(program),
  },
  doctor: {
    summary: "check this machine, and whether a model or server really sees images",
    register: async (program) => (await import("./commands/doctor.ts")).registerDoctor(program),
  },
  demo: {
    summary: "answers, boxes and exports on the samples that come with the package",
    register: async (program) => (await import("./commands/demo.ts")).registerDemo(program),
  },
};
