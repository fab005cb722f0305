/** `/api/pacs` and `/api/outbox`: fetch a study, send a signed report, see what is under way. */
import { z } from "zod";
import type { Audit } from "../access/audit.ts";
import type { Preparation } from "../clinical/prepare.ts";
import { HttpError } from "../http-error.ts";
import { named, time } from "../operations/components.ts";
import type { Operations } from "../operations/operations.ts";
import type { Pacs } from "./pacs.ts";

export interface PacsRouteOptions {
  readonly pacs: Pacs;
  readonly preparation: Preparation;
  readonly audit: Audit;
}

const entryShape = named(
  "OutboxEntry",
  z.object({
    id: z.string(),
    target: z.string(),
    kind: z.string(),
    study: z.string(),
    payload: z.object({ report: z.string() }),
    state: z.enum(["waiting", "sent", "failed"]),
    tries: z.int(),
    problem: z.string().nullable(),
    createdAt: time,
  }),
);
const begun = z.object({ entry: z.string() });

/** Under `/api`. */
export function pacsRoutes(operations: Operations, { pacs, preparation, audit }: PacsRouteOptions): void {
  operations.add(
    {
      method: "post",
      path: "/pacs/studies",
      summary: "Fetch a study from the PACS",
      scope: "answer",
      body: z.strictObject({ uid: z.string().describe("StudyInstanceUID") }),
      status: 201,
      gives: z.object({
        study: z.string(),
        stored: z.int(),
        known: z.int().describe("files that were here already"),
        problems: z.array(z.string()),
      }),
      creates: true,
      may: {
        409: "this server knows no PACS, or the first call with this key is still under way",
        502: "the PACS failed",
      },
    },
    async (context, { body: { uid } }) => {
      const pulled = await pacs.pull(uid, context.req.raw.signal);
      preparation.add(pulled.study);
      const { person } = context.get("caller");
      await audit.record({
        who: person,
        action: "pacs.pull",
        object: `study/${pulled.study}`,
        outcome: "ok",
        detail: { stored: pulled.stored },
      });
      return context.json(pulled, 201);
    },
  );
  operations.add(
    {
      method: "post",
      path: "/reports/:report/push",
      summary: "Send a signed report to the PACS as DICOM SR",
      scope: "sign",
      status: 202,
      gives: begun,
      creates: true,
      may: { 409: "the report is not signed, or this server knows no PACS" },
    },
    async (context, { id }) => {
      const report = context.req.param("report")!;
      const entry = await pacs.push(report, id);
      const { person } = context.get("caller");
      await audit.record({ who: person, action: "pacs.push", object: `report/${report}`, outcome: "ok" });
      return context.json({ entry }, 202);
    },
  );
  operations.add(
    {
      method: "get",
      path: "/outbox",
      summary: "What has to reach another system, and whether it did",
      scope: "read",
      gives: z.object({ entries: z.array(entryShape) }),
    },
    async (context) => context.json({ entries: await pacs.outbox.list() }),
  );
  operations.add(
    {
      method: "post",
      path: "/outbox/:entry/again",
      summary: "Try a failed one again now",
      scope: "sign",
      status: 202,
      gives: begun,
    },
    async (context) => {
      const entry = context.req.param("entry")!;
      if (!(await pacs.outbox.again(entry)))
        throw new HttpError(404, "server/not-found", "there is no such entry, or it was sent", {
          where: `outbox/${entry}`,
        });
      return context.json({ entry }, 202);
    },
  );
}
