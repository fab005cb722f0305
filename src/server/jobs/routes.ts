/** `/api/jobs`: queued questions and their state. */
import { z } from "zod";
import type { Audit } from "../access/audit.ts";
import { questionShape } from "../clinical/shapes/answer.ts";
import type { Engines } from "../engines/engines.ts";
import { HttpError } from "../http-error.ts";
import { wholeText } from "../operations/body.ts";
import { named, time } from "../operations/components.ts";
import type { Operations } from "../operations/operations.ts";
import { type Jobs, jobStates } from "./jobs.ts";

const jobShape = named(
  "Job",
  z.object({
    id: z.string(),
    study: z.string(),
    payload: z.looseObject({ study: z.string(), task: z.string(), model: z.string() }),
    state: z.enum(jobStates),
    tries: z.int(),
    problem: z.object({ code: z.string(), message: z.string() }).nullable(),
    answer: z.string().nullable().describe("id of the answer"),
    createdBy: z.string(),
    createdAt: time,
    finishedAt: time.nullable(),
  }),
);
const count = z.int().nonnegative();

/** Routes under `/api`. */
export function jobRoutes(
  operations: Operations,
  { jobs, engines, audit }: { jobs: Jobs; engines: Engines; audit: Audit },
): void {
  operations.add(
    {
      method: "post",
      path: "/jobs",
      summary: "Queue a request; the same request about the same files is a single job",
      scope: "answer",
      body: questionShape,
      status: 202,
      response: jobShape,
      may: { 404: "there is no such study or model", 503: "too many jobs are waiting; see Retry-After" },
    },
    async (context, { body: { model = engines.names[0], ...question } }) => {
      engines.require(model);
      const { person } = context.get("caller");
      const job = await jobs.add({ ...question, model }, person);
      await audit.record({
        who: person,
        action: "job.create",
        object: `study/${question.study}`,
        outcome: "ok",
        detail: { task: question.task },
      });
      return context.json(job, 202);
    },
  );
  operations.add(
    {
      method: "get",
      path: "/jobs",
      summary: "Jobs, latest first, with their number and the estimated time",
      scope: "read",
      query: z.strictObject({ state: z.enum(jobStates).optional(), limit: wholeText(1000).default(50) }),
      response: z.object({
        jobs: z.array(jobShape),
        counts: z.object({ waiting: count, running: count, done: count, failed: count, cancelled: count }),
        secondsLeft: count.optional().describe("estimated from the jobs of the last ten minutes"),
      }),
    },
    async (context, { query: { state, limit } }) => {
      const secondsLeft = await jobs.secondsLeft();
      return context.json({
        jobs: await jobs.list({ ...(state && { state }), limit }),
        counts: await jobs.counts(),
        ...(secondsLeft !== undefined && { secondsLeft }),
      });
    },
  );
  operations.add(
    { method: "get", path: "/jobs/:job", summary: "A job", scope: "read", response: jobShape },
    async (context) => context.json(await jobs.of(context.req.param("job")!)),
  );
  operations.add(
    {
      method: "delete",
      path: "/jobs/:job",
      summary: "Cancel a waiting or running job",
      scope: "answer",
      may: { 409: "the job has ended" },
    },
    async (context) => {
      const id = context.req.param("job")!;
      await jobs.of(id);
      if (!(await jobs.cancel(id)))
        throw new HttpError(409, "server/ended", "the job has ended", { where: `job/${id}` });
      return context.body(null, 204);
    },
  );
}
