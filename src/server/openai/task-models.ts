/**
 * The clinical tasks as models, such as `nano:report`, so that any OpenAI client can ask for a report. Images and files
 * of the user's message are the study; its text is the task's main option (a question, labels, what to find). The
 * answer starts with its cautions. `result`, beside the choices, is the complete result, as in docs/result.schema.json.
 */
import type { Context } from "hono";
import { openStudy } from "../../study/index.ts";
import { type AnyOptions, run, type TaskResult, taskNamed, tasks } from "../../task/index.ts";
import type { Audit } from "../access/audit.ts";
import type { Answers } from "../clinical/answers.ts";
import type { Engines } from "../engines/engines.ts";
import { HttpError } from "../http-error.ts";
import { plainText } from "../spoken.ts";
import { noUsage, usageOf } from "./choices.ts";
import { bytesOf } from "./messages.ts";
import type { ChatRequest } from "./request.ts";
import { streamed } from "./stream.ts";

export interface TaskModelOptions {
  readonly engines: Engines;
  readonly answers: Answers;
  readonly audit: Audit;
}

/** Model names for the tasks that take a single study. */
export function taskModels(engines: Engines): string[] {
  return engines.names.flatMap((model) => tasks().flatMap(({ name, needs }) => (needs.pair ? [] : `${model}:${name}`)));
}

export const isTaskModel = (model: string, engines: Engines) => taskModels(engines).includes(model);

/** Fields of a chat request that the task sets itself. */
const decided = ["logprobs", "top_logprobs", "strategy", "budget", "stop", "response_format"] as const;

export async function taskCompletion(
  context: Context,
  request: ChatRequest,
  head: object,
  { engines, answers, audit }: TaskModelOptions,
): Promise<Response> {
  const at = request.model.lastIndexOf(":");
  const [model, task] = [request.model.slice(0, at), taskNamed(request.model.slice(at + 1))];
  for (const field of decided)
    if (request[field] != null) throw field400(field, `this is set by the task ${task.name}`);
  if ((request.n ?? 1) > 1) throw field400("n", "a task gives one answer");
  if (request.messages.length !== 1 || request.messages[0].role !== "user")
    throw field400("messages", "a task takes exactly one user message");
  const { content } = request.messages[0];
  const parts = typeof content === "string" ? [{ type: "text" as const, text: content }] : content;
  const words = parts.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");
  const options = { ...samplingOf(request), ...optionsFrom(words, task.options), ...request.options };
  const { person } = context.get("caller");
  const answer = async (signal: AbortSignal): Promise<TaskResult> => {
    const files = parts.flatMap((part) => (part.type === "text" ? [] : [part]));
    if (request.study != null) {
      if (files.length > 0) throw field400("study", "a stored study and files exclude each other");
      await audit.record({
        who: person,
        action: "answer.create",
        object: `study/${request.study}`,
        outcome: "ok",
        detail: { task: task.name },
      });
      const question = { study: request.study, task: task.name, options, model, anyway: false };
      const stored = await answers.ask(question, person, { signal });
      if (stored !== undefined) return stored.result;
      throw new HttpError(499, "server/stopped", "the request was cancelled before its answer", { where: task.name });
    }
    const inputs = files.map((part, i) =>
      part.type === "image_url"
        ? { name: `image-${i + 1}`, data: bytesOf(part.image_url.url, `image ${i + 1}`) }
        : { name: part.file.filename ?? `file-${i + 1}`, data: bytesOf(part.file.file_data, `file ${i + 1}`) },
    );
    if (inputs.length === 0) throw field400("messages", "there is no image, file or stored study in the message");
    await using study = await openStudy(inputs);
    return await engines.use(model, { caller: person, signal }, ({ model: engine }) =>
      run(task, study, engine, { ...options, signal }),
    );
  };
  const finish = ({ parse, finishReason }: TaskResult) =>
    parse.status === "refused" ? "content_filter" : finishReason === "length" ? "length" : "stop";
  const usage = (result: TaskResult) => (result.usage === undefined ? noUsage : usageOf([result.usage]));
  if (request.stream)
    return streamed(context, head, async ({ signal, send, choice }) => {
      await choice(0, { role: "assistant", content: "" });
      const result = await answer(signal);
      // Cautions come first but are known only when the answer is complete, so the answer is not streamed.
      await choice(
        0,
        result.parse.status === "refused" ? { refusal: plainText(result) } : { content: plainText(result) },
      );
      await send({ choices: [{ index: 0, delta: {}, logprobs: null, finish_reason: finish(result) }], result });
      if (request.stream_options?.include_usage) await send({ choices: [], usage: usage(result) });
    });
  const result = await answer(context.req.raw.signal);
  const refused = result.parse.status === "refused";
  return context.json({
    ...head,
    object: "chat.completion",
    ...(result.cautions !== undefined && { cautions: result.cautions }),
    choices: [
      {
        index: 0,
        message: {
          role: "assistant",
          content: refused ? null : plainText(result),
          refusal: refused ? plainText(result) : null,
        },
        logprobs: null,
        finish_reason: finish(result),
      },
    ],
    usage: usage(result),
    result,
  });
}

const field400 = (where: string, summary: string) => new HttpError(400, "server/field", summary, { where });

function samplingOf(request: ChatRequest): Record<string, number> {
  const { temperature, top_p, top_k, min_p, repetition_penalty, seed } = request;
  const given = {
    maxTokens: request.max_completion_tokens ?? request.max_tokens,
    temperature,
    topP: top_p,
    topK: top_k,
    minP: min_p,
    repetitionPenalty: repetition_penalty,
    seed,
  };
  return Object.fromEntries(Object.entries(given).flatMap(([name, value]) => (value == null ? [] : [[name, value]])));
}

/**
 * The message's text as the option that is positional on the command line, or required; a list is separated by commas
 * or line breaks. All other options are given in `options`.
 */
function optionsFrom(words: string, options: AnyOptions): Record<string, unknown> {
  const text = words.trim();
  if (text === "") return {};
  const all = Object.entries(options);
  const taken =
    all.find(([, { last }]) => last !== undefined) ??
    all.find(([, { required, kind }]) => required && kind !== "json") ??
    all.find(([, { kind }]) => kind === "text");
  if (taken === undefined) return {};
  const [name, { kind }] = taken;
  if (kind !== "list") return { [name]: text };
  const items = text.split(/[,\n]/).map((one) => one.trim());
  return { [name]: items.filter((one) => one !== "") };
}
