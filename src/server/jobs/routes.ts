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

/** Jobs of one request. */
const maxTogether = 500;

const problemShape = z.object({ code: z.string(), message: z.string() }).nullable();

const jobShape = named(
  "Job",
  z.object({
    id: z.string(),
    study: z.string(),
    payload: z.looseObject({ study: z.string(), task: z.string(), model: z.string() }),
    state: z.enum(jobStates),
    tries: z.int(),
    problem: problemShape,
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
      method: "post",
      path: "/jobs/several",
      summary: "Queue many requests: all of them or none; each as POST /jobs would",
      scope: "answer",
      body: z.strictObject({ jobs: z.array(questionShape).min(1).max(maxTogether) }),
      status: 202,
      response: z.object({ jobs: z.array(jobShape).describe("in the order of the requests") }),
      may: { 404: "there is no such study or model", 503: "too many jobs are waiting; see Retry-After" },
    },
    async (context, { body }) => {
      const questions = body.jobs.map(({ model = engines.names[0], ...question }) => {
        engines.require(model);
        return { ...question, model };
      });
      const { person } = context.get("caller");
      const added = await jobs.addAll(questions, person);
      const studies = new Map(questions.map(({ study, task }) => [`${study} ${task}`, { study, task }]));
      await Promise.all(
        [...studies.values()].map(({ study, task }) =>
          audit.record({
            who: person,
            action: "job.create",
            object: `study/${study}`,
            outcome: "ok",
            detail: { task, jobs: questions.filter((one) => one.study === study && one.task === task).length },
          }),
        ),
      );
      return context.json({ jobs: added }, 202);
    },
  );
  operations.add(
    {
      method: "post",
      path: "/jobs/results",
      summary: "State of many jobs, with the results of those that are done; unknown ones are left out",
      scope: "read",
      body: z.strictObject({ jobs: z.array(z.string()).min(1).max(maxTogether) }),
      response: z.object({
        jobs: z.array(
          z.object({
            id: z.string(),
            state: z.enum(jobStates),
            problem: problemShape,
            result: z.looseObject({}).nullable().describe("as `result` of an Answer"),
          }),
        ),
      }),
    },
    async (context, { body }) => context.json({ jobs: await jobs.results(body.jobs) }),
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
      const [listed, progress] = await Promise.all([jobs.list({ ...(state && { state }), limit }), jobs.progress()]);
      return context.json({ jobs: listed, ...progress });
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
