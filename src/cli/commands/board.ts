/** `polyclinic board`: a plan by component, drafted, checked against guidelines, criticised and revised. */
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import type { Command } from "commander";
import { PolyclinicError } from "../../base/errors.ts";
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
  reference?: string;
  budget?: number;
  queries?: number;
  json?: boolean;
}

export function registerBoard(program: Command): void {
  const command = program
    .command("board")
    .description("write a plan for a case, component by component: draft, guideline search, critique, revision")
    .argument("<case>", "text file that describes the case")
    .requiredOption("--guidelines <folder>", "documents to search: .txt, .md, PubMed .xml")
    .option("--components <list>", "components of the plan, separated by commas", list, [
      "first treatment",
      "test",
      "urgency",
    ])
    .option(
      "--reference <file.json>",
      "the correct answer for each component, to count what the revision corrected and what it made wrong",
    )
    .option(
      "--queries <n>",
      "number of search queries the model writes per component, besides the case itself (0)",
      whole,
    )
    .option("--budget <n>", "maximum total number of model replies", whole)
    .option("--json", "print the result as JSON");
  addModelOptions(command)
    .addHelpText(
      "after",
      "\nExample:\n  $ polyclinic board samples/clinic-plan.txt --guidelines samples/clinic-corpus --model clinic",
    )
    .action((path: string) => run(path, command.opts<Options>()));
}

async function run(path: string, options: Options): Promise<void> {
  const caseText = await readCase(path, "case");
  const { Corpus, callsTo } = await import("../../strategy/index.ts");
  const { agreesWith, board } = await import("../../strategy/board/board.ts");
  const { changesAgainst } = await import("../../strategy/board/changes.ts");
  const guidelines = await Corpus.open(options.guidelines);
  const reference = options.reference === undefined ? undefined : await readReference(options.reference);
  const model = await openModel(options);
  try {
    const requests = options.components.map((component) => ({ component }));
    if (!(await allowed({ task: "board", requests, text: caseText, label: basename(path) }, model))) return;
    const { call, trace } = callsTo(model, {
      signal: interrupted,
      ...(options.budget !== undefined && { budget: options.budget }),
    });
    const plan = await board(call, caseText, {
      guidelines,
      components: options.components,
      ...(options.queries !== undefined && { queries: options.queries }),
    });
    const changes = reference && changesAgainst(plan, reference);
    if (options.json)
      print(
        JSON.stringify(
          {
            schema: "polyclinic.plan/1",
            model: model.identity,
            plan,
            ...(changes && { changes }),
            trace,
            notice: notForClinicalUse,
          },
          undefined,
          2,
        ),
      );
    else {
      for (const { component, draft, queries = [], sources, critique, plan: stands, changed, endedBy } of plan) {
        print(strong(`${component}: ${stands || "no plan"}`));
        print(`  draft: ${draft || "none"}`);
        for (const query of queries) print(`  searched: ${query}`);
        for (const [i, { source, text }] of sources.entries()) print(`  [${i + 1}] ${source}: ${text.trim()}`);
        if (critique !== undefined)
          print(
            `  critique: ${agreesWith(critique, draft) ? `agrees with the draft${citations(critique)}` : critique}`,
          );
        print(`  ${endedBy === undefined ? (changed ? "revised" : "kept") : `ended by: ${endedBy}`}`);
      }
      if (changes !== undefined)
        print(
          `against the reference: correct from the draft on ${changes.rightToRight}, corrected ${changes.wrongToRight}, made wrong ${changes.rightToWrong}, still wrong ${changes.wrongToWrong}, not compared ${changes.notCompared}`,
        );
    }
    note(dim(notForClinicalUse));
    if (plan.some(({ endedBy }) => endedBy === "budget")) process.exitCode = exitCodes.deferred;
  } finally {
    await model.close();
  }
}

/** ` [1] [2]`, as in the text. */
const citations = (text: string) => (text.match(/\[\d+\]/g) ?? []).map((cited) => ` ${cited}`).join("");

async function readReference(path: string): Promise<Record<string, string>> {
  const bad = (found: string, cause?: unknown) =>
    new PolyclinicError("usage/reference", "is not a valid reference file", {
      where: path,
      expected: '{"component": "the correct answer", ...}',
      found,
      cause,
    });
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    throw bad((cause as Error).message, cause);
  }
  const whole = typeof value === "object" && value !== null && !Array.isArray(value);
  if (!whole || Object.values(value as object).some((text) => typeof text !== "string"))
    throw bad(JSON.stringify(value));
  return value as Record<string, string>;
}
