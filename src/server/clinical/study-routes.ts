/** `/api/studies` and `/api/uploads`. */
import type { Context } from "hono";
import { z } from "zod";
import type { Audit } from "../access/audit.ts";
import { HttpError } from "../http-error.ts";
import { wholeText } from "../operations/body.ts";
import type { Operations } from "../operations/operations.ts";
import type { Store } from "../store/index.ts";
import { deleteStudy, erasePatient } from "../upkeep/erase.ts";
import type { Preparation } from "./prepare.ts";
import { leftOutShape, studyListShape, studyWithPriorsShape } from "./shapes/study.ts";
import { listStudies, shows, studiesOfPatient, studyRow } from "./studies.ts";
import type { Uploads } from "./uploads.ts";

export interface StudyRouteOptions {
  readonly store: Store;
  readonly audit: Audit;
  readonly uploads: Uploads;
  readonly preparation: Preparation;
  /** Closes the cached open studies. */
  readonly forget: () => Promise<void>;
}

const query = z.strictObject({
  search: z.string().max(500).optional().describe("search text for label, patient or accession number"),
  show: z.enum(shows).optional(),
  modality: z.string().max(16).optional(),
  offset: wholeText(1e9).default(0),
  limit: wholeText(200).default(50),
});

/** Routes under `/api`. */
export function studyRoutes(
  operations: Operations,
  { store, audit, uploads, preparation, forget }: StudyRouteOptions,
): void {
  const { database } = store;
  const who = (context: Context) => context.get("caller").person;

  operations.add(
    {
      method: "get",
      path: "/studies",
      summary: "Studies, latest first",
      scope: "read",
      query,
      response: studyListShape,
    },
    async (context, { query: { search, show, modality, offset, limit } }) =>
      context.json(
        await listStudies(database, {
          ...(search && { search }),
          ...(show && { show }),
          ...(modality && { modality }),
          offset,
          limit: Math.max(1, limit),
        }),
      ),
  );
  operations.add(
    {
      method: "get",
      path: "/studies/:study",
      summary: "A study, with the patient's other studies",
      scope: "read",
      response: studyWithPriorsShape,
    },
    async (context) => {
      const id = context.req.param("study")!;
      const study = await studyRow(database, id);
      if (study === undefined) throw notFound(id);
      return context.json({ ...study, priors: await studiesOfPatient(database, id) });
    },
  );
  operations.add(
    {
      method: "get",
      path: "/studies/:study/thumbnail.png",
      summary: "The thumbnail of a study",
      scope: "read",
      response: { media: "image/png", description: "the image" },
    },
    async (context) => {
      const { rows } = await database.query<{ thumbnail: string | null }>("select thumbnail from study where id = $1", [
        context.req.param("study"),
      ]);
      if (!rows[0]?.thumbnail) return context.body(null, 404);
      const pieces: Uint8Array[] = [];
      for await (const piece of store.files.read(rows[0].thumbnail)) pieces.push(piece);
      context.header("Content-Type", "image/png");
      return context.body(new Uint8Array(Buffer.concat(pieces)));
    },
  );
  operations.add(
    {
      method: "delete",
      path: "/studies/:study",
      summary: "Delete a study with its answers and drafts",
      scope: "review",
      may: { 409: "it has a signed report" },
    },
    async (context) => {
      const id = context.req.param("study")!;
      await deleteStudy(store, audit, id, { who: who(context), action: "study.delete" });
      await forget();
      return context.body(null, 204);
    },
  );
  operations.add(
    {
      method: "delete",
      path: "/patients/:patient",
      summary: "Erase a patient: every study, signed reports included, with every file",
      scope: "admin",
      response: z.object({
        patient: z.string(),
        studies: z.int(),
        files: z.int(),
        rows: z.int(),
        proof: z.string().describe("SHA-256 over the erased items, also in the audit log"),
      }),
      status: 200,
    },
    async (context) => {
      const patient = context.req.param("patient")!;
      // URLs contain only this server's own identifiers, never a hospital's, because URLs are logged.
      if (!/^[0-9a-f-]{36}$/.test(patient)) throw noPatient();
      const erased = await erasePatient(store, audit, patient, { who: who(context) });
      await forget();
      return context.json(erased);
    },
  );
  operations.add(
    {
      method: "post",
      path: "/uploads",
      summary: "Start an upload: files are added one by one, then the upload is finished",
      scope: "answer",
      status: 201,
      response: z.object({ upload: z.string() }),
    },
    (context) => context.json({ upload: uploads.begin(who(context)) }, 201),
  );
  // The file name is sent in a header, because URLs are logged.
  operations.add(
    {
      method: "put",
      path: "/uploads/:upload/file",
      summary: "Add a file, or a ZIP archive of files",
      scope: "answer",
      upload: { media: "application/octet-stream", description: "the file" },
      headers: { "X-File-Name": "file name with folders, percent-encoded" },
      status: 201,
      response: z.object({ sha256: z.string(), bytes: z.int() }),
    },
    async (context) => {
      const { body } = context.req.raw;
      const name = context.req.header("x-file-name");
      if (body === null || name === undefined)
        throw new HttpError(
          400,
          "server/upload",
          "the request needs the file as its body and the file name in X-File-Name",
          {},
        );
      const stored = await uploads.add(
        context.req.param("upload")!,
        who(context),
        decoded(name),
        body as unknown as AsyncIterable<Uint8Array>,
      );
      return context.json(stored, 201);
    },
  );
  operations.add(
    { method: "delete", path: "/uploads/:upload", summary: "Cancel an upload", scope: "answer" },
    async (context) => {
      await uploads.cancel(context.req.param("upload")!, who(context));
      return context.body(null, 204);
    },
  );
  operations.add(
    {
      method: "post",
      path: "/uploads/:upload/finish",
      summary: "Finish an upload: its files become studies",
      scope: "answer",
      response: z.object({ studies: z.array(z.string()), leftOut: leftOutShape }),
      creates: true,
    },
    async (context) => {
      const { studies, leftOut } = await uploads.finish(context.req.param("upload")!, who(context));
      for (const study of studies) {
        preparation.add(study);
        await audit.record({ who: who(context), action: "study.store", object: `study/${study}`, outcome: "ok" });
      }
      return context.json({ studies, leftOut });
    },
  );
}

const noPatient = () =>
  new HttpError(404, "server/not-found", "the patient is not on this server", {
    where: "patient",
    expected: "a patient id from /api/studies",
  });

const notFound = (id: string) =>
  new HttpError(404, "server/not-found", "the study is not on this server", { where: `study/${id}` });

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
