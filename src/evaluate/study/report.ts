/** A study's result as an HTML page and as Markdown. */
import { join } from "node:path";
import { writeWhole } from "../../base/files.ts";
import { list, page, paragraph, table } from "../report/html.ts";
import { decimals, notice, pText } from "../report/numbers.ts";
import { intervalPlot, likertPlot } from "../report/plots/index.ts";
import { agreementText as betweenText, consistencyText } from "../score/agreement.ts";
import { type AxisResult, analyseStudy, type Share, type StudyResult } from "./analyse.ts";
import type { Study } from "./study.ts";

const shareText = ({ value, low, high, n, units }: Share) =>
  `${decimals(value)} (${low === undefined || high === undefined ? "no interval" : `${decimals(low)} to ${decimals(high)}`}), ${n} ratings of ${units} questions`;

const header = ["axis", "raters", "source", "share (95 % interval, bootstrap by question)", "test", "agreement"];

function rows(result: StudyResult): string[][] {
  const meaning = result.rubric.shape === "pairwise" ? "preferred" : "favourable";
  return result.axes.flatMap((axis) =>
    axis.shares.map(({ source, share }, i) => [
      i === 0 ? axis.axis : "",
      i === 0 ? axis.group : "",
      source,
      `${meaning}: ${shareText(share)}`,
      i === 0 && axis.test !== undefined
        ? `${axis.test.name}: p ${pText(axis.test.p)}, adjusted ${pText(axis.test.adjusted ?? axis.test.p)}`
        : "",
      i === 0 ? [agreementText(axis.agreement), ...(axis.withPeople ?? []).map(withPeopleText)].join("; ") : "",
    ]),
  );
}

function agreementText({ raters, doublyRated, randolphKappa, krippendorffAlpha }: AxisResult["agreement"]): string {
  if (doublyRated === 0) return "each unit rated once";
  const parts = [
    `${doublyRated} units rated by several of ${raters} raters`,
    randolphKappa !== undefined && `Randolph's kappa ${decimals(randolphKappa)}`,
    krippendorffAlpha !== undefined && `Krippendorff's alpha ${decimals(krippendorffAlpha)}`,
  ];
  return parts.filter(Boolean).join(", ");
}

const withPeopleText = (agreement: NonNullable<AxisResult["withPeople"]>[number]) =>
  `${agreement.judge} with ${agreement.group}: ${betweenText(agreement)}${agreement.undecided > 0 ? `; ${agreement.undecided} units without a majority among people are excluded` : ""}`;

function judgeText({ rater, unread, swayed, pairs, consistency }: StudyResult["judges"][number]): string {
  return [
    `Judge ${rater}: ${unread} verdicts could not be read`,
    pairs !== undefined &&
      pairs > 0 &&
      `${swayed} of ${pairs} verdicts changed when the order was swapped (${decimals(swayed / pairs)}) and count as ties`,
    consistency !== undefined && consistencyText(consistency),
  ]
    .filter(Boolean)
    .join("; ")
    .concat(".");
}

function facts({ judges, given, expected, replaced, units, lengths, axes, seed }: StudyResult): string[] {
  const notRated = axes.reduce((sum, axis) => sum + axis.notRated, 0);
  const groups = [...new Set(axes.map(({ group }) => group))];
  return [
    `${given} of ${expected} ratings of ${units} units have been received${replaced > 0 ? `; ${replaced} were replaced by later ones` : ""}.`,
    ...(notRated > 0 ? [`${notRated} ratings are "cannot be rated" and are excluded from all figures.`] : []),
    ...lengths.map(
      ({ source, median }) =>
        `Median length of ${source}: ${Math.round(median)} characters; raters tend to prefer long answers.`,
    ),
    ...(groups.includes("model")
      ? ["Ratings of the group model come from a judge model, not from people, and are reported separately."]
      : []),
    ...judges.map(judgeText),
    ...(judges.length > 0 && axes.every(({ withPeople }) => withPeople === undefined || withPeople.length === 0)
      ? ["No person rated the units that the judge rated: the judge's agreement with people is not known."]
      : []),
    `p values are two-sided and adjusted over the axes of each group (Benjamini-Hochberg); intervals from 1,000 resamples, seed ${seed}.`,
  ];
}

/** Writes `result.json`, `result.md` and `result.html`. */
export async function reportStudy(study: Study): Promise<{ result: StudyResult; files: string[]; text: string }> {
  const result = await analyseStudy(study);
  const lines = [header, ...rows(result)];
  const markdown = [
    `# ${result.rubric.title}`,
    "",
    ...lines.flatMap((row, i) => [
      `| ${row.map((cell) => cell.replace(/\|/g, "\\|")).join(" | ")} |`,
      ...(i === 0 ? [`| ${row.map(() => "---").join(" | ")} |`] : []),
    ]),
    "",
    ...facts(result).map((fact) => `- ${fact}`),
    "",
    `Rubric ${result.rubric.name}@${result.rubric.version}; ${result.rubric.source}.`,
    "",
    notice,
    "",
  ].join("\n");
  const files = ["result.json", "result.md", "result.html"].map((name) => join(study.folder, name));
  for (const [i, text] of [`${JSON.stringify(result, undefined, 2)}\n`, markdown, html(result)].entries())
    await writeWhole(files[i], text, { overwrite: true });
  const text = [
    ...rows(result).map(([axis, group, source, share, test]) =>
      [axis.padEnd(22), group, source, share, test].filter((cell) => cell !== "").join("  "),
    ),
    ...facts(result),
  ].join("\n");
  return { result, files, text };
}

function html(result: StudyResult): string {
  const bars = result.axes.map(({ axis, group, options, counts }) => ({
    options,
    title: `${axis} (${group})`,
    rows: counts
      .map(({ source, counts: own }) => ({ name: source, counts: own }))
      .filter(({ counts: own }) => own.some((n) => n > 0)),
  }));
  const shares = result.axes.flatMap(({ axis, group, shares: own }) =>
    own.map(({ source, share }) => ({ name: `${axis}, ${group}: ${source.split("/").at(-1)}`, ...share })),
  );
  return page(result.rubric.title, [
    `<h1>${result.rubric.title.replace(/</g, "&lt;")}</h1>`,
    table(header, rows(result)),
    list(facts(result)),
    ...(shares.length === 0
      ? []
      : [
          `<figure>${intervalPlot(shares, { title: result.rubric.shape === "pairwise" ? "Share of ratings that prefer the source" : "Share of favourable ratings", axis: "share of ratings" })}</figure>`,
        ]),
    ...bars.map(({ rows: own, options, title }) => `<figure>${likertPlot(own, options, title)}</figure>`),
    paragraph(`Rubric ${result.rubric.name}@${result.rubric.version}; ${result.rubric.source}.`),
    paragraph(notice),
  ]);
}
