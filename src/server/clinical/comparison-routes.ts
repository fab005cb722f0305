/** `/api/comparisons`. */
import { readdir } from "node:fs/promises";
import { Hono } from "hono";
import { z } from "zod";
import { loadRubric, rubricFolder } from "../../evaluate/study/rubric.ts";
import { notForClinicalUse } from "../../task/index.ts";
import type { Audit } from "../access/audit.ts";
import { requireScope } from "../access/guard.ts";
import { bodyOf } from "./body.ts";
import { type Comparisons, textSources } from "./comparisons.ts";
import { ratingsCsv } from "./results.ts";

const wanted = z.strictObject({
  name: z.string().trim().min(1).max(200),
  rubric: z.string().regex(/^[a-z0-9-]+$/),
  seed: z
    .number()
    .int()
    .min(0)
    .max(2 ** 31 - 1),
  studies: z.array(z.string()).min(1).max(2000),
  a: z.enum(textSources).default("draft"),
  b: z.enum(textSources).default("report"),
  texts: z
    .array(z.strictObject({ study: z.string(), a: z.string().max(20_000), b: z.string().max(20_000) }))
    .optional(),
  raters: z.array(z.string()).max(100),
});

const rating = z.strictObject({
  values: z.record(z.string(), z.strictObject({ option: z.string().max(200), why: z.string().max(5000).optional() })),
  milliseconds: z.number().int().min(0).optional(),
});

/** Under `/api`. */
export function comparisonRoutes({ comparisons, audit }: { comparisons: Comparisons; audit: Audit }): Hono {
  const app = new Hono();
  const [read, review] = [requireScope(audit, "read"), requireScope(audit, "review")];

  app.get("/rubrics", read, async (context) => {
    const names = (await readdir(rubricFolder))
      .filter((file) => file.endsWith(".yaml"))
      .map((file) => file.replace(/\.yaml$/, ""));
    const rubrics = await Promise.all(names.sort().map((name) => loadRubric(name)));
    return context.json({
      rubrics: rubrics
        .filter(({ shape }) => shape !== "counterfactual")
        .map(({ name, title, shape, source, axes }) => ({ name, title, shape, source, axes: axes.length })),
    });
  });
  app.get("/comparisons", read, async (context) =>
    context.json({ comparisons: await comparisons.list(context.get("caller")) }),
  );
  app.post("/comparisons", review, async (context) => {
    const caller = context.get("caller");
    const { texts, ...rest } = await bodyOf(context, wanted);
    const made = await comparisons.create({ ...rest, ...(texts && { texts }) }, caller);
    await audit.record({
      who: caller.person,
      action: "comparison.create",
      object: `comparison/${made.id}`,
      outcome: "ok",
    });
    return context.json(made, 201);
  });
  app.get("/comparisons/:comparison/next", review, async (context) =>
    context.json(await comparisons.next(context.req.param("comparison"), context.get("caller"))),
  );
  app.put("/comparison-items/:item/rating", review, async (context) => {
    const { values, milliseconds } = await bodyOf(context, rating);
    await comparisons.rate(context.req.param("item"), values, milliseconds, context.get("caller"));
    return context.body(null, 204);
  });
  app.get("/comparisons/:comparison/results", read, async (context) => {
    const caller = context.get("caller");
    const id = context.req.param("comparison");
    const { items, ...results } = await comparisons.results(id, caller);
    await audit.record({ who: caller.person, action: "comparison.read", object: `comparison/${id}`, outcome: "ok" });
    return context.json({ ...results, items: items.length, notice: notForClinicalUse });
  });
  app.get("/comparisons/:comparison/ratings.csv", read, async (context) => {
    const caller = context.get("caller");
    const id = context.req.param("comparison");
    const { items, ...results } = await comparisons.results(id, caller);
    await audit.record({ who: caller.person, action: "export.ratings", object: `comparison/${id}`, outcome: "ok" });
    return new Response(ratingsCsv(results, items), {
      headers: {
        "Content-Type": "text/csv; charset=utf-8",
        "Content-Disposition": `attachment; filename="ratings-${id.slice(0, 8)}.csv"`,
      },
    });
  });
  return app;
}
