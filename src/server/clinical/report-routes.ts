/** `/api/reports`. */
import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Audit } from "../access/audit.ts";
import { requireScope } from "../access/guard.ts";
import { HttpError } from "../http-error.ts";
import { bodyOf, versionOf } from "./body.ts";
import { reportContent } from "./report-content.ts";
import { isReportForm, type ReportExports, reportForms } from "./report-exports.ts";
import type { Reports, StoredReport } from "./reports.ts";

export interface ReportRouteOptions {
  readonly reports: Reports;
  readonly exports: ReportExports;
  readonly audit: Audit;
}

/** Under `/api`. */
export function reportRoutes({ reports, exports, audit }: ReportRouteOptions): Hono {
  const app = new Hono();
  const [read, review] = [requireScope(audit, "read"), requireScope(audit, "review")];
  const log = (context: Context, action: string, id: string) =>
    audit.record({ who: context.get("caller").person, action, object: `report/${id}`, outcome: "ok" });
  const send = (context: Context, report: StoredReport, status: 200 | 201 | 412 = 200) => {
    context.header("ETag", `"${report.version}"`);
    return context.json(report, status);
  };

  app.get("/studies/:study/reports", read, async (context) =>
    context.json({ reports: await reports.ofStudy(context.req.param("study")) }),
  );
  app.post("/reports", review, async (context) => {
    const { study, answer } = await bodyOf(
      context,
      z.strictObject({ study: z.string(), answer: z.string().optional() }),
    );
    const report = await reports.create(study, answer, context.get("caller"));
    await log(context, "report.create", report.id);
    return send(context, report, 201);
  });
  app.get("/reports/:report", read, async (context) => {
    const id = context.req.param("report");
    await log(context, "report.read", id);
    return send(context, await reports.of(id));
  });
  app.put("/reports/:report", review, async (context) => {
    const id = context.req.param("report");
    const version = versionOf(context);
    const content = await bodyOf(context, reportContent);
    const { report, conflict } = await reports.save(id, version, content, context.get("caller"));
    if (conflict) return send(context, report, 412);
    await log(context, "report.save", id);
    return send(context, report);
  });
  app.post("/reports/:report/signature", requireScope(audit, "sign"), async (context) => {
    const id = context.req.param("report");
    const report = await reports.sign(id, versionOf(context), context.get("caller"));
    await log(context, "report.sign", id);
    return send(context, report, 201);
  });
  app.post("/reports/:report/addenda", requireScope(audit, "sign"), async (context) => {
    const id = context.req.param("report");
    const { text } = await bodyOf(context, z.strictObject({ text: z.string().trim().min(1).max(20_000) }));
    const report = await reports.addAddendum(id, text, context.get("caller"));
    await log(context, "report.addendum", id);
    return send(context, report, 201);
  });
  app.get("/reports/:report/export/:form", read, async (context) => {
    const { report: id, form } = context.req.param();
    if (!isReportForm(form))
      throw new HttpError(404, "server/not-found", "a report has no such form", {
        where: "form",
        expected: reportForms.join(", "),
        found: form,
      });
    const { bytes, type, name } = await exports.of(await reports.of(id), form);
    await log(context, `export.${form}`, id);
    return new Response(bytes as Uint8Array<ArrayBuffer>, {
      headers: { "Content-Type": type, "Content-Disposition": `attachment; filename="${name}"` },
    });
  });
  return app;
}
