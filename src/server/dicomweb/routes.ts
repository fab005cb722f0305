/** `/dicom-web`: DICOMweb for a PACS or for a viewer such as OHIF. */
import type { IncomingMessage } from "node:http";
import { type Context, Hono } from "hono";
import type { Audit } from "../access/audit.ts";
import { requireScope } from "../access/guard.ts";
import { HttpError } from "../http-error.ts";
import type { Store } from "../store/index.ts";
import { type Level, parseQuery, search } from "./qido.ts";
import { stow } from "./stow.ts";
import { frames, metadata, type Place, rendered, retrieve } from "./wado.ts";

export interface DicomWebOptions {
  readonly store: Store;
  readonly audit: Audit;
  /** Maximum size of an uploaded file, bytes. */
  readonly maxUpload: number;
}

const json = "application/dicom+json";

export function dicomWebRoutes({ store, audit, maxUpload }: DicomWebOptions): Hono {
  const app = new Hono();
  const read = requireScope(audit, "read");
  const base = (context: Context) => `${new URL(context.req.url).origin}/dicom-web`;
  const log = (context: Context, action: string, object: string) =>
    audit.record({ who: context.get("caller").person, action, object, outcome: "ok" });
  const place = (context: Context): Place => {
    const { study, series, instance } = context.req.param() as Record<string, string | undefined>;
    return { study: study!, ...(series !== undefined && { series }), ...(instance !== undefined && { instance }) };
  };

  for (const path of ["/studies", "/studies/:study"])
    app.post(path, requireScope(audit, "answer"), async (context) => {
      const body = bodyOfRequest(context);
      if (body === null) throw new HttpError(400, "server/multipart", "has no body", { where: "body" });
      const studyUid = context.req.param("study");
      const {
        status,
        body: answer,
        stored,
        otherPatients,
      } = await stow(store, {
        contentType: context.req.header("content-type"),
        body,
        ...(studyUid !== undefined && { studyUid }),
        maxBytes: maxUpload,
        address: (uid) => `${base(context)}/studies/${uid}`,
      });
      for (const study of new Set(stored.map(({ study }) => study)))
        await log(context, "study.store", `study/${study}`);
      for (const uid of otherPatients)
        await audit.record({
          who: context.get("caller").person,
          action: "study.store",
          object: `uid/${uid}`,
          outcome: "refused",
          detail: { code: "study/other-patient" },
        });
      return context.json(answer, status, { "Content-Type": json });
    });

  const query = (path: string, level: Level) =>
    app.get(path, read, async (context) => {
      const { study, series } = context.req.param() as Record<string, string | undefined>;
      const parameters = new URL(context.req.url).searchParams.entries();
      const found = await search(store.database, level, parseQuery(parameters), {
        ...(study !== undefined && { study }),
        ...(series !== undefined && { series }),
      });
      await log(context, "study.search", level);
      return found.length === 0 ? context.body(null, 204) : context.json(found, 200, { "Content-Type": json });
    });
  query("/studies", "study");
  query("/series", "series");
  query("/instances", "instance");
  query("/studies/:study/series", "series");
  query("/studies/:study/instances", "instance");
  query("/studies/:study/series/:series/instances", "instance");

  for (const path of [
    "/studies/:study",
    "/studies/:study/series/:series",
    "/studies/:study/series/:series/instances/:instance",
  ]) {
    app.get(path, read, async (context) => {
      await log(context, "study.read", `uid/${context.req.param("study")}`);
      return retrieve(store, place(context));
    });
    app.get(`${path}/metadata`, read, async (context) => {
      const { study } = place(context);
      const address = ({ series, uid }: { series: string; uid: string }) =>
        `${base(context)}/studies/${study}/series/${series}/instances/${uid}`;
      await log(context, "study.read", `uid/${study}`);
      return context.json(await metadata(store, place(context), address), 200, { "Content-Type": json });
    });
  }
  const instance = "/studies/:study/series/:series/instances/:instance";
  // A viewer reads a study's frames one by one: each reader of each study is recorded once a minute.
  const viewed = new Map<string, number>();
  const logView = async (context: Context) => {
    const object = `uid/${context.req.param("study")}`;
    const key = `${context.get("caller").person} ${object}`;
    const now = Date.now();
    if (now - (viewed.get(key) ?? 0) < 60_000) return;
    if (viewed.size > 1000) viewed.clear();
    viewed.set(key, now);
    await log(context, "study.view", object);
  };
  app.get(`${instance}/frames/:frames`, read, async (context) => {
    await logView(context);
    return frames(store, place(context), context.req.param("frames").split(",").map(Number));
  });
  for (const [path, number] of [
    [`${instance}/rendered`, () => 1],
    [`${instance}/frames/:frames/rendered`, (context: Context) => Number(context.req.param("frames"))],
  ] as const)
    app.get(path, read, async (context) => {
      await logView(context);
      return rendered(store, place(context), number(context));
    });
  return app;
}

/** The body as it arrives. Node's own stream where there is one: the web stream made of it copies every piece. */
function bodyOfRequest(context: Context): AsyncIterable<Uint8Array> | null {
  const { incoming } = (context.env ?? {}) as { incoming?: IncomingMessage };
  if (incoming === undefined) return context.req.raw.body as unknown as AsyncIterable<Uint8Array> | null;
  const { "content-length": length, "transfer-encoding": coding } = incoming.headers;
  return coding === undefined && Number(length ?? 0) === 0 ? null : incoming;
}
