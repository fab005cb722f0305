/**
 * Runs a task on a stored study, and stores the result with what the model saw.
 *
 * Over 300 lines because asking, storing and showing again what was seen must agree about one answer.
 */
import { createHash, randomUUID } from "node:crypto";
import sharp from "sharp";
import { type ImageFacts, imageFacts } from "../../export/inspect/describe.ts";
import { statementsOf } from "../../export/statements.ts";
import type { Image } from "../../imaging/types.ts";
import type { Generator } from "../../model/contract.ts";
import { type Corpus, needsCorpus, strategyNamed, strategyNames, withStrategy } from "../../strategy/index.ts";
import { type Layout, layOut, layoutFor, run, type TaskResult, taskNamed } from "../../task/index.ts";
import type { Engines } from "../engines/engines.ts";
import { HttpError } from "../http-error.ts";
import type { Sql, Store } from "../store/index.ts";
import type { StudyCache } from "./asked.ts";

export interface Question {
  readonly study: string;
  readonly task: string;
  /** Task and sampling options. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly model: string;
  /** Also answer requests outside the model's scope; the answer is labelled as such. */
  readonly anyway: boolean;
  /** For a comparison: an earlier study of the same patient, and the part of each study that is compared. */
  readonly prior?: ComparedPrior | undefined;
  /** Several model calls for one answer, as `--strategy` names it: `self-consistency:samples=5`. */
  readonly strategy?: string | undefined;
  /** Maximum number of model replies of the strategy. */
  readonly budget?: number | undefined;
}

/** Parts are numbers in their own study; without them both studies must have a single part that a model can look at. */
export interface ComparedPrior {
  readonly study: string;
  readonly part?: number | undefined;
  /** Part of the current study. */
  readonly currentPart?: number | undefined;
}

export interface SeenImageFacts extends ImageFacts {
  readonly reformatted?: boolean;
  readonly partLabel: string;
  /** The prior study, for its images in a comparison; `part` is its own part then. */
  readonly study?: string;
}

export interface StoredAnswer {
  readonly id: string;
  readonly study: string;
  readonly task: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly status: string;
  readonly result: TaskResult;
  readonly seen: readonly SeenImageFacts[];
  readonly cautions: readonly string[];
  readonly createdAt: string;
  readonly findings: readonly StoredFinding[];
}

export interface StoredFinding {
  readonly id: string;
  readonly position: number;
  readonly text: string;
  readonly box: unknown;
  readonly state: string;
}

export interface Progress {
  readonly signal?: AbortSignal;
  readonly onStage?: (stage: "waiting" | "reading" | "answering") => void;
  readonly onText?: (text: string) => void;
}

export class Answers {
  constructor(
    private readonly store: Store,
    private readonly engines: Engines,
    private readonly studyCache: StudyCache,
    /** Documents for strategies that search. */
    private readonly corpus?: Corpus,
  ) {}

  /** Names of the strategies that can be used here: those that search need documents. */
  get strategies(): readonly string[] {
    return strategyNames.filter((name) => this.corpus !== undefined || !needsCorpus(name));
  }

  /** @returns undefined if aborted: a partial text is not stored as an answer. */
  async ask(
    question: Question,
    person: string,
    { signal, onStage, onText }: Progress,
  ): Promise<StoredAnswer | undefined> {
    const { prior } = question;
    const task = taskNamed(question.task);
    if (prior !== undefined) await this.requirePrior(question, prior);
    const wrap = this.wrapping(question);
    const options = {
      ...question.options,
      ...(question.anyway && { anyway: true }),
      ...(signal && { signal }),
      ...(onText && { onText }),
    };
    onStage?.("waiting");
    return this.engines.use(question.model, { caller: person, signal }, async ({ model }) => {
      onStage?.("reading");
      if (prior !== undefined)
        return this.studyCache.pair(prior, question.study, async ({ pair, parts, priorParts }) => {
          const layout = await layoutFor(task, pair, model, { subject: "pair", ...(parts && { view: { parts } }) });
          onStage?.("answering");
          const result = await run(task, layout, wrap(model), options);
          if (signal?.aborted || result.finishReason === "abort") return undefined;
          const seen = seenOf(layout, result).map((image) =>
            image.part < priorParts ? { ...image, study: prior.study } : { ...image, part: image.part - priorParts },
          );
          return this.storeAnswer(question, person, result, seen);
        });
      return this.studyCache.use(question.study, model, signal, async ({ study, layout }) => {
        onStage?.("answering");
        const result = await run(task, layout ?? study, wrap(model), options);
        if (signal?.aborted || result.finishReason === "abort") return undefined;
        const shown = layout ?? (await layOut(study, model).catch(() => undefined));
        return this.storeAnswer(question, person, result, shown === undefined ? [] : seenOf(shown, result));
      });
    });
  }

