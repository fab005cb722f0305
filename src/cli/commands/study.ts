/** `polyclinic study`: human rating studies, from the assignment of raters to intervals and agreement. */
import type { Command } from "commander";
import { progressBar } from "../../base/progress-bar.ts";
import { exitCodes } from "../shared/exit-codes.ts";
import { addModelOptions, type ModelOptions } from "../shared/options.ts";
import { openModel } from "../shared/session.ts";
import { interrupted, note, print } from "../shared/terminal.ts";
import { whole } from "../shared/values.ts";

const example = (words: string) => `\nExample:\n  $ polyclinic study ${words}`;

export function registerStudy(program: Command): void {
  const study = program
    .command("study")
    .description("people rate answers: forms, assignment, import, intervals and agreement")
    .addHelpText(
      "after",
      `
Example:
  $ polyclinic study init rating --rubric pairwise-9 --runs runs/first runs/second --limit 10
  $ polyclinic study assign rating --raters ann,ben --per-unit 2
  $ polyclinic study import rating ratings-ann.json ratings-ben.json
  $ polyclinic study analyse rating`,
    );
  study
    .command("init")
    .description("make a study from recorded runs or a table of texts")
    .argument("<folder>", "a new one")
    .requiredOption("--rubric <name>", "a rubric of the package, or a .yaml file")
    .option("--runs <folders...>", "runs whose answers are rated")
    .option("--table <file>", "a CSV with the columns id, question and a column of texts for each source")
    .option("--limit <n>", "so many questions, drawn with the seed", whole)
    .option("--seed <n>", "of drawing, orders and sides (0)", whole)
    .addHelpText("after", example("init rating --rubric med-palm --runs runs/first"))
    .action(
      async (
        folder: string,
        options: { rubric: string; runs?: string[]; table?: string; limit?: number; seed?: number },
      ) => {
        const { initStudy } = await import("../../evaluate/study/index.ts");
        const { units } = await initStudy(folder, options);
        note(`${units} units to rate.`);
        print(folder);
      },
    );
  study
    .command("assign")
    .description("deal units to raters, balanced and blinded, and write their forms")
    .argument("<folder>", "the study")
    .requiredOption("--raters <names>", "ann,ben or ann:clinician,ben:layperson")
    .option("--per-unit <n>", "ratings a unit gets from each group", whole, 1)
    .addHelpText("after", example("assign rating --raters ann,ben --per-unit 2"))
    .action(async (folder: string, { raters, perUnit }: { raters: string; perUnit: number }) => {
      const { assignStudy, openStudyFolder, parseRaters, writeForms } = await import("../../evaluate/study/index.ts");
      const opened = await openStudyFolder(folder);
      const assignments = await assignStudy(opened, parseRaters(raters, opened.study.rubric.groups), perUnit);
      note(`${assignments.length} assignments.`);
      for (const path of await writeForms(opened)) print(path);
    });
  study
    .command("serve")
    .description("forms over HTTP on this machine, a link for each rater; answers are written as they are given")
    .argument("<folder>", "the study")
    .option("--port <n>", "", whole, 8790)
    .option(
      "--host <address>",
      "another address of this machine; anyone who reaches it and has a link can rate",
      "127.0.0.1",
    )
    .addHelpText("after", example("serve rating"))
    .action(async (folder: string, options: { port: number; host: string }) => {
      const { openStudyFolder, serveStudy } = await import("../../evaluate/study/index.ts");
      const server = await serveStudy(await openStudyFolder(folder), options);
      for (const { rater, url } of server.links) print(`${rater}  ${url}`);
      note("Ctrl-C stops.");
      await new Promise<void>((resolve) => interrupted.addEventListener("abort", () => resolve(), { once: true }));
      await server.close();
    });
  study
    .command("import")
    .description("take in ratings from forms (JSON) or tables (CSV)")
    .argument("<folder>", "the study")
    .argument("<files...>", "what raters sent")
    .addHelpText("after", example("import rating ratings-ann.json"))
    .action(async (folder: string, files: string[]) => {
      const { importRatings, openStudyFolder } = await import("../../evaluate/study/index.ts");
      const { added, empty, refused } = await importRatings(await openStudyFolder(folder), files);
      note(`${added} ratings taken, ${empty} empty, ${refused.length} refused.`);
      for (const { row, why } of refused.slice(0, 10)) note(`${row}: ${why}`);
      if (refused.length > 0) process.exitCode = exitCodes.partly;
    });
  const judge = study
    .command("judge")
    .description("let a model judge as well: both orders, several samples; never counted among people")
    .argument("<folder>", "the study")
    .option("--samples <n>", "verdicts on one text, the most frequent of which counts", whole, 5);
  addModelOptions(judge)
    .addHelpText("after", example("judge rating --model http://localhost:8000/v1"))
    .action(async (folder: string) => {
      const options = judge.opts<ModelOptions & { samples: number }>();
      const { consistencyText, judgeStudy, openStudyFolder } = await import("../../evaluate/study/index.ts");
      const opened = await openStudyFolder(folder);
      const model = await openModel(options);
      const bar = progressBar();
      try {
        const { rater, ratings, unread, swayed, consistency } = await judgeStudy(opened, model, {
          samples: options.samples,
          signal: interrupted,
          onProgress: bar.onProgress,
        });
        bar.done();
        note(
          `${ratings} ratings of ${rater}; ${unread} verdicts could not be read, ${swayed} changed with the order${consistency === undefined ? "" : `; ${consistencyText(consistency)}`}.`,
        );
      } finally {
        bar.done();
        await model.close();
      }
    });
  study
    .command("analyse")
    .description("shares with intervals, preferences, tests and agreement; writes result.html, .md and .json")
    .argument("<folder>", "the study")
    .option("--json", "print the result as JSON")
    .addHelpText("after", example("analyse rating"))
    .action(async (folder: string, { json }: { json?: boolean }) => {
      const { openStudyFolder, reportStudy } = await import("../../evaluate/study/index.ts");
      const { result, files, text } = await reportStudy(await openStudyFolder(folder));
      print(json ? JSON.stringify(result, undefined, 2) : text);
      for (const file of files) note(`Wrote ${file}`);
    });
  for (const command of study.commands) command.exitOverride().showHelpAfterError("(add --help for usage)");
}
