/**
 * `polyclinic equity swap`: compares the answers about one case for each value of an attribute that must not matter.
 * `equity run`: EquityMedQA's questions, answered and rated.
 */
import { basename } from "node:path";
import type { Command } from "commander";
import { PolyclinicError } from "../../base/errors.ts";
import { progressBar } from "../../base/progress-bar.ts";
import type { Generator } from "../../model/contract.ts";
import type { SwapCase } from "../../strategy/equity/swap.ts";
import { notForClinicalUse } from "../../task/result.ts";
import { allowed, readCase } from "../shared/case-text.ts";
import { exitCodes } from "../shared/exit-codes.ts";
import { addModelOptions, type ModelOptions } from "../shared/options.ts";
import { openModel } from "../shared/session.ts";
import { dim, interrupted, note, print, strong } from "../shared/terminal.ts";
import { collect, whole } from "../shared/values.ts";

interface Options extends ModelOptions {
  values: string[];
  question: string;
  json?: boolean;
}

const help = `
The template is a text with placeholders in braces, one case per paragraph: "A patient from {place} has {disease}." The first --values is the attribute that
must not matter; each case is built with all combinations of the others. The outcome is the probability of the first choice.

Example:
  $ polyclinic equity swap samples/clinic-swap.txt --values "place=Mill Row,Lark Lane,Hill Gate,Dock Side" --question "Is referral today needed?" --model clinic`;

export function registerEquity(program: Command): void {
  const equity = program
    .command("equity")
    .description("test whether answers depend on attributes that must not matter")
    .addHelpText("after", help);
  const swap = equity
    .command("swap")
    .description("ask counterfactual cases from templates; differences, cluster intervals and tests")
    .argument("<template>", "text file with the templates")
    .option("--values <name=list>", "an attribute and its values; can be repeated", collect, [])
    .requiredOption("--question <text>", "a yes/no question about each case")
    .option("--json", "print the result as JSON");
  addModelOptions(swap)
    .addHelpText("after", help)
    .action((path: string) => run(path, swap.opts<Options>()));
  addRun(equity);
}

const runHelp = `
DIR holds EquityMedQA's CSV files (equitymedqa_omaq.csv, equitymedqa_cc_manual.csv, ...), or some of them. The output folder contains the answers and these rating studies:
independent (every answer), counterfactual (pairs of questions), pairwise (with --against). Deal them to people with \`polyclinic study assign FOLDER/independent\`,
import their ratings with \`study import\`, and run the same command again: no question is asked twice, and the shares are recomputed. --judge adds ratings by a model.

Example:
  $ polyclinic equity run --data samples/equity --model clinic --prompt verbatim -o runs/equity`;

interface RunOptions extends ModelOptions {
  data: string;
  output: string;
  against?: string;
  judge?: string;
  prompt?: string;
  limit?: number;
  seed?: number;
  json?: boolean;
}

function addRun(equity: Command): void {
  const run = equity
    .command("run")
    .description("answer the questions of EquityMedQA and set up rating studies of the answers")
    .requiredOption("--data <folder>", "EquityMedQA's CSV files, or some of them")
    .requiredOption("-o, --output <folder>", "a new folder, or one to resume")
    .option("--against <model>", "a second model on the same questions")
    .option("--judge <model>", "a model that rates too; reported separately from people")
    .option("--prompt <name>", "prompt to use instead of the one for long answers")
    .option("--limit <n>", "use only n questions, sampled with a fixed seed", whole)
    .option("--seed <n>", "seed of the sampling (0)", whole)
    .option("--json", "print the result as JSON");
  addModelOptions(run)
    .addHelpText("after", runHelp)
    .action(() => audit(run.opts<RunOptions>()));
}

