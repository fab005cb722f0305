/** Runs a task on a stored study, and stores the result with what the model saw. */
import { createHash, randomUUID } from "node:crypto";
import sharp from "sharp";
import { type ImageFacts, imageFacts } from "../../export/inspect/describe.ts";
import { statementsOf } from "../../export/statements.ts";
import type { Image } from "../../imaging/types.ts";
import { type Layout, layOut, run, type TaskResult, taskNamed } from "../../task/index.ts";
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
}

export interface SeenImageFacts extends ImageFacts {
  readonly reformatted?: boolean;
  readonly partLabel: string;
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
    private readonly asked: StudyCache,
  ) {}

  /** @returns undefined if aborted: a partial text is not stored as an answer. */
  async ask(
    question: Question,
    person: string,
    { signal, onStage, onText }: Progress,
  ): Promise<StoredAnswer | undefined> {
    onStage?.("waiting");
    return this.engines.use(question.model, { caller: person, signal }, async ({ model }) => {
      onStage?.("reading");
      return this.asked.use(question.study, model, signal, async ({ study, layout }) => {
        onStage?.("answering");
        const task = taskNamed(question.task);
        const result = await run(task, layout ?? study, model, {
          ...question.options,
          ...(question.anyway && { anyway: true }),
          ...(signal && { signal }),
          ...(onText && { onText }),
        });
        if (signal?.aborted || result.finishReason === "abort") return undefined;
        const shown = layout ?? (await layOut(study, model).catch(() => undefined));
        return this.storeAnswer(question, person, result, shown);
      });
    });
  }

  private async storeAnswer(
    question: Question,
    person: string,
    result: TaskResult,
    layout: Layout | undefined,
  ): Promise<StoredAnswer> {
    const seen = layout === undefined ? [] : seenOf(layout, result);
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
          JSON.stringify(question.options),
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
    return this.engines.use(model, { caller: "system" }, ({ model: engine }) =>
      this.asked.use(answer.study, engine, undefined, async ({ study, layout }) => {
        const { images } = layout ?? (await layOut(study, engine));
        const image = images[n]?.image;
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
      }),
    );
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
