/** `polyclinic board`: a plan by component, drafted, held against guidelines, criticised and revised. */
import { basename } from "node:path";
import type { Command } from "commander";
import { notForClinicalUse } from "../../task/result.ts";
import { allowed, readCase } from "../shared/case-text.ts";
import { exitCodes } from "../shared/exit-codes.ts";
import { addModelOptions, type ModelOptions } from "../shared/options.ts";
import { openModel } from "../shared/session.ts";
import { dim, interrupted, note, print, strong } from "../shared/terminal.ts";
import { list, whole } from "../shared/values.ts";

interface Options extends ModelOptions {
  guidelines: string;
  components: string[];
  budget?: number;
  json?: boolean;
}

export function registerBoard(program: Command): void {
  const command = program
    .command("board")
    .description("a plan for a case, component by component: draft, search in guidelines, critique, revision")
    .argument("<case>", "a text file")
    .requiredOption("--guidelines <folder>", "documents that are searched: .txt, .md, PubMed .xml")
    .option("--components <list>", "of the plan", list, ["first treatment", "test", "urgency"])
    .option("--budget <n>", "most replies of the model in all", whole)
    .option("--json", "as JSON");
  addModelOptions(command)
    .addHelpText(
      "after",
      "\nExample:\n  $ polyclinic board samples/clinic-plan.txt --guidelines samples/clinic-corpus --model clinic",
    )
    .action((path: string) => run(path, command.opts<Options>()));
}

async function run(path: string, options: Options): Promise<void> {
  const told = await readCase(path, "case");
  const { Corpus, callsTo } = await import("../../strategy/index.ts");
  const { board } = await import("../../strategy/board/board.ts");
  const guidelines = await Corpus.open(options.guidelines);
  const model = await openModel(options);
  try {
    const requests = options.components.map((component) => ({ component }));
    if (!(await allowed({ task: "board", requests, text: told, label: basename(path) }, model))) return;
    const { call, trace } = callsTo(model, {
      signal: interrupted,
      ...(options.budget !== undefined && { budget: options.budget }),
    });
    const plan = await board(call, told, { guidelines, components: options.components });
    if (options.json)
      print(
        JSON.stringify(
          { schema: "polyclinic.plan/1", model: model.identity, plan, trace, notice: notForClinicalUse },
          undefined,
          2,
        ),
      );
    else
      for (const { component, draft, sources, critique, plan: stands, changed, endedBy } of plan) {
        print(strong(`${component}: ${stands || "no plan"}`));
        print(`  draft: ${draft || "none"}`);
        for (const [i, { source, text }] of sources.entries()) print(`  [${i + 1}] ${source}: ${text.trim()}`);
        if (critique !== undefined) print(`  critique: ${critique}`);
        print(`  ${endedBy === undefined ? (changed ? "revised" : "kept") : `ended by: ${endedBy}`}`);
      }
    note(dim(notForClinicalUse));
    if (plan.some(({ endedBy }) => endedBy === "budget")) process.exitCode = exitCodes.deferred;
  } finally {
    await model.close();
  }
}
