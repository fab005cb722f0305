/** `/api/answers`, `/api/models`: asking, as a stream of events; what was answered, and what the model saw. */
import { Hono } from "hono";
import { streamSSE } from "hono/streaming";
import { z } from "zod";
import { examplesOf } from "../../task/scope/examples.ts";
import type { Audit } from "../access/audit.ts";
import { requireScope } from "../access/guard.ts";
import type { Engines } from "../engines/engines.ts";
import { HttpError } from "../http-error.ts";
import { errorBody } from "../openai/errors.ts";
import type { OpenedStudies } from "../pixels/opened.ts";
import type { Answers } from "./answers.ts";
import { bodyOf } from "./body.ts";
import { whole } from "./study-routes.ts";

export interface AnswerRouteOptions {
  readonly answers: Answers;
  readonly engines: Engines;
  readonly studies: OpenedStudies;
  readonly audit: Audit;
}

const question = z.strictObject({
  study: z.string(),
  task: z.string(),
  options: z.record(z.string(), z.unknown()).default({}),
  model: z.string().optional(),
  anyway: z.boolean().default(false),
});

/** Under `/api`. */
export function answerRoutes({ answers, engines, studies, audit }: AnswerRouteOptions): Hono {
  const app = new Hono();
  const read = requireScope(audit, "read");

  // Events: `stage`, `text` as it is written, then `answer` or `error`. A closed connection stops the engine.
  app.post("/answers", requireScope(audit, "answer"), async (context) => {
    const { model = engines.names[0], ...asked } = await bodyOf(context, question);
    if (!engines.has(model))
      throw new HttpError(404, "server/model", "this server has no such model", {
        where: "model",
        expected: engines.names.join(", "),
        found: model,
      });
    const { person } = context.get("caller");
    const { signal } = context.req.raw;
    await audit.record({
      who: person,
      action: "answer.create",
      object: `study/${asked.study}`,
      outcome: "ok",
      detail: { task: asked.task },
    });
    return streamSSE(context, async (stream) => {
      const abort = new AbortController();
      stream.onAbort(() => abort.abort());
      signal.addEventListener("abort", () => abort.abort(), { once: true });
      const send = (event: string, data: object) => stream.writeSSE({ event, data: JSON.stringify(data) });
      try {
        const answer = await answers.ask({ ...asked, model }, person, {
          signal: abort.signal,
          onStage: (stage) => void send("stage", { stage }),
          onText: (text) => void send("text", { text }),
        });
        if (answer !== undefined) await send("answer", answer);
      } catch (error) {
        if (!abort.signal.aborted) await send("error", errorBody(error));
      }
    });
  });

  app.get("/studies/:study/answers", read, async (context) =>
    context.json({ answers: await answers.ofStudy(context.req.param("study")) }),
  );
  app.get("/answers/:answer", read, async (context) => context.json(await answers.of(context.req.param("answer"))));

  app.get("/answers/:answer/seen/:image", read, async (context) => {
    const [, n] = /^(\d{1,5})\.png$/.exec(context.req.param("image")) ?? [];
    if (n === undefined)
      throw new HttpError(404, "server/not-found", "there is no such image", { where: context.req.path });
    const side = context.req.query("side");
    const png = await answers.seenImage(
      context.req.param("answer"),
      Number(n),
      side === undefined ? undefined : whole("side", side, 4096),
    );
    return new Response(new Uint8Array(png), { headers: { "Content-Type": "image/png" } });
  });

  /** What each model may be asked about a study. */
  app.get("/studies/:study/examples", read, async (context) => {
    const { parts } = await studies.of(context.req.param("study"));
    const kinds = parts.map(({ manifest: { kind, modality } }) => ({ kind, modality }));
    const models = [];
    for (const name of engines.names)
      models.push({ name, ...(await engines.use(name, undefined, async ({ model }) => examplesOf(model, kinds))) });
    return context.json({ models });
  });
  app.get("/models", read, (context) => context.json({ models: engines.names }));
  return app;
}
