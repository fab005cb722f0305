/** Sends signed reports to other systems, and `/api/outbox`: the state of the entries. */
import { z } from "zod";
import type { Audit } from "../access/audit.ts";
import type { FhirServer } from "../fhir/fhir-server.ts";
import { HttpError } from "../http-error.ts";
import { named, time } from "../operations/components.ts";
import type { Operations } from "../operations/operations.ts";
import type { Pacs } from "../pacs/pacs.ts";
import type { Outbox } from "./outbox.ts";

export interface OutboxRouteOptions {
  readonly outbox: Outbox;
  readonly pacs: Pacs;
  readonly fhir: FhirServer;
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
    reply: z.unknown().describe("the other system's reason for its refusal: a FHIR OperationOutcome"),
    createdAt: time,
  }),
);
const queuedShape = z.object({ entry: z.string() });

/** Routes under `/api`. */
export function outboxRoutes(operations: Operations, { outbox, pacs, fhir, audit }: OutboxRouteOptions): void {
  operations.add(
    {
      method: "post",
      path: "/reports/:report/push",
      summary: "Send a signed report to the PACS as DICOM SR, or to the FHIR server as a transaction",
      scope: "sign",
      query: z.strictObject({ to: z.enum(["pacs", "fhir"]).default("pacs") }),
      status: 202,
      response: queuedShape,
      creates: true,
      may: { 409: "the report is not signed, or the system is not configured" },
    },
    async (context, { query: { to }, id }) => {
      const report = context.req.param("report")!;
      await (to === "pacs" ? pacs : fhir).push(report, id);
      const { person } = context.get("caller");
      await audit.record({ who: person, action: `${to}.push`, object: `report/${report}`, outcome: "ok" });
      return context.json({ entry: id }, 202);
    },
  );
  operations.add(
    {
      method: "get",
      path: "/outbox",
      summary: "Entries to be sent to other systems, with their state",
      scope: "read",
      response: z.object({ entries: z.array(entryShape) }),
    },
    async (context) => context.json({ entries: await outbox.list() }),
  );
  operations.add(
    {
      method: "post",
      path: "/outbox/:entry/again",
      summary: "Retry a failed entry now",
      scope: "sign",
      status: 202,
      response: queuedShape,
    },
    async (context) => {
      const entry = context.req.param("entry")!;
      if (!(await outbox.again(entry)))
        throw new HttpError(404, "server/not-found", "there is no such entry, or it was sent", {
          where: `outbox/${entry}`,
        });
      return context.json({ entry }, 202);
    },
  );
}
