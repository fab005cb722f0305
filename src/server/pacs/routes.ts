/** `/api/pacs` and `/api/outbox`: fetch a study, send a signed report, see what is under way. */
import { Hono } from "hono";
import { z } from "zod";
import type { Audit } from "../access/audit.ts";
import { requireScope } from "../access/guard.ts";
import { bodyOf } from "../clinical/body.ts";
import type { Preparation } from "../clinical/prepare.ts";
import { HttpError } from "../http-error.ts";
import type { Pacs } from "./pacs.ts";

export interface PacsRouteOptions {
  readonly pacs: Pacs;
  readonly preparation: Preparation;
  readonly audit: Audit;
}

/** Under `/api`. */
export function pacsRoutes({ pacs, preparation, audit }: PacsRouteOptions): Hono {
  const app = new Hono();
  app.post("/pacs/studies", requireScope(audit, "answer"), async (context) => {
    const { uid } = await bodyOf(context, z.strictObject({ uid: z.string() }));
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
  });
  app.post("/reports/:report/push", requireScope(audit, "sign"), async (context) => {
    const report = context.req.param("report");
    const entry = await pacs.push(report);
    const { person } = context.get("caller");
    await audit.record({ who: person, action: "pacs.push", object: `report/${report}`, outcome: "ok" });
    return context.json({ entry }, 202);
  });
  app.get("/outbox", requireScope(audit, "read"), async (context) =>
    context.json({ entries: await pacs.outbox.list() }),
  );
  app.post("/outbox/:entry/again", requireScope(audit, "sign"), async (context) => {
    const entry = context.req.param("entry");
    if (!(await pacs.outbox.again(entry)))
      throw new HttpError(404, "server/not-found", "there is no such entry, or it was sent", {
        where: `outbox/${entry}`,
      });
    return context.json({ entry }, 202);
  });
  return app;
}
