/** Every command by name: one per task, and those in `commands/`. A command's module is loaded only when it is called. */
import type { Command } from "commander";

export interface Entry {
  readonly summary: string;
  readonly register: (program: Command) => Promise<void>;
}

/** @param wanted the command named on the command line; unless it is a task, the tasks are not loaded. */
export async function commands(wanted?: string): Promise<Readonly<Record<string, Entry>>> {
  if (wanted !== undefined && Object.hasOwn(others, wanted)) return others;
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
    summary: "show what was read and exactly what a model would see",
    register: async (program) => (await import("./commands/inspect.ts")).registerInspect(program),
  },
  labs: {
    summary: "read a laboratory report into checked values",
    register: async (program) => (await import("./commands/records/labs.ts")).registerLabs(program),
  },
  "after-visit": {
    summary: "a visit of a health record in plain words for the patient, each line with its source",
    register: async (program) => (await import("./commands/records/after-visit.ts")).registerAfterVisit(program),
  },
  prs: {
    summary: "polygenic scores of a genotype file, with a report of what matched",
    register: async (program) => (await import("./commands/therapeutics/prs.ts")).registerPrs(program),
  },
  tx: {
    summary: "properties of molecules, with the nearest training molecules",
    register: async (program) => (await import("./commands/therapeutics/tx.ts")).registerTx(program),
  },
  batch: {
    summary: "run one task over a folder or a CSV of studies",
    register: async (program) => (await import("./commands/batch.ts")).registerBatch(program),
  },
  serve: {
    summary: "answer over HTTP: a workbench, OpenAI's API, DICOMweb and MCP",
    register: async (program) => (await import("./commands/serve.ts")).registerServe(program),
  },
  mcp: {
    summary: "give a folder of studies to an assistant that speaks MCP",
    register: async (program) => (await import("./commands/mcp.ts")).registerMcp(program),
  },
  worker: {
    summary: "answer the jobs of a server's queue",
    register: async (program) => (await import("./commands/worker.ts")).registerWorker(program),
  },
  backup: {
    summary: "copy a server's store",
    register: async (program) => (await import("./commands/upkeep.ts")).registerBackup(program),
  },
  restore: {
    summary: "make a server's store from a copy",
    register: async (program) => (await import("./commands/upkeep.ts")).registerRestore(program),
  },
  erase: {
    summary: "erase a patient from a server's store",
    register: async (program) => (await import("./commands/upkeep.ts")).registerErase(program),
  },
  audit: {
    summary: "check that a server's audit was not changed",
    register: async (program) => (await import("./commands/audit.ts")).registerAudit(program),
  },
  evaluate: {
    summary: "run benchmarks, score recorded answers again, compare models with paired tests",
    register: async (program) => (await import("./commands/evaluate.ts")).registerEvaluate(program),
  },
  consult: {
    summary: "a model takes a history, with you or with a patient agent",
    register: async (program) => (await import("./commands/consult.ts")).registerConsult(program),
  },
  neighbours: {
    summary: "an index of your own reports, and the most similar in it",
    register: async (program) => (await import("./commands/neighbours.ts")).registerNeighbours(program),
  },
  board: {
    summary: "a plan for a case, held against guidelines and revised",
    register: async (program) => (await import("./commands/board.ts")).registerBoard(program),
  },
  osce: {
    summary: "an examination of doctors: the same cases seen by two, scored and rated",
    register: async (program) => (await import("./commands/osce.ts")).registerOsce(program),
  },
  equity: {
    summary: "whether answers depend on what they must not depend on",
    register: async (program) => (await import("./commands/equity.ts")).registerEquity(program),
  },
  study: {
    summary: "people rate answers: forms, assignment, import, intervals and agreement",
    register: async (program) => (await import("./commands/study.ts")).registerStudy(program),
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
