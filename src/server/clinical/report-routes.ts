/** `/api/reports`. */
import type { Context } from "hono";
import type { Audit } from "../access/audit.ts";
import { HttpError } from "../http-error.ts";
import { versionOf } from "../operations/body.ts";
import type { Operations } from "../operations/operations.ts";
import { reportContent } from "./report-content.ts";
import { isReportForm, type ReportExports, reportForms } from "./report-exports.ts";
import type { Reports, StoredReport } from "./reports.ts";
import { addendum, newReport, reportShape, reportsShape } from "./shapes/report.ts";

export interface ReportRouteOptions {
  readonly reports: Reports;
  readonly exports: ReportExports;
  readonly audit: Audit;
}

/** Routes under `/api`. */
export function reportRoutes(operations: Operations, { reports, exports, audit }: ReportRouteOptions): void {
  const log = (context: Context, action: string, id: string) =>
    audit.record({ who: context.get("caller").person, action, object: `report/${id}`, outcome: "ok" });
  const send = (context: Context, report: StoredReport, status: 200 | 201 | 412 = 200) => {
    context.header("ETag", `"${report.version}"`);
    return context.json(report, status);
  };

  operations.add(
    {
      method: "get",
      path: "/studies/:study/reports",
      summary: "The reports of a study",
      scope: "read",
      response: reportsShape,
    },
    async (context) => context.json({ reports: await reports.ofStudy(context.req.param("study")!) }),
  );
  operations.add(
    {
      method: "post",
      path: "/reports",
      summary: "Create a report, empty or with the sentences of an answer",
      scope: "review",
      body: newReport,
      status: 201,
      response: reportShape,
      creates: true,
      may: { 404: "there is no such study or answer" },
    },
    async (context, { body: { study, answer }, id }) => {
      const report = await reports.create(study, answer, context.get("caller"), id);
      await log(context, "report.create", report.id);
      return send(context, report, 201);
    },
  );
  operations.add(
    {
      method: "get",
      path: "/reports/:report",
      summary: "The current version of a report",
      scope: "read",
      response: reportShape,
    },
    async (context) => {
      const id = context.req.param("report")!;
      await log(context, "report.read", id);
      return send(context, await reports.of(id));
    },
  );
  operations.add(
    {
      method: "put",
      path: "/reports/:report",
      summary: "Save a draft as a new version",
      scope: "review",
      body: reportContent,
      response: reportShape,
      changes: true,
      may: {
        409: "the report is signed",
        412: "the report was changed in the meantime; the body is the current version",
      },
    },
    async (context, { body }) => {
      const id = context.req.param("report")!;
      const { report, conflict } = await reports.save(id, versionOf(context), body, context.get("caller"));
      if (conflict) return send(context, report, 412);
      await log(context, "report.save", id);
      return send(context, report);
    },
  );
  operations.add(
    {
      method: "post",
      path: "/reports/:report/signature",
      summary: "Sign the version given by If-Match",
      scope: "sign",
      status: 201,
      response: reportShape,
      changes: true,
      creates: true,
      may: { 409: "the report is signed, or sentences are unreviewed" },
    },
    async (context) => {
      const id = context.req.param("report")!;
      const report = await reports.sign(id, versionOf(context), context.get("caller"));
      await log(context, "report.sign", id);
      return send(context, report, 201);
    },
  );
  operations.add(
    {
      method: "post",
      path: "/reports/:report/addenda",
      summary: "Add a signed addendum to a signed report",
      scope: "sign",
      body: addendum,
      status: 201,
      response: reportShape,
      creates: true,
      may: { 409: "the report is not signed" },
    },
    async (context, { body: { text }, id: added }) => {
      const id = context.req.param("report")!;
      const report = await reports.addAddendum(id, text, context.get("caller"), added);
      await log(context, "report.addendum", id);
      return send(context, report, 201);
    },
  );
  operations.add(
    {
      method: "get",
      path: "/reports/:report/export/:form",
      summary: `A report as a file: ${reportForms.join(", ")}`,
      scope: "read",
      response: { media: "application/octet-stream", description: "the file, with its media type and name" },
      may: { 409: "gsps: nothing can be drawn over a grey DICOM image; seg: there is no outline" },
    },
    async (context) => {
      const { report: id, form } = context.req.param() as { report: string; form: string };
      if (!isReportForm(form))
        throw new HttpError(404, "server/not-found", "this report format is not available", {
          where: "form",
          expected: reportForms.join(", "),
          found: form,
        });
      const { bytes, type, name } = await exports.of(await reports.of(id), form);
      await log(context, `export.${form}`, id);
      return new Response(bytes as Uint8Array<ArrayBuffer>, {
        headers: { "Content-Type": type, "Content-Disposition": `attachment; filename="${name}"` },
      });
    },
  );
}