  /** @throws PolyclinicError `strategy/*`; HttpError 400 for a budget without a strategy. */
  private wrapping({ strategy, budget }: Question): (model: Generator) => Generator {
    if (strategy === undefined) {
      if (budget === undefined) return (model) => model;
      throw new HttpError(400, "server/field", "a budget requires a strategy", { where: "budget" });
    }
    const named = strategyNamed(strategy, this.corpus);
    return (model) => withStrategy(model, named, budget === undefined ? {} : { budget });
  }

  /** Two studies are compared only if the server holds them as one patient's. @throws HttpError 400. */
  private async requirePrior({ task, study }: Question, prior: ComparedPrior): Promise<void> {
    if (!taskNamed(task).needs.pair)
      throw new HttpError(400, "server/field", `the task ${task} looks at one study`, {
        where: "prior",
        hint: "Omit the prior, or use the task compare.",
      });
    const { rows } = await this.store.database.query<{ id: string; patient: string }>(
      "select id, patient from study where id in ($1, $2)",
      [study, prior.study],
    );
    const patientOf = (id: string) => rows.find((row) => row.id === id)?.patient;
    if (patientOf(study) === undefined || patientOf(study) !== patientOf(prior.study) || study === prior.study)
      throw new HttpError(400, "server/prior", "is not another study of this patient", {
        where: `prior/${prior.study}`,
        expected: "a study listed among the patient's other studies",
      });
  }

  private async storeAnswer(
    question: Question,
    person: string,
    result: TaskResult,
    seen: readonly SeenImageFacts[],
  ): Promise<StoredAnswer> {
    const { options, prior, strategy, budget } = question;
    const key = createHash("sha256")
      .update(JSON.stringify([question, result.model, result.saw.sources, result.prompt, result.sampling]))
      .digest("hex");
    const id = await this.store.database.transaction(async (sql) => {
      const model = await modelRow(sql, result);
      const { rows } = await sql.query<{ id: string }>(
        `insert into answer (id, study, model, task, key, options, status, result, seen, cautions, created_by)
          values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
          on conflict (key) do nothing returning id`,
        [
          randomUUID(),
          question.study,
          model,
          question.task,
          key,
          JSON.stringify({
            ...options,
            ...(prior && { prior }),
            ...(strategy !== undefined && { strategy }),
            ...(budget !== undefined && { budget }),
          }),
          result.parse.status,
          JSON.stringify(result),
          JSON.stringify(seen),
          [...(result.cautions ?? [])],
          person,
        ],
      );
      if (rows[0] === undefined) {
        const known = await sql.query<{ id: string }>("select id from answer where key = $1", [key]);
        return known.rows[0].id;
      }
      await insertFindings(sql, rows[0].id, result);
      return rows[0].id;
    });
    return this.of(id);
  }

  /** @throws HttpError 404. */
  async of(id: string): Promise<StoredAnswer> {
    const { rows } = await this.store.database.query<StoredAnswer>(
      `select id, study, task, options, status, result, seen, cautions, created_at as "createdAt" from answer where id = $1`,
      [id],
    );
    if (rows[0] === undefined)
      throw new HttpError(404, "server/not-found", "there is no such answer", { where: `answer/${id}` });
    const findings = await this.store.database.query<StoredFinding>(
      "select id, position, text, box, state from finding where answer = $1 order by position",
      [id],
    );
    return { ...rows[0], findings: findings.rows };
  }

