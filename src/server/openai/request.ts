/** The supported fields of `/v1/chat/completions`; every other field is rejected by name instead of being ignored. */
import { z } from "zod";
import { HttpError } from "../http-error.ts";
import { checked } from "../operations/body.ts";

const text = z.strictObject({ type: z.literal("text"), text: z.string() });
const image = z.strictObject({
  type: z.literal("image_url"),
  image_url: z.strictObject({ url: z.string(), detail: z.enum(["auto", "low", "high"]).optional() }),
});
const file = z.strictObject({
  type: z.literal("file"),
  file: z.strictObject({ file_data: z.string(), filename: z.string().max(400).optional() }),
});
const message = z.strictObject({
  role: z.enum(["system", "developer", "user", "assistant"]),
  content: z.union([z.string(), z.array(z.union([text, image, file]))]),
  name: z.string().optional(),
});

export const chatRequest = z.strictObject({
  model: z.string(),
  messages: z.array(message).min(1),
  stream: z.boolean().nullish(),
  stream_options: z.strictObject({ include_usage: z.boolean().nullish() }).nullish(),
  max_tokens: z.int().positive().nullish(),
  max_completion_tokens: z.int().positive().nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().gt(0).max(1).nullish(),
  top_k: z.int().positive().nullish(),
  min_p: z.number().min(0).max(1).nullish(),
  repetition_penalty: z.number().positive().nullish(),
  seed: z.int().nullish(),
  stop: z.union([z.string(), z.array(z.string()).max(16)]).nullish(),
  n: z.int().min(1).max(64).nullish(),
  logprobs: z.boolean().nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  response_format: z
    .discriminatedUnion("type", [
      z.strictObject({ type: z.literal("text") }),
      z.strictObject({
        type: z.literal("json_schema"),
        json_schema: z.strictObject({
          name: z.string(),
          description: z.string().optional(),
          schema: z.record(z.string(), z.unknown()),
          strict: z.boolean().nullish(),
        }),
      }),
    ])
    .nullish(),
  user: z.string().optional(),
  /** Extension of this server: a strategy such as `self-consistency` or `selective:threshold=0.7`. */
  strategy: z.string().nullish(),
  /** Extension of this server: the maximum number of model replies for the strategy. */
  budget: z.int().nonnegative().nullish(),
  /** Only for task models such as `nano:report`: a study of this server, instead of files in the message. */
  study: z.string().nullish(),
  /** Only for task models: the task's options, named as the command's flags. */
  options: z.record(z.string(), z.unknown()).nullish(),
});

export type ChatRequest = z.infer<typeof chatRequest>;

/** Fields that have no effect at this value, and that clients send by default. */
const neutral: Readonly<Record<string, unknown>> = {
  frequency_penalty: 0,
  presence_penalty: 0,
  parallel_tool_calls: true,
  store: false,
  service_tier: "auto",
};

/** @throws HttpError 400 `server/field` naming the first unknown or invalid field. */
export function parseChatRequest(body: unknown): ChatRequest {
  const given = typeof body === "object" && body !== null ? { ...body } : body;
  if (typeof given === "object" && given !== null)
    for (const [field, value] of Object.entries(neutral))
      if ((given as Record<string, unknown>)[field] === value || (given as Record<string, unknown>)[field] === null)
        delete (given as Record<string, unknown>)[field];
  const request = parsedBy(chatRequest, given);
  if (request.top_logprobs != null && !request.logprobs)
    throw new HttpError(400, "server/field", "top_logprobs requires logprobs", {
      where: "top_logprobs",
      expected: "logprobs: true",
    });
  return request;
}

/**
 * Rejects fields that only task models take, and files, which a chat does not read. @throws HttpError 400
 * `server/field`.
 */
export function refuseTaskFields(request: ChatRequest): void {
  const where =
    request.study != null
      ? "study"
      : request.options != null
        ? "options"
        : request.messages.some(
              ({ content }) => typeof content !== "string" && content.some(({ type }) => type === "file"),
            )
          ? "messages"
          : undefined;
  if (where === undefined) return;
  throw new HttpError(400, "server/field", "is only for task models", {
    where,
    hint: `Use ${request.model}:report or another task model from /v1/models.`,
  });
}

/** @throws HttpError 400 `server/field` naming the first unknown or invalid field. */
export const parsedBy = <Schema extends z.ZodType>(schema: Schema, body: unknown): z.infer<Schema> =>
  checked(schema, body, "body", { message: "this field is not supported", hint: "Omit it: it would be ignored." });
