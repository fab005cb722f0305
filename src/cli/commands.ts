/** Every command by name: one per task, and those in `commands/`. A command's module is loaded only when it is called. */
import type { Command } from "commander";

export interface Entry {
  readonly summary: string;
  readonly register: (program: Command) => Promise<void>;
}

/** @param name the command named on the command line; unless it is a task, the tasks are not loaded. */
export async function commands(name?: string): Promise<Readonly<Record<string, Entry>>> {
  if (name !== undefined && Object.hasOwn(others, name)) return others;
  const { tasks } = await import("../task/tasks.ts");
  const ofTasks = tasks().map((task): [string, Entry] => [
    task.name,
    {
      summary: task.summary,
      register: async (program) => (await import("./commands/task.ts")).registerTaskCommand(program, task),
    },
  ]);
  return { ...Object.fromEntries(ofTasks), ...others };
}

const others: Readonly<Record<string, Entry>> = {
  inspect: {
    summary: "show what was read and exactly what a model would receive",
    register: async (program) => (await import("./commands/inspect.ts")).registerInspect(program),
  },
  labs: {
    summary: "read a laboratory report into validated values",
    register: async (program) => (await import("./commands/records/labs.ts")).registerLabs(program),
  },
  "after-visit": {
    summary: "summarise a visit from a health record in plain language for the patient, with the source of each line",
    register: async (program) => (await import("./commands/records/after-visit.ts")).registerAfterVisit(program),
  },
  prs: {
    summary: "compute polygenic scores of a genotype file, with a report of the matched variants",
    register: async (program) => (await import("./commands/therapeutics/prs.ts")).registerPrs(program),
  },
  pileup: {
    summary: "count and draw the reads over a candidate variant",
    register: async (program) => (await import("./commands/therapeutics/pileup.ts")).registerPileup(program),
  },
  tx: {
    summary: "predict properties of molecules, with the nearest training molecules",
    register: async (program) => (await import("./commands/therapeutics/tx.ts")).registerTx(program),
  },
  batch: {
    summary: "run one task over a folder or a CSV of studies",
    register: async (program) => (await import("./commands/batch.ts")).registerBatch(program),
  },
  serve: {
    summary: "start the HTTP server: workbench, OpenAI-compatible API, DICOMweb and MCP",
    register: async (program) => (await import("./commands/serve.ts")).registerServe(program),
  },
  mcp: {
    summary: "give an assistant access to a folder of studies through MCP",
    register: async (program) => (await import("./commands/mcp.ts")).registerMcp(program),
  },
  worker: {
    summary: "process the jobs in a server's queue",
    register: async (program) => (await import("./commands/worker.ts")).registerWorker(program),
  },
  backup: {
    summary: "back up a server's data",
    register: async (program) => (await import("./commands/upkeep.ts")).registerBackup(program),
  },
  restore: {
    summary: "restore a server's data from a backup",
    register: async (program) => (await import("./commands/upkeep.ts")).registerRestore(program),
  },
  erase: {
    summary: "erase a patient from a server's data",
    register: async (program) => (await import("./commands/upkeep.ts")).registerErase(program),
  },
  audit: {
    summary: "verify the audit log of a server",
    register: async (program) => (await import("./commands/audit.ts")).registerAudit(program),
  },
  evaluate: {
    summary: "run benchmarks, rescore recorded answers, compare models with paired tests",
    register: async (program) => (await import("./commands/evaluate.ts")).registerEvaluate(program),
  },
  consult: {
    summary: "let a model take a history from you or from a patient agent",
    register: async (program) => (await import("./commands/consult.ts")).registerConsult(program),
  },
  neighbours: {
    summary: "an index of your own reports, and the most similar in it",
    register: async (program) => (await import("./commands/neighbours.ts")).registerNeighbours(program),
  },
  board: {
    summary: "draft a plan for a case, check it against guidelines and revise it",
    register: async (program) => (await import("./commands/board.ts")).registerBoard(program),
  },
  osce: {
    summary: "compare two simulated doctors on the same cases (OSCE), scored and rated",
    register: async (program) => (await import("./commands/osce.ts")).registerOsce(program),
  },
  equity: {
    summary: "test whether answers depend on attributes that must not matter",
    register: async (program) => (await import("./commands/equity.ts")).registerEquity(program),
  },
  study: {
    summary: "organise a rating study: forms, assignment, import, intervals and agreement",
    register: async (program) => (await import("./commands/study.ts")).registerStudy(program),
  },
  tune: {
    summary: "fine-tune a model on your own data",
    register: async (program) => (await import("./commands/tune.ts")).registerTune(program),
  },
  models: {
    summary: "pull, list and remove models",
    register: async (program) => (await import("./commands/models.ts")).registerModels(program),
  },
  doctor: {
    summary: "check this machine, and whether a model or server really processes images",
    register: async (program) => (await import("./commands/doctor.ts")).registerDoctor(program),
  },
  demo: {
    summary: "run example commands on the samples that come with the package",
    register: async (program) => (await import("./commands/demo.ts")).registerDemo(program),
  },
};