  async ofStudy(study: string): Promise<readonly StoredAnswer[]> {
    const { rows } = await this.store.database.query<{ id: string }>(
      "select id from answer where study = $1 order by created_at desc limit 100",
      [study],
    );
    return Promise.all(rows.map(({ id }) => this.of(id)));
  }

  /**
   * An image exactly as the model saw it: laid out again from the stored files, and checked against the recorded hash.
   *
   * @param side maximum side, for a contact sheet.
   * @returns a PNG. @throws HttpError 404; 409 if a different version of the view gives different pixels.
   */
  async seenImage(id: string, n: number, side?: number): Promise<Buffer> {
    const answer = await this.of(id);
    const facts = answer.seen[n];
    if (facts === undefined)
      throw new HttpError(404, "server/not-found", "the model received no image with this number", {
        where: `${id}/${n}`,
      });
    const { name } = answer.result.model;
    const model = this.engines.names.find((one) => one === name) ?? this.engines.names[0];
    const { prior } = answer.options as { prior?: ComparedPrior };
    return this.engines.use(model, { caller: "system" }, ({ model: engine }) => {
      const png = (image: Image | undefined) => {
        if (image === undefined || sha256Of(image) !== facts.sha256)
          throw new HttpError(
            409,
            "server/seen",
            "this version prepares the study differently from what the model received",
            {
              where: `answer/${id}`,
              hint: "Ask again: the new answer shows what the model received.",
            },
          );
        return pngOf(image, side);
      };
      if (prior !== undefined)
        return this.studyCache.pair(prior, answer.study, async ({ pair, parts }) => {
          const options = { subject: "pair" as const, ...(parts && { view: { parts } }) };
          const { images } = await layoutFor(taskNamed(answer.task), pair, engine, options);
          return png(images[n]?.image);
        });
      return this.studyCache.use(answer.study, engine, undefined, async ({ study, layout }) => {
        const { images } = layout ?? (await layOut(study, engine));
        return png(images[n]?.image);
      });
    });
  }
}

export function pngOf({ width, height, channels, data }: Image, side?: number): Promise<Buffer> {
  const picture = sharp(data, { raw: { width, height, channels } });
  return (side === undefined ? picture : picture.resize(side, side, { fit: "inside" }))
    .png({ compressionLevel: 3 })
    .toBuffer();
}

const sha256Of = ({ data }: Image) => createHash("sha256").update(data).digest("hex");

/** The images named in the result; a task may use only some of the layout's images. */
function seenOf(layout: Layout, { saw }: TaskResult): SeenImageFacts[] {
  const facts = imageFacts(layout);
  return saw.images.map((image, i) => {
    const same = facts.find(
      ({ sha256, part, index }) => sha256 === image.sha256 && part === image.part && index === image.index,
    );
    return {
      ...(same ?? facts[i]),
      partLabel: image.partLabel,
      ...(image.reformatted && { reformatted: true }),
    };
  });
}

async function modelRow(sql: Sql, { model }: TaskResult): Promise<string> {
  await sql.query(
    "insert into model (id, name, hash, precision, engine) values ($1, $2, $3, $4, $5) on conflict (name, hash, precision, engine) do nothing",
    [randomUUID(), model.name, model.hash ?? null, model.precision, model.engine],
  );
  const { rows } = await sql.query<{ id: string }>(
    "select id from model where name = $1 and hash is not distinct from $2 and precision = $3 and engine = $4",
    [model.name, model.hash ?? null, model.precision, model.engine],
  );
  return rows[0].id;
}

/** The findings that a person reviews: each sentence and each box. */
async function insertFindings(sql: Sql, answer: string, result: TaskResult): Promise<void> {
  if (result.parse.status !== "parsed") return;
  const { findings, impression, regions } = statementsOf(result);
  const all = [
    ...findings.map(({ text }) => ({ text, box: null as object | null })),
    ...(impression ? [{ text: impression, box: null }] : []),
    ...regions.map((region) => ({
      text: region.label,
      box: { ...region.box, part: region.part, index: region.index ?? null },
    })),
  ];
  for (const [position, { text, box }] of all.entries())
    await sql.query("insert into finding (id, answer, position, text, box) values ($1, $2, $3, $4, $5)", [
      randomUUID(),
      answer,
      position,
      text,
      box && JSON.stringify(box),
    ]);
}
