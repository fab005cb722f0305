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
      gives: z.object({
        study: z.string(),
        stored: z.int(),
        images: z.int().describe("of the stored files, those that are no report or presentation state"),
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
}
