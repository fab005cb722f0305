/**
 * `/api/answers`, `/api/models`: asks a model (response as server-sent events), returns stored answers, and the images
 * the model saw.
 */
import { streamSSE } from "hono/streaming";
import { z } from "zod";
import { notForClinicalUse } from "../../task/result.ts";
import { examplesOf } from "../../task/scope/examples.ts";
import type { Audit } from "../access/audit.ts";
import type { Engines } from "../engines/engines.ts";
import { HttpError } from "../http-error.ts";
import { errorBody } from "../openai/errors.ts";
import { wholeText } from "../operations/body.ts";
import type { Operations } from "../operations/operations.ts";
import type { OpenedStudies } from "../pixels/opened.ts";
import type { Answers } from "./answers.ts";
import { answerShape, examplesShape, modelsShape, questionShape, similarShape } from "./shapes/answer.ts";
import type { SimilarReports } from "./similar.ts";

export interface AnswerRouteOptions {
  readonly answers: Answers;
  readonly engines: Engines;
  readonly studies: OpenedStudies;
  readonly audit: Audit;
  readonly similar: SimilarReports;
}

/** Routes under `/api`. */
export function answerRoutes(
  operations: Operations,
  { answers, engines, studies, audit, similar }: AnswerRouteOptions,
): void {
  operations.add(
    {
      method: "post",
      path: "/answers",
      summary: "Run a task on a study with a model; closing the connection stops generation",
      scope: "answer",
      body: questionShape,
      response: {
        media: "text/event-stream",
        description:
          "events: `stage` {stage}, `text` {text} as it is written, then `answer` (an Answer) or `error` (an Error)",
      },
      creates: true,
      may: { 404: "there is no such study or model", 503: "too many requests are waiting; see Retry-After" },
    },
    async (context, { body: { model = engines.names[0], ...request } }) => {
      engines.require(model);
      // Before the stream begins, which would make an unknown study a response with status 200.
      await studies.filesOf(request.study);
      const { person } = context.get("caller");
      const { signal } = context.req.raw;
      await audit.record({
        who: person,
        action: "answer.create",
        object: `study/${request.study}`,
        outcome: "ok",
        detail: { task: request.task },
      });
      return streamSSE(context, async (stream) => {
        const abort = new AbortController();
        stream.onAbort(() => abort.abort());
        signal.addEventListener("abort", () => abort.abort(), { once: true });
        const send = (event: string, data: object) => stream.writeSSE({ event, data: JSON.stringify(data) });
        try {
          const answer = await answers.ask({ ...request, model }, person, {
            signal: abort.signal,
            onStage: (stage) => void send("stage", { stage }),
            onText: (text) => void send("text", { text }),
          });
          if (answer !== undefined) await send("answer", answer);
        } catch (error) {
          if (!abort.signal.aborted) await send("error", errorBody(error));
        }
      });
    },
  );
  operations.add(
    {
      method: "get",
      path: "/studies/:study/answers",
      summary: "The answers about a study, latest first",
      scope: "read",
      response: () => z.object({ answers: z.array(answerShape()) }),
    },
    async (context) => context.json({ answers: await answers.ofStudy(context.req.param("study")!) }),
  );
  operations.add(
    { method: "get", path: "/answers/:answer", summary: "An answer", scope: "read", response: answerShape },
    async (context) => context.json(await answers.of(context.req.param("answer")!)),
  );
  operations.add(
    {
      method: "get",
      path: "/answers/:answer/seen/:image",
      summary: "An image exactly as the model received it: 0.png, 1.png, ...",
      scope: "read",
      query: z.strictObject({ side: wholeText(4096).optional().describe("reduces the image to this size") }),
      response: { media: "image/png", description: "the image" },
      may: { 409: "this version prepares the study differently" },
    },
    async (context, { query: { side } }) => {
      const [, n] = /^(\d{1,5})\.png$/.exec(context.req.param("image")!) ?? [];
      if (n === undefined)
        throw new HttpError(404, "server/not-found", "there is no such image", { where: context.req.path });
      const png = await answers.seenImage(context.req.param("answer")!, Number(n), side);
      return new Response(new Uint8Array(png), { headers: { "Content-Type": "image/png" } });
    },
  );
  operations.add(
    {
      method: "get",
      path: "/studies/:study/examples",
      summary: "What each model may be asked about a study",
      scope: "read",
      response: examplesShape,
    },
    async (context) => {
      const { parts } = await studies.of(context.req.param("study")!);
      const kinds = parts.map(({ manifest: { kind, modality } }) => ({ kind, modality }));
      const { person: caller } = context.get("caller");
      const models = [];
      for (const name of engines.names)
        models.push({ name, ...(await engines.use(name, { caller }, async ({ model }) => examplesOf(model, kinds))) });
      return context.json({ models });
    },
  );
  operations.add(
    {
      method: "get",
      path: "/studies/:study/similar-reports",
      summary: "Reports of similar images of other patients, from the server's index",
      scope: "read",
      query: z.strictObject({
        part: wholeText(100_000).default(0).describe("an image of the study"),
        k: wholeText(20).default(3).describe("how many at most"),
      }),
      response: similarShape,
      may: { 404: "the server has no index", 400: "the part is no image" },
    },
    async (context, { query: { part, k } }) => {
      const study = context.req.param("study")!;
      await audit.record({
        who: context.get("caller").person,
        action: "reports.similar",
        object: `study/${study}`,
        outcome: "ok",
      });
      return context.json({ ...(await similar.of(study, part, Math.max(1, k))), notice: notForClinicalUse });
    },
  );
  operations.add(
    {
      method: "get",
      path: "/models",
      summary: "The models, default first, and what can be done with them here",
      scope: "read",
      response: modelsShape,
    },
    (context) =>
      context.json({ models: engines.names, strategies: answers.strategies, similarReports: similar.available }),
  );
}
