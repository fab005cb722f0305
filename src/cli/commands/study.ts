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
    .description("organise a rating study: forms, assignment, import, intervals and agreement")
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
    .description("create a study from recorded runs or a table of texts")
    .argument("<folder>", "new folder for the study")
    .requiredOption("--rubric <name>", "a rubric of the package, or a .yaml file")
    .option("--runs <folders...>", "runs whose answers are to be rated")
    .option("--table <file>", "a CSV with the columns id, question and a column of texts for each source")
    .option("--limit <n>", "use only n questions, sampled with the seed", whole)
    .option("--seed <n>", "seed of the sampling, the orders and the sides (0)", whole)
    .addHelpText("after", example("init quality --rubric med-palm --runs runs/first"))
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
    .description("assign units to raters, balanced and blinded, and write the forms")
    .argument("<folder>", "folder of the study")
    .requiredOption("--raters <names>", "ann,ben or ann:clinician,ben:layperson")
    .option("--per-unit <n>", "number of ratings per unit from each group", whole, 1)
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
    .description(
      "serve the forms over HTTP on this machine, with a link for each rater; ratings are saved as they are made",
    )
    .argument("<folder>", "folder of the study")
    .option("--port <n>", "", whole, 8790)
    .option(
      "--host <address>",
      "another address of this machine; anyone who can reach it and has a link can rate",
      "127.0.0.1",
    )
    .addHelpText("after", example("serve rating"))
    .action(async (folder: string, options: { port: number; host: string }) => {
      const { openStudyFolder, serveStudy } = await import("../../evaluate/study/index.ts");
      const server = await serveStudy(await openStudyFolder(folder), options);
      for (const { rater, url } of server.links) print(`${rater}  ${url}`);
      note("Press Ctrl-C to stop.");
      await new Promise<void>((resolve) => interrupted.addEventListener("abort", () => resolve(), { once: true }));
      await server.close();
    });
  study
    .command("import")
    .description("import ratings from forms (JSON) or tables (CSV)")
    .argument("<folder>", "folder of the study")
    .argument("<files...>", "files from the raters")
    .addHelpText("after", example("import rating ratings-ann.json"))
    .action(async (folder: string, files: string[]) => {
      const { importRatings, openStudyFolder } = await import("../../evaluate/study/index.ts");
      const { added, empty, refused } = await importRatings(await openStudyFolder(folder), files);
      note(`${added} ratings imported, ${empty} empty, ${refused.length} rejected.`);
      for (const { row, why } of refused.slice(0, 10)) note(`${row}: ${why}`);
      if (refused.length > 0) process.exitCode = exitCodes.partly;
    });
  const judge = study
    .command("judge")
    .description("let a model rate as well, in both orders and with several samples; reported separately from people")
    .argument("<folder>", "folder of the study")
    .option("--samples <n>", "number of verdicts per text; the majority counts", whole, 5);
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
          `${ratings} ratings of ${rater}; ${unread} verdicts could not be parsed, ${swayed} changed with the order${consistency === undefined ? "" : `; ${consistencyText(consistency)}`}.`,
        );
      } finally {
        bar.done();
        await model.close();
      }
    });
  study
    .command("analyse")
    .description("compute shares with intervals, preferences, tests and agreement; writes result.html, .md and .json")
    .argument("<folder>", "folder of the study")
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
