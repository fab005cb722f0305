/**
 * `polyclinic osce`: two doctor agents on the same cases, with differentials, statistics, and questionnaires for
 * people.
 */
import { join } from "node:path";
import type { Command } from "commander";
import { PolyclinicError } from "../../base/errors.ts";
import { requireFree, writeWhole } from "../../base/files.ts";
import type { Generator } from "../../model/contract.ts";
import type { Encounter, OsceResult, ShareOfArm } from "../../strategy/osce/index.ts";
import { notForClinicalUse } from "../../task/result.ts";
import { addModelOptions, type ModelOptions } from "../shared/options.ts";
import { openModel } from "../shared/session.ts";
import { dim, interrupted, note, print, strong } from "../shared/terminal.ts";
import { whole } from "../shared/values.ts";

interface Options extends ModelOptions {
  against?: string;
  patient?: string;
  judge?: string;
  output?: string;
  limit?: number;
  turns: number;
  budget?: number;
  seed: number;
  json?: boolean;
}

const help = `
CASES is a JSON Lines file: AgentClinic's cases as published, or lines with id, vignette, diagnosis and, optionally, complaint, objective, findings, synonyms.
Both doctors see every case, in balanced order. Without --against the second doctor is the same model with replies checked for repeated questions
and revised. With -o the visits and two rating studies (patient, specialist) are written; \`polyclinic study assign\` assigns them to raters.

Example:
  $ polyclinic osce samples/clinic-osce.jsonl --model clinic`;

export function registerOsce(program: Command): void {
  const command = program
    .command("osce")
    .description(
      "compare two simulated doctors on the same cases (OSCE): scored differentials, visits to be rated by people",
    )
    .argument("<cases>", "JSON Lines file with the cases")
    .option("--against <model>", "model of the second doctor (default: the same model with revised replies)")
    .option("--patient <model>", "model that plays the patients for both doctors (default: the first doctor's)")
    .option("--judge <model>", "model that decides whether two different names mean the same diagnosis")
    .option("-o, --output <folder>", "new folder for the visits, the result and the rating studies")
    .option("--limit <n>", "use only the first n cases", whole)
    .option("--turns <n>", "maximum number of questions per visit", whole, 20)
    .option("--budget <n>", "maximum number of replies per model and visit", whole)
    .option("--seed <n>", "seed of the order of doctors and of the sampling", whole, 0)
    .option("--json", "print the result as JSON");
  addModelOptions(command)
    .addHelpText("after", help)
    .action((path: string) => run(path, command.opts<Options>()));
}

async function run(path: string, options: Options): Promise<void> {
  const { against, patient, judge, output, limit, turns, budget, seed } = options;
  const { compareArms, examine, readCases } = await import("../../strategy/osce/index.ts");
  const cases = (await readCases(path)).slice(0, limit);
  if (cases.length === 0)
    throw new PolyclinicError("usage/limit", "the limit leaves no case", {
      where: `--limit ${limit}`,
      expected: "at least 1",
    });
  if (output !== undefined) await requireFree(join(output, "visits.jsonl"));
  const opened = new Map<string, Generator>();
  const open = async (name: string) => {
    const there = opened.get(name) ?? (await openModel({ ...options, model: name }));
    opened.set(name, there);
    return there;
  };
  try {
    const doctor = await open(options.model);
    for (const limit of doctor.scope?.limits ?? []) note(strong(`Caution: ${limit}`));
    const arms =
      against === undefined
        ? ([
            { name: "plain", doctor },
            { name: "refined", doctor, visit: { refine: true } },
          ] as const)
        : ([
            { name: `1: ${options.model}`, doctor, visit: { refine: true } },
            { name: `2: ${against}`, doctor: await open(against), visit: { refine: true } },
          ] as const);
    const encounters: Encounter[] = [];
    for await (const encounter of examine(cases, arms, {
      patient: patient === undefined ? doctor : await open(patient),
      ...(judge !== undefined && { judge: await open(judge) }),
      ...(budget !== undefined && { budget }),
      turns,
      seed,
      signal: interrupted,
    })) {
      encounters.push(encounter);
      const { visit, rank } = encounter;
      note(
        dim(
          `${encounter.case}, ${encounter.arm}: ${visit.questions} questions, ${visit.endedBy}, diagnosis ${rank === undefined ? "not listed" : `at rank ${rank}`}`,
        ),
      );
    }
    const result = compareArms(encounters, [arms[0].name, arms[1].name]);
    const whole = {
      schema: "polyclinic.osce/1",
      models: [...opened.values()].map(({ identity }) => identity),
      seed,
      turns,
      judge: judge ?? "equal names and the cases' synonyms",
      ...result,
      notice: notForClinicalUse,
    };
    if (output !== undefined) await writeAll(output, encounters, whole);
    if (options.json) print(JSON.stringify(whole, undefined, 2));
    else show(result);
    if (output !== undefined)
      note(`Wrote ${output}; next: polyclinic study assign ${join(output, "specialist")} --raters ...`);
    note(dim(notForClinicalUse));
  } finally {
    for (const model of opened.values()) await model.close();
  }
}

