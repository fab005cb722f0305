/**
 * Blinded reader studies: order and sides for each reader are drawn from a seed and stored; the source of a text is never sent to a reader.
 *
 * Over 300 lines because creation, order, blinding and results of one study share its rules: what a reader may see is decided in one place.
 */
import { randomUUID } from "node:crypto";
import { Random } from "../../base/random.ts";
import {
  type Arm,
  arms,
  crossoverReadings,
  crossoverResults,
  secondPeriodFrom,
} from "../../evaluate/study/crossover.ts";
import { type Axis, loadRubric, optionsOfAxis, type Rubric } from "../../evaluate/study/rubric.ts";
import type { Caller } from "../access/scopes.ts";
import { HttpError } from "../http-error.ts";
import type { Store } from "../store/index.ts";
import type { Answers } from "./answers.ts";
import { contentOf } from "./report-content.ts";
import type { Reports } from "./reports.ts";
import { type RatedItem, type Results, resultsOf } from "./results.ts";

/** `draft`: the model's text; `report`: the latest version of the report after review. */
export const textSources = ["draft", "report"] as const;
export type TextSource = (typeof textSources)[number];

export interface NewComparison {
  readonly name: string;
  readonly rubric: string;
  readonly seed: number;
  readonly studies: readonly string[];
  readonly a: TextSource;
  readonly b: TextSource;
  /** Texts supplied by the caller instead of `a` and `b`, by study. */
  readonly texts?: readonly { readonly study: string; readonly a: string; readonly b: string }[];
  readonly raters: readonly string[];
  /** Every reader reads each case with text `a` and without it, with days of washout between; `b` has no use then. */
  readonly crossover?: { readonly washoutDays: number };
}

export interface Progress {
  readonly done: number;
  readonly total: number;
  /** When the second period of a crossover begins, ISO 8601, if it has not. */
  readonly resumes?: string;
}

interface StoredComparison {
  readonly rubric: Rubric;
  readonly createdBy: string;
  readonly name: string;
  readonly seed: number;
  readonly crossover: { readonly washoutDays: number } | null;
}

interface SourceText {
  readonly source: string;
  readonly text: string;
}

/** The data sent to a reader, without source and seed. */
export interface BlindedItem {
  readonly item: string;
  readonly study: string;
  readonly position: number;
  readonly total: number;
  readonly done: number;
  readonly texts: readonly string[];
  /** In a crossover: whether a text is shown, which a reader sees anyway. */
  readonly arm?: Arm;
  readonly rubric: Pick<Rubric, "title" | "shape"> & { readonly axes: readonly Axis[] };
}

export class Comparisons {
  constructor(
    private readonly store: Store,
    private readonly reports: Reports,
    private readonly answers: Answers,
  ) {}

