/** `/api/comparisons`. */
import { readdir } from "node:fs/promises";
import { loadRubric, rubricFolder } from "../../evaluate/study/rubric.ts";
import { notForClinicalUse } from "../../task/index.ts";
import type { Audit } from "../access/audit.ts";
import type { Operations } from "../operations/operations.ts";
import type { Comparisons } from "./comparisons.ts";
import { ratingsCsv } from "./results.ts";
import {
  comparisonsShape,
  madeComparison,
  newComparison,
  nextItem,
  rating,
  resultsShape,
  rubricsShape,
} from "./shapes/comparison.ts";

/** Routes under `/api`. */
export function comparisonRoutes(
  operations: Operations,
  { comparisons, audit }: { comparisons: Comparisons; audit: Audit },
): void {
  operations.add(
    {
      method: "get",
      path: "/rubrics",
      summary: "Questionnaires for reader studies",
      scope: "read",
      response: rubricsShape,
    },
    async (context) => {
      const names = (await readdir(rubricFolder))
        .filter((file) => file.endsWith(".yaml"))
        .map((file) => file.replace(/\.yaml$/, ""));
      const rubrics = await Promise.all(names.sort().map((name) => loadRubric(name)));
      return context.json({
        rubrics: rubrics
          .filter(({ shape }) => shape !== "counterfactual")
          .map(({ name, title, shape, source, axes }) => ({ name, title, shape, source, axes: axes.length })),
      });
    },
  );
  operations.add(
    { method: "get", path: "/comparisons", summary: "Reader studies", scope: "read", response: comparisonsShape },
    async (context) => context.json({ comparisons: await comparisons.list(context.get("caller")) }),
  );
  operations.add(
    {
      method: "post",
      path: "/comparisons",
      summary: "Create a blinded reader study",
      scope: "review",
      body: newComparison,
      status: 201,
      response: madeComparison,
      creates: true,
    },
    async (context, { body: { texts, crossover, ...rest }, id }) => {
      const caller = context.get("caller");
      const made = await comparisons.create(
        { ...rest, ...(texts && { texts }), ...(crossover && { crossover }) },
        caller,
        id,
      );
      await audit.record({
        who: caller.person,
        action: "comparison.create",
        object: `comparison/${made.id}`,
        outcome: "ok",
      });
      return context.json(made, 201);
    },
  );
  operations.add(
    {
      method: "get",
      path: "/comparisons/:comparison/next",
      summary: "The next item that this reader has not rated",
      scope: "review",
      response: nextItem,
    },
    async (context) => context.json(await comparisons.next(context.req.param("comparison")!, context.get("caller"))),
  );
  operations.add(
    {
      method: "put",
      path: "/comparison-items/:item/rating",
      summary: "Rate an item; a second rating replaces the first",
      scope: "review",
      body: rating,
      may: { 409: "in a crossover: it is not this case's turn" },
    },
    async (context, { body: { values, milliseconds } }) => {
      await comparisons.rate(context.req.param("item")!, values, milliseconds, context.get("caller"));
      return context.body(null, 204);
    },
  );
  operations.add(
    {
      method: "get",
      path: "/comparisons/:comparison/results",
      summary: "The readers' ratings, for the person who created the reader study",
      scope: "read",
      response: resultsShape,
    },
    async (context) => {
      const caller = context.get("caller");
      const id = context.req.param("comparison")!;
      const { items, ...results } = await comparisons.results(id, caller);
      await audit.record({ who: caller.person, action: "comparison.read", object: `comparison/${id}`, outcome: "ok" });
      return context.json({ ...results, items: items.length, notice: notForClinicalUse });
    },
  );
  operations.add(
    {
      method: "get",
      path: "/comparisons/:comparison/ratings.csv",
      summary: "The ratings as a table with numbered readers",
      scope: "read",
      response: { media: "text/csv", description: "one line for each rating and axis" },
    },
    async (context) => {
      const caller = context.get("caller");
      const id = context.req.param("comparison")!;
      const { items, ...results } = await comparisons.results(id, caller);
      await audit.record({ who: caller.person, action: "export.ratings", object: `comparison/${id}`, outcome: "ok" });
      return new Response(ratingsCsv(results, items), {
        headers: {
          "Content-Type": "text/csv; charset=utf-8",
          "Content-Disposition": `attachment; filename="ratings-${id.slice(0, 8)}.csv"`,
        },
      });
    },
  );
}
