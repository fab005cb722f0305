/**
 * Results of a judge model: the score with its interval, by theme; the judge's self-consistency; and its agreement with
 * people who judged the same criteria.
 */
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { PolyclinicError } from "../../base/errors.ts";
import { writeWhole } from "../../base/files.ts";
import { meanStatistic } from "../../measure/index.ts";
import { readRows } from "../benchmark/rows.ts";
import type { RunFolder } from "../run/folder.ts";
import { recordsOf } from "../run/json-lines.ts";
import { type Agreement, agreementBetween, type Consistency, consistencyOf } from "../score/agreement.ts";
import { type Estimate, estimateOfMeasured, type MetricOptions } from "../score/metrics.ts";
import type { ScoredItem } from "../score/score.ts";
import { type JudgedRun, type Judgement, type JudgeSource, judgementFolder, pointsOf } from "./criteria.ts";

/** Numbers that accompany every figure from a judge model. */
export interface JudgeFacts extends JudgeSource {
  /** Number of criteria judged, over all answers. */
  readonly criteria: number;
  /** Verdicts that could not be parsed, or were tied. */
  readonly unread: number;
  /** Answers that decline to answer; they are judged like the others. */
  readonly refusals: number;
  /** Empty answers; they score 0 points. */
  readonly withoutAnswer: number;
  /** Answers not scored, because a verdict is missing or no criterion has positive points. */
  readonly notScored: number;
  /** Present with several samples per criterion. */
  readonly consistency?: Consistency;
  /** Agreement with human verdicts on the same criteria, and the number of people. */
  readonly people?: Agreement & { readonly raters: number };
}

const peopleFile = "people.jsonl";

/** @returns the judges of a run, as recorded. */
export async function judgesOf(run: RunFolder): Promise<JudgedRun[]> {
  const folder = judgementFolder(run);
  const names = (await readdir(folder).catch(() => [])).filter(
    (name) => name.endsWith(".jsonl") && !name.endsWith(".calls.jsonl") && name !== peopleFile,
  );
  const judges: JudgedRun[] = [];
  for (const name of names.sort()) {
    let source: JudgeSource | undefined;
    const judgements: Judgement[] = [];
    for await (const line of recordsOf<JudgeSource | Judgement>(join(folder, name)))
      if ("judge" in line) source = line;
      else judgements.push(line);
    if (source !== undefined) judges.push({ ...source, judgements });
  }
  return judges;
}

interface PersonVerdict {
  readonly item: string;
  readonly criterion: number;
  readonly rater: string;
  readonly met: boolean;
}

/**
 * Imports a table with the columns item, criterion (1-based), rater, met (yes or no). @throws PolyclinicError
 * `evaluate/people` naming file and row.
 */
export async function addPeople(run: RunFolder, file: string): Promise<number> {
  const verdicts = (await readRows(file)).map((row, i): PersonVerdict => {
    const [item, criterion, rater, met] = [row.item, row.criterion, row.rater ?? "person", row.met].map((cell) =>
      String(cell ?? "").trim(),
    );
    const place = Number(criterion);
    if (item !== "" && Number.isInteger(place) && place >= 1 && /^(?:yes|no|true|false|1|0)$/i.test(met))
      return { item, criterion: place - 1, rater, met: /^(?:yes|true|1)$/i.test(met) };
    throw new PolyclinicError("evaluate/people", "is not a valid verdict of a human rater", {
      where: `${basename(file)}, row ${i + 1}`,
      expected: "item, criterion (from 1), rater, met (yes or no)",
      found: JSON.stringify(row).slice(0, 120),
    });
  });
  const lines = verdicts.map((verdict) => `${JSON.stringify(verdict)}\n`);
  await writeWhole(join(judgementFolder(run), peopleFile), lines.join(""), { overwrite: true });
  return verdicts.length;
}

export async function judgeFigures(
  run: RunFolder,
  items: readonly ScoredItem[],
  options: MetricOptions,
): Promise<{ readonly estimates: Estimate[]; readonly facts: JudgeFacts[] }> {
  const people: PersonVerdict[] = [];
  for await (const verdict of recordsOf<PersonVerdict>(join(judgementFolder(run), peopleFile))) people.push(verdict);
  const byId = new Map(items.map((item) => [item.id, item]));
  const estimates: Estimate[] = [];
  const facts: JudgeFacts[] = [];
  for (const judged of await judgesOf(run)) {
    const { judgements, ...source } = judged;
    const scored = judgements.flatMap((judgement) => {
      const points = pointsOf(judgement);
      const item = byId.get(judgement.id);
      return points === undefined || item === undefined ? [] : [{ points, item }];
    });
    const figure = (name: string, own: typeof scored) => {
      const mean = meanStatisticOf(own.map(({ points }) => points));
      const measured = {
        kind: "statistic" as const,
        statistic: mean,
        items: own.map(({ item }) => item),
        note: `judge ${source.judge}`,
      };
      const found = own.length === 0 ? undefined : estimateOfMeasured(name, measured, false, options);
      if (found !== undefined) estimates.push(found);
    };
    figure("healthbench", scored);
    const themes = [...new Set(scored.flatMap(({ item }) => item.category ?? []))].sort();
    if (themes.length > 1)
      for (const theme of themes)
        figure(
          `healthbench, ${theme}`,
          scored.filter(({ item }) => item.category === theme),
        );
    facts.push(factsOf(judged, scored.length, people));
  }
  return { estimates, facts };
}

/** The mean clipped to 0 to 1 as published; each resample is clipped too. */
function meanStatisticOf(points: readonly number[]) {
  const mean = points.length === 0 ? () => 0 : meanStatistic(points);
  return (indices: ArrayLike<number>) => Math.min(1, Math.max(0, mean(indices)));
}

function factsOf({ judgements, ...source }: JudgedRun, scored: number, people: readonly PersonVerdict[]): JudgeFacts {
  const verdicts = judgements.flatMap((judgement) => judgement.verdicts);
  const shared = judgements.flatMap(({ id, verdicts: own }) =>
    own.flatMap(({ share }) => (share === undefined ? [] : [{ id, share }])),
  );
  const consistency =
    source.samples > 1
      ? consistencyOf(
          shared.map(({ share }) => share),
          shared.map(({ id }) => id),
        )
      : undefined;
  return {
    ...source,
    criteria: verdicts.length,
    unread: verdicts.filter(({ met }) => met === undefined).length,
    refusals: judgements.filter(({ about }) => about === "refusal").length,
    withoutAnswer: judgements.filter(({ about }) => about === "no answer").length,
    notScored: judgements.length - scored,
    ...(consistency !== undefined && { consistency }),
    ...(people.length > 0 && { people: withPeople(judgements, people) }),
  };
}

/** Pairs each person's verdict with the judge's on the same criterion. */
function withPeople(judgements: readonly Judgement[], people: readonly PersonVerdict[]) {
  const own = new Map(
    judgements.flatMap(({ id, verdicts }) =>
      verdicts.map(({ criterion, met }) => [`${id} ${criterion}`, met] as const),
    ),
  );
  const pairs = people.flatMap(({ item, criterion, met }) => {
    const verdict = own.get(`${item} ${criterion}`);
    return verdict === undefined ? [] : [{ item, met, said: verdict }];
  });
  const agreement = agreementBetween(
    pairs.map(({ met }) => Number(met)),
    pairs.map(({ said }) => Number(said)),
    { options: 2, clusters: pairs.map(({ item }) => item) },
  );
  return { ...agreement, raters: new Set(people.map(({ rater }) => rater)).size };
}