  /**
   * @param id of the reader study; an existing one is left unchanged.
   * @returns the items left out, with the reason.
   */
  async create(
    comparison: NewComparison,
    caller: Caller,
    id: string,
  ): Promise<{ id: string; items: number; leftOut: { study: string; reason: string }[] }> {
    const rubric = await loadRubric(comparison.rubric);
    const { crossover } = comparison;
    if (crossover !== undefined && rubric.shape === "pairwise")
      throw new HttpError(400, "server/comparison", "a crossover asks about one reading at a time", {
        where: "rubric",
        expected: "a rubric of the shape independent, such as cxr-reading",
        found: rubric.name,
      });
    await this.requireDistinct(comparison);
    const leftOut: { study: string; reason: string }[] = [];
    const items: { study: string; a: SourceText; b: SourceText | null }[] = [];
    const brought = new Map(comparison.texts?.map((one) => [one.study, one]));
    for (const study of comparison.studies) {
      const own = brought.get(study);
      if (comparison.crossover !== undefined) {
        const text = own ? { source: "first text", text: own.a } : await this.textOf(study, comparison.a);
        if (text === undefined) leftOut.push({ study, reason: `has no ${comparison.a}` });
        else
          for (const source of arms)
            items.push({ study, a: { source, text: source === "with AI" ? text.text : "" }, b: null });
        continue;
      }
      const a = own ? { source: "first text", text: own.a } : await this.textOf(study, comparison.a);
      const b = own ? { source: "second text", text: own.b } : await this.textOf(study, comparison.b);
      if (a === undefined || (b === undefined && rubric.shape === "pairwise"))
        leftOut.push({ study, reason: `has no ${a === undefined ? comparison.a : comparison.b}` });
      else if (rubric.shape === "pairwise") items.push({ study, a, b: b! });
      else
        for (const one of b === undefined || b.source === a.source ? [a] : [a, b])
          items.push({ study, a: one, b: null });
    }
    if (items.length === 0)
      throw new HttpError(400, "server/comparison", "none of the studies has both texts", {
        where: "studies",
        found: leftOut.map(({ reason }) => reason).join(", ") || "no study",
        hint: "First let the model draft reports, and review them.",
      });
    if (comparison.raters.length === 0)
      throw new HttpError(400, "server/comparison", "no reader is given", { where: "raters" });
    await this.store.database.transaction(async (sql) => {
      const { affected } = await sql.query(
        "insert into comparison (id, name, rubric, seed, created_by, crossover) values ($1, $2, $3, $4, $5, $6) on conflict (id) do nothing",
        [
          id,
          comparison.name,
          JSON.stringify(rubric),
          comparison.seed,
          caller.person,
          crossover ? JSON.stringify(crossover) : null,
        ],
      );
      if (affected === 0) return;
      const ids: string[] = [];
      for (const [position, { study, a, b }] of items.entries()) {
        const item = randomUUID();
        ids.push(item);
        await sql.query(
          "insert into comparison_item (id, comparison, position, study, a, b) values ($1, $2, $3, $4, $5, $6)",
          [item, id, position, study, JSON.stringify(a), b && JSON.stringify(b)],
        );
      }
      const readings =
        crossover === undefined
          ? randomisedItems(ids, comparison.raters, comparison.seed)
          : crossoverReadings(ids.length / 2, comparison.raters, comparison.seed).map(({ item, arm, ...reading }) => ({
              ...reading,
              item: ids[2 * item + arms.indexOf(arm)],
              swapped: false,
            }));
      for (const { person, item, position, swapped } of readings)
        await sql.query(
          "insert into assignment (comparison, item, person, position, swapped) values ($1, $2, $3, $4, $5)",
          [id, item, person, position, swapped],
        );
    });
    return { id, items: crossover === undefined ? items.length : items.length / 2, leftOut };
  }

  /**
   * A case that stands twice would be counted twice, and its readings paired with each other; a reader who may not rate would never finish.
   *
   * @throws HttpError 400 `server/field`.
   */
  private async requireDistinct({ studies, texts = [], raters }: NewComparison): Promise<void> {
    const lists = { studies, texts: texts.map(({ study }) => study), raters };
    for (const [where, list] of Object.entries(lists)) {
      const twice = list.find((one, i) => list.indexOf(one) !== i);
      if (twice !== undefined)
        throw new HttpError(400, "server/field", "names one twice", { where, found: twice, hint: "Name each once." });
    }
    const stray = texts.find(({ study }) => !studies.includes(study));
    if (stray !== undefined)
      throw new HttpError(400, "server/field", "has a text for a study that is not listed", {
        where: "texts",
        expected: "studies of the list `studies`",
        found: stray.study,
      });
    const { rows: known } = await this.store.database.query<{ id: string }>(
      "select id from study where id = any($1::text[])",
      [studies],
    );
    const missing = studies.find((study) => !known.some(({ id }) => id === study));
    if (missing !== undefined)
      throw new HttpError(400, "server/field", "names a study that is not on this server", {
        where: "studies",
        found: missing,
      });
    const { rows: readers } = await this.store.database.query<{ id: string }>(
      "select id from person where id = any($1::text[]) and disabled_at is null and 'review' = any(scopes)",
      [raters],
    );
    const stranger = raters.find((person) => !readers.some(({ id }) => id === person));
    if (stranger !== undefined)
      throw new HttpError(400, "server/field", "names somebody who cannot rate", {
        where: "raters",
        expected: "ids of people with the scope review",
        found: stranger,
      });
  }

  private async textOf(study: string, source: TextSource): Promise<SourceText | undefined> {
    const [report] = await this.reports.ofStudy(study);
    if (source === "report") {
      const text = report && standingText(report.content.sentences.filter(({ state }) => state !== "rejected"));
      return text ? { source, text } : undefined;
    }
    const answers = await this.answers.ofStudy(study);
    const answer =
      answers.find(({ id }) => id === report?.answer) ??
      answers.find(({ task, status }) => task === "report" && status === "parsed");
    const text = answer && standingText(contentOf(answer).sentences);
    return text ? { source, text } : undefined;
  }

