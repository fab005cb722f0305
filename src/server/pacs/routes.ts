/** `/api/pacs`: fetches a study from the PACS. */
import { z } from "zod";
import type { Audit } from "../access/audit.ts";
import type { Preparation } from "../clinical/prepare.ts";
import type { Operations } from "../operations/operations.ts";
import type { Pacs } from "./pacs.ts";

export interface PacsRouteOptions {
  readonly pacs: Pacs;
  readonly preparation: Preparation;
  readonly audit: Audit;
}

/** Routes under `/api`. */
export function pacsRoutes(operations: Operations, { pacs, preparation, audit }: PacsRouteOptions): void {
  operations.add(
    {
      method: "post",
      path: "/pacs/studies",
      summary: "Fetch a study from the PACS",
      scope: "answer",
      body: z.strictObject({ uid: z.string().describe("StudyInstanceUID") }),
      status: 201,
      response: z.object({
        study: z.string(),
        stored: z.int(),
        images: z.int().describe("number of stored files that are not reports or presentation states"),
        known: z.int().describe("number of files that were already stored"),
        problems: z.array(z.string()),
      }),
      creates: true,
      may: {
        409: "no PACS is configured, or the first request with this key is still in progress",
        502: "the PACS reported an error",
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
}
