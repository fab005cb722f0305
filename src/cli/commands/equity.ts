/** `polyclinic equity swap`: one case with each value of an attribute that must not matter, and whether the answers differ. */
import { basename } from "node:path";
import type { Command } from "commander";
import { PolyclinicError } from "../../base/errors.ts";
import type { SwapCase } from "../../strategy/equity/swap.ts";
import { notForClinicalUse } from "../../task/result.ts";
import { allowed, readCase } from "../shared/case-text.ts";
import { addModelOptions, type ModelOptions } from "../shared/options.ts";
import { openModel } from "../shared/session.ts";
import { dim, interrupted, note, print, strong } from "../shared/terminal.ts";
import { collect } from "../shared/values.ts";

interface Options extends ModelOptions {
  values: string[];
  question: string;
  json?: boolean;
}

const help = `
The template is a text with places in braces, one case a paragraph: "A patient from {place} has {disease}." The first --values is the attribute that
must not matter; further ones are gone through for every case. The outcome is the probability of the first choice.

Example:
  $ polyclinic equity swap samples/clinic-swap.txt --values "place=Mill Row,Lark Lane,Hill Gate,Dock Side" --question "Is referral today needed?" --model clinic`;

export function registerEquity(program: Command): void {
  const equity = program
    .command("equity")
    .description("whether answers depend on what they must not depend on")
    .addHelpText("after", help);
  const swap = equity
    .command("swap")
    .description("counterfactual cases from templates, with differences, intervals by cluster and tests")
    .argument("<template>", "a text file")
    .option("--values <name=list>", "an attribute and its values; can be given several times", collect, [])
    .requiredOption("--question <text>", "a yes/no question about each case")
    .option("--json", "as JSON");
  addModelOptions(swap)
    .addHelpText("after", help)
    .action((path: string) => run(path, swap.opts<Options>()));
}

async function run(path: string, options: Options): Promise<void> {
  const template = await readCase(path, "template");
  const attributes = options.values.map(attributeOf);
  const { fill, swapDifferences } = await import("../../strategy/equity/swap.ts");
  const { probabilityOf } = await import("../../strategy/equity/probability.ts");
  if (attributes.length === 0)
    throw new PolyclinicError("usage/values", "no attribute is given", {
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
    const differences = swapDifferences(cases);
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
  throw new PolyclinicError("usage/values", "is not an attribute with values", {
    where: `--values ${text}`,
    expected: "name=first,second",
  });
}

/** Every way to give each attribute one of its values. */
function combinations(attributes: readonly { name: string; values: string[] }[]): Record<string, string>[] {
  return attributes.reduce<Record<string, string>[]>(
    (all, { name, values }) => all.flatMap((one) => values.map((value) => ({ ...one, [name]: value }))),
    [{}],
  );
}