  async list(caller: Caller): Promise<readonly unknown[]> {
    const { rows } = await this.store.database.query(
      `select comparison.id, comparison.name, rubric->>'title' as rubric, state, created_at as "createdAt", created_by = $1 as own,
          (select count(*)::int from comparison_item where comparison = comparison.id) as items,
          (select count(*)::int from assignment where comparison = comparison.id and person = $1) as assigned,
          (select count(*)::int from rating join comparison_item on comparison_item.id = rating.item
            where comparison_item.comparison = comparison.id and rating.person = $1) as done,
          (select count(*)::int from assignment where comparison = comparison.id) as "assignedAll",
          (select count(*)::int from rating join comparison_item on comparison_item.id = rating.item
            where comparison_item.comparison = comparison.id) as "doneAll"
        from comparison order by created_at desc limit 200`,
      [caller.person],
    );
    return rows;
  }

  /** The reader's next unrated item; undefined if all are rated. @throws HttpError 404, 403 for a person who is not assigned. */
  async next(id: string, caller: Caller): Promise<BlindedItem | Progress> {
    const { rubric, crossover } = await this.of(id);
    const { rows } = await this.store.database.query<{
      item: string;
      study: string;
      position: number;
      swapped: boolean;
      a: SourceText;
      b: SourceText | null;
      rated: string | null;
    }>(
      `select assignment.item, comparison_item.study, assignment.position, swapped, a, b,
          (select created_at from rating where rating.item = assignment.item and rating.person = assignment.person) as rated
        from assignment join comparison_item on comparison_item.id = assignment.item
        where assignment.comparison = $1 and assignment.person = $2 order by assignment.position`,
      [id, caller.person],
    );
    if (rows.length === 0)
      throw new HttpError(403, "server/not-assigned", "this reader study is not assigned to you", {
        where: `comparison/${id}`,
      });
    const done = rows.filter(({ rated }) => rated !== null).length;
    const open = rows.find(({ rated }) => rated === null);
    if (open === undefined) return { done, total: rows.length };
    if (crossover !== null && done === rows.length / 2) {
      const last = Math.max(...rows.map(({ rated }) => (rated === null ? 0 : Date.parse(rated))));
      const from = secondPeriodFrom(last, crossover.washoutDays);
      if (from.getTime() > Date.now()) return { done, total: rows.length, resumes: from.toISOString() };
    }
    const arm = crossover === null ? undefined : (open.a.source as Arm);
    const texts =
      arm === "without AI"
        ? []
        : open.b === null
          ? [open.a.text]
          : open.swapped
            ? [open.b.text, open.a.text]
            : [open.a.text, open.b.text];
    const { title, shape, axes } = rubric;
    return {
      item: open.item,
      study: open.study,
      position: open.position,
      total: rows.length,
      done,
      texts,
      ...(arm !== undefined && { arm }),
      rubric: { title, shape, axes },
    };
  }

  /** @param values by axis: the chosen option and, if required, the reason. */
  async rate(
    item: string,
    values: Readonly<Record<string, { option: string; why?: string | undefined }>>,
    milliseconds: number | undefined,
    caller: Caller,
  ): Promise<void> {
    const { database } = this.store;
    const { rows } = await database.query<{ rubric: Rubric; swapped: boolean; comparison: string; crossing: boolean }>(
      `select comparison.rubric, swapped, comparison.id as comparison, crossover is not null as crossing from assignment join comparison on comparison.id = assignment.comparison
        where assignment.item = $1 and assignment.person = $2`,
      [item, caller.person],
    );
    if (rows[0] === undefined)
      throw new HttpError(404, "server/not-found", "this item is not assigned to you", { where: `item/${item}` });
    const { rubric, swapped, comparison, crossing } = rows[0];
    // A first reading cannot be changed once its other arm has been seen, and the washout cannot be passed over.
    if (crossing) {
      const next = await this.next(comparison, caller);
      if (!("item" in next) || next.item !== item)
        throw new HttpError(409, "server/reading-order", "readings of a crossover are given once and in their order", {
          where: `item/${item}`,
          hint: "Open the reader study: it shows the case whose turn it is, or when the second half begins.",
        });
    }
    const choices: Record<string, { option: string; why?: string }> = {};
    for (const axis of rubric.axes) {
      const given = values[axis.id];
      const options =
        rubric.shape === "pairwise" ? ["A", "B", "equal"] : [...(axis.options ?? []), ...(axis.na ? [axis.na] : [])];
      if (given === undefined || !options.includes(given.option))
        throw new HttpError(400, "server/field", "is not answered", {
          where: axis.id,
          expected: options.join(", "),
          found: given?.option ?? "nothing",
        });
      // Swapped sides are undone here, so that stored values have the same meaning for every reader.
      const side =
        swapped && given.option !== "equal" && rubric.shape === "pairwise"
          ? given.option === "A"
            ? "B"
            : "A"
          : given.option;
      choices[axis.id] = { option: side, ...(given.why && { why: given.why }) };
    }
    await database.query(
      `insert into rating (id, item, person, values, milliseconds) values ($1, $2, $3, $4, $5)
        on conflict (item, person) do update set values = excluded.values, milliseconds = excluded.milliseconds`,
      [randomUUID(), item, caller.person, JSON.stringify(choices), milliseconds ?? null],
    );
  }