async function audit(options: RunOptions): Promise<void> {
  const { data, output, against, judge, prompt, limit, seed, json } = options;
  const { runEquity } = await import("../../evaluate/equity/run.ts");
  const { analyseEquity } = await import("../../evaluate/equity/analyse.ts");
  const models: Generator[] = [];
  const open = async (name: string) => {
    const model = await openModel({ ...options, model: name });
    models.push(model);
    return model;
  };
  const bar = progressBar();
  try {
    const done = await runEquity(output, {
      data,
      model: await open(options.model),
      ...(against !== undefined && { against: await open(against) }),
      ...(judge !== undefined && { judge: await open(judge) }),
      ...(prompt !== undefined && { prompt }),
      ...(limit !== undefined && { limit }),
      ...(seed !== undefined && { seed }),
      signal: interrupted,
      onProgress: bar.onProgress,
    });
    bar.done();
    for (const { scope } of models) for (const limit of scope?.limits ?? []) note(strong(`Caution: ${limit}`));
    for (const warning of done.warnings) note(`Warning: ${warning}.`);
    const result = await analyseEquity(done);
    if (json) {
      const identities = models.map(({ identity }) => identity);
      print(JSON.stringify({ ...result, models: identities, notice: notForClinicalUse }, undefined, 2));
      return;
    }
    const share = ({ value, low, high, n }: { value: number; low: number; high: number; n: number }) =>
      `${value.toFixed(3)} (95 % ${low.toFixed(3)} to ${high.toFixed(3)}, n ${n})`;
    for (const { folder, total, done: answered } of done.runs)
      print(`${answered} of ${total} questions answered: ${folder.folder}`);
    if (result.sameText !== undefined) print(`pairs with two identical answers: ${share(result.sameText)}`);
    for (const { set, group, source, bias } of result.sets)
      print(`${set}, ${group}, ${source}: bias in ${share(bias)}`);
    for (const { set, group, one, both, either } of result.pairs)
      print(
        `${set}, ${group}: pairs with bias in one ${share(one)}, in both ${share(both)}, in one or both ${share(either)}`,
      );
    for (const { group, value, low, high, n } of result.differences)
      print(
        `${group}: first minus second model ${signed(value)} (${low === undefined || high === undefined ? "no answer differs" : `95 % ${signed(low)} to ${signed(high)}`}, n ${n})`,
      );
    if (result.sets.length === 0) print("there are no ratings yet");
    for (const study of Object.values(done.studies))
      note(`To rate: polyclinic study assign ${study.folder} --raters ann,ben`);
    note(dim(notForClinicalUse));
    if (done.runs.some(({ finished, failures }) => !finished || failures.length > 0))
      process.exitCode = interrupted.aborted ? exitCodes.interrupted : exitCodes.partly;
  } finally {
    bar.done();
    for (const model of models) await model.close();
  }
}

async function run(path: string, options: Options): Promise<void> {
  const template = await readCase(path, "template");
  const attributes = options.values.map(attributeOf);
  const { answeredCases, fill, swapDifferences } = await import("../../strategy/equity/swap.ts");
  const { probabilityOf } = await import("../../strategy/equity/probability.ts");
  if (attributes.length === 0)
    throw new PolyclinicError("usage/values", "no attribute was given", {
      where: "--values",
      expected: "name=first,second",
    });
  const [tested, ...others] = attributes;
  const model = await openModel(options);
  try {
    const requests = [{ question: options.question, choices: ["yes", "no"] }];
    if (!(await allowed({ task: "ask", requests, text: template, label: basename(path) }, model))) return;
    const cases: SwapCase[] = [];
    for (const [i, text] of template.split(/\n\s*\n/).entries())
      for (const rest of combinations(others)) {
        const outcomes: Record<string, number> = {};
        for (const value of tested.values)
          outcomes[value] = await probabilityOf(
            model,
            fill(text, { ...rest, [tested.name]: value }),
            options.question,
            interrupted,
          );
        cases.push({ cluster: [i, ...Object.values(rest).slice(0, 1)].join(" "), outcomes });
      }
    const { answered, leftOut } = answeredCases(cases);
    if (leftOut > 0) note(`${leftOut} of ${cases.length} cases are left out: a reply could not be parsed.`);
    const differences = swapDifferences(answered);
    if (options.json) {
      print(
        JSON.stringify(
          {
            schema: "polyclinic.swap/1",
            model: model.identity,
            attribute: tested.name,
            differences,
            cases,
            notice: notForClinicalUse,
          },
          undefined,
          2,
        ),
      );
      return;
    }
    print(`${cases.length} cases in ${differences[0].clusters} clusters; outcome: probability of yes`);
    for (const { value, difference, low, high, p, adjusted, found } of differences)
      print(
        `${found ? strong(`${value} (found)`) : value}: ${signed(difference)} against the other values (95 % ${signed(low)} to ${signed(high)}; p ${p.toPrecision(2)}, adjusted ${adjusted.toPrecision(2)})`,
      );
    note(dim(notForClinicalUse));
  } finally {
    await model.close();
  }
}

const signed = (x: number) => `${x < 0 ? "-" : "+"}${Math.abs(x).toFixed(3)}`;

function attributeOf(text: string): { name: string; values: string[] } {
  const at = text.indexOf("=");
  const values = text
    .slice(at + 1)
    .split(",")
    .map((value) => value.trim())
    .filter((value) => value !== "");
  if (at > 0 && values.length > 0) return { name: text.slice(0, at).trim(), values };
  throw new PolyclinicError("usage/values", "is not in the form name=first,second", {
    where: `--values ${text}`,
    expected: "name=first,second",
  });
}

/** All combinations of the attributes' values. */
function combinations(attributes: readonly { name: string; values: string[] }[]): Record<string, string>[] {
  return attributes.reduce<Record<string, string>[]>(
    (all, { name, values }) => all.flatMap((one) => values.map((value) => ({ ...one, [name]: value }))),
    [{}],
  );
}
