/** `/api/studies` and `/api/uploads`. */
import { type Context, Hono } from "hono";
import type { Audit } from "../access/audit.ts";
import { requireScope } from "../access/guard.ts";
import { HttpError } from "../http-error.ts";
import { removeUnnamed, type Store } from "../store/index.ts";
import type { Preparation } from "./prepare.ts";
import { listStudies, type StudyQuery, studiesOfPatient, studyRow } from "./studies.ts";
import type { Uploads } from "./uploads.ts";

export interface StudyRouteOptions {
  readonly store: Store;
  readonly audit: Audit;
  readonly uploads: Uploads;
  readonly preparation: Preparation;
}

/** Under `/api`. */
export function studyRoutes({ store, audit, uploads, preparation }: StudyRouteOptions): Hono {
  const app = new Hono();
  const { database } = store;
  const [read, write] = [requireScope(audit, "read"), requireScope(audit, "answer")];
  const who = (context: Context) => context.get("caller").person;

  app.get("/studies", read, async (context) => {
    const query = context.req.query();
    const show = query.show as StudyQuery["show"];
    return context.json(
      await listStudies(database, {
        ...(query.search && { search: query.search }),
        ...(show && ["unreviewed", "cautions", "signed", "problem"].includes(show) && { show }),
        ...(query.modality && { modality: query.modality }),
        offset: whole("offset", query.offset ?? "0", 1e9),
        limit: Math.max(1, whole("limit", query.limit ?? "50", 200)),
      }),
    );
  });

  app.get("/studies/:study", read, async (context) => {
    const id = context.req.param("study");
    const study = await studyRow(database, id);
    if (study === undefined) throw notFound(id);
    return context.json({ ...study, priors: await studiesOfPatient(database, id) });
  });

  app.get("/studies/:study/thumbnail.png", read, async (context) => {
    const { rows } = await database.query<{ thumbnail: string | null }>("select thumbnail from study where id = $1", [
      context.req.param("study"),
    ]);
    if (!rows[0]?.thumbnail) return context.body(null, 404);
    const pieces: Uint8Array[] = [];
    for await (const piece of store.files.read(rows[0].thumbnail)) pieces.push(piece);
    context.header("Content-Type", "image/png");
    return context.body(new Uint8Array(Buffer.concat(pieces)));
  });

  app.delete("/studies/:study", requireScope(audit, "review"), async (context) => {
    const id = context.req.param("study");
    const { rows: signed } = await database.query(
      "select 1 from signature join report on report.id = signature.report where report.study = $1 limit 1",
      [id],
    );
    if (signed.length > 0)
      throw new HttpError(409, "server/signed", "a study with a signed report is not deleted", {
        where: `study/${id}`,
        hint: "Signed reports are kept.",
      });
    const { rows } = await database.query<{ sha256: string }>("select distinct sha256 from file where study = $1", [
      id,
    ]);
    const { rows: deleted } = await database.query("delete from study where id = $1 returning id", [id]);
    if (deleted.length === 0) throw notFound(id);
    for (const { sha256 } of rows) await removeUnnamed(store, sha256);
    await audit.record({ who: who(context), action: "study.delete", object: `study/${id}`, outcome: "ok" });
    return context.body(null, 204);
  });

  app.post("/uploads", write, (context) => context.json({ upload: uploads.begin(who(context)) }, 201));

  // The file name is sent in a header, because names in URLs would end up in logs.
  app.put("/uploads/:upload/file", write, async (context) => {
    const { body } = context.req.raw;
    const name = context.req.header("x-file-name");
    if (body === null || name === undefined)
      throw new HttpError(400, "server/upload", "needs the file as its body and its name in X-File-Name", {});
    const kept = await uploads.add(
      context.req.param("upload"),
      who(context),
      decoded(name),
      body as unknown as AsyncIterable<Uint8Array>,
    );
    return context.json(kept, 201);
  });

  app.delete("/uploads/:upload", write, async (context) => {
    await uploads.cancel(context.req.param("upload"), who(context));
    return context.body(null, 204);
  });

  app.post("/uploads/:upload/finish", write, async (context) => {
    const { studies, leftOut } = await uploads.finish(context.req.param("upload"), who(context));
    for (const study of studies) {
      preparation.add(study);
      await audit.record({ who: who(context), action: "study.store", object: `study/${study}`, outcome: "ok" });
    }
    return context.json({ studies, leftOut });
  });
  return app;
}

const notFound = (id: string) =>
  new HttpError(404, "server/not-found", "this server has no such study", { where: `study/${id}` });

export function whole(name: string, text: string, most: number): number {
  const value = Number(text);
  if (/^\d{1,10}$/.test(text) && value <= most) return value;
  throw new HttpError(400, "server/field", "is not a valid number", {
    where: name,
    expected: `0 to ${most}`,
    found: text.slice(0, 40),
  });
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