  /** Only for those who may see the sources: the creator or an administrator. @throws HttpError 403. */
  async results(id: string, caller: Caller): Promise<Results & { readonly items: readonly RatedItem[] }> {
    const { rubric, createdBy, name, seed, crossover } = await this.of(id);
    if (createdBy !== caller.person && !caller.scopes.has("admin"))
      throw new HttpError(403, "server/blinded", "results reveal the sources, which readers must not know", {
        where: `comparison/${id}`,
        hint: "Ask the person who created the reader study.",
      });
    const { rows } = await this.store.database.query<RatedItem>(
      `select comparison_item.id as item, comparison_item.study, comparison_item.position, a->>'source' as a, b->>'source' as b,
          coalesce((select json_agg(json_build_object('person', rating.person, 'values', values, 'milliseconds', milliseconds,
            'swapped', (select swapped from assignment where assignment.item = rating.item and assignment.person = rating.person))
            order by rating.created_at) from rating where rating.item = comparison_item.id), '[]') as ratings
        from comparison_item where comparison = $1 order by position`,
      [id],
    );
    if (crossover === null) return { ...resultsOf(name, seed, rubric, rows), items: rows };
    const ofArm = (arm: Arm) => rows.filter(({ a }) => a === arm);
    const both = resultsOf(name, seed, rubric, []);
    const readings = rows.flatMap(({ study, a, ratings }) =>
      ratings.map(({ person, values, milliseconds }) => ({
        case: study,
        person,
        arm: a as Arm,
        values: Object.fromEntries(Object.entries(values).map(([axis, { option }]) => [axis, option])),
        milliseconds,
      })),
    );
    const axes = rubric.axes.map((axis) => ({ id: axis.id, options: optionsOfAxis(rubric, axis) }));
    return {
      ...both,
      axes: [],
      arms: arms.map((arm) => ({ arm, axes: resultsOf(name, seed, rubric, ofArm(arm)).axes })),
      crossover: { washoutDays: crossover.washoutDays, ...crossoverResults(readings, axes) },
      items: rows,
    };
  }

  private async of(id: string): Promise<StoredComparison> {
    const { rows } = await this.store.database.query<StoredComparison>(
      `select rubric, created_by as "createdBy", name, seed, crossover from comparison where id = $1`,
      [id],
    );
    if (rows[0] === undefined)
      throw new HttpError(404, "server/not-found", "there is no such reader study", { where: `comparison/${id}` });
    return rows[0];
  }
}

const standingText = (sentences: readonly { readonly section: string; readonly text: string }[]) => {
  const of = (section: string) => sentences.filter((one) => one.section === section).map(({ text }) => text);
  return [
    ["Findings", of("findings")],
    ["Impression", of("impression")],
    ["Other", of("other")],
  ]
    .flatMap(([title, lines]) => (lines.length === 0 ? [] : [`${title}:\n${(lines as string[]).join("\n")}`]))
    .join("\n\n");
};

/** Every reader reads every item in their own random order, with sides swapped for half of the items; across readers, each item is swapped half of the time. */
export function randomisedItems(items: readonly string[], raters: readonly string[], seed: number) {
  const random = new Random(seed);
  const first = random.shuffle(items.map((_, i) => i % 2 === 0));
  return raters.flatMap((person, r) => {
    const order = random.shuffle(items.map((_, i) => i));
    return order.map((i, position) => ({ person, item: items[i], position, swapped: first[i] !== (r % 2 === 1) }));
  });
}