/** Raters see transcripts and differentials, never which doctor they are from. */
async function writeAll(folder: string, encounters: readonly Encounter[], result: object): Promise<void> {
  const { csvText } = await import("../../evaluate/export/csv.ts");
  const { initStudy } = await import("../../evaluate/study/index.ts");
  const arms = [...new Set(encounters.map(({ arm }) => arm))].sort();
  const cases = [...new Set(encounters.map((one) => one.case))];
  const text = ({ visit: { lines }, differential }: Encounter) =>
    `${lines.map(({ who, text }) => `${who}: ${text}`).join("\n")}\n\nThe doctor's list: ${differential.join(", ") || "none"}`;
  const table = join(folder, "transcripts.csv");
  await writeWhole(join(folder, "visits.jsonl"), encounters.map((one) => `${JSON.stringify(one)}\n`).join(""));
  await writeWhole(join(folder, "result.json"), `${JSON.stringify(result, undefined, 2)}\n`);
  await writeWhole(
    table,
    csvText([
      ["id", "question", ...arms],
      ...cases.map((id) => [
        id,
        "Transcript of a simulated visit.",
        ...arms.map((arm) => text(encounters.find((one) => one.case === id && one.arm === arm)!)),
      ]),
    ]),
  );
  for (const [name, rubric] of [
    ["patient", "gmcpq"],
    ["specialist", "consultation-specialist"],
  ])
    await initStudy(join(folder, name), { rubric, table });
}

function show({ arms, cases, first, topK, concluded, counts, endings }: OsceResult): void {
  const share = ({ value, low, high }: ShareOfArm) => `${value.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`;
  print(`${cases} cases, seen by both; ${arms[0]} was first ${first[0]} times, ${arms[1]} ${first[1]} times`);
  print(strong(`share correct, 95 % interval: ${arms[0]} | ${arms[1]}`));
  print(
    `conclusion: ${concluded.shares.map(share).join(" | ")}; McNemar's exact p ${concluded.mcnemar.toPrecision(2)}`,
  );
  for (const { k, shares, difference, adjusted, mcnemar } of topK.filter(({ k }) => [1, 3, 10].includes(k)))
    print(
      `differential, top ${k}: ${shares.map(share).join(" | ")}; difference ${difference.value.toFixed(2)} (${difference.low.toFixed(2)} to ${difference.high.toFixed(2)}), bootstrap p adjusted over k ${adjusted.toPrecision(2)}, McNemar's exact p ${mcnemar.toPrecision(2)}`,
    );
  for (const { what, means, p } of counts)
    print(
      `${what} per visit: ${means.map((mean) => mean.toFixed(2)).join(" | ")}; Wilcoxon p ${p === undefined ? "undefined, all equal" : p.toPrecision(2)}`,
    );
  for (const [i, ends] of endings.entries())
    print(
      `visits of ${arms[i]} ended by: ${Object.entries(ends)
        .map(([how, n]) => `${how} ${n}`)
        .join(", ")}`,
    );
}
