/** Builds a chat completion request for the server's dialect. */
import sharp from "sharp";
import { PolyclinicError } from "../../base/errors.ts";
import type { Image } from "../../imaging/types.ts";
import type { Content, GenerateOptions, Message } from "../contract.ts";
import type { DialectTraits } from "./dialect.ts";

/** Encoded images, cached by image. */
const encoded = new WeakMap<Image, Promise<string>>();

/** PNG is lossless; JPEG would change what the model sees. */
export function dataUri(image: Image): Promise<string> {
  let uri = encoded.get(image);
  if (uri === undefined) {
    const { width, height, channels, data } = image;
    uri = sharp(data, { raw: { width, height, channels } })
      .png({ compressionLevel: 6 })
      .toBuffer()
      .then((png) => `data:image/png;base64,${png.toString("base64")}`);
    encoded.set(image, uri);
  }
  return uri;
}

export async function chatMessages(messages: readonly Message[]): Promise<unknown[]> {
  return Promise.all(
    messages.map(async ({ role, content }) => ({
      role,
      content:
        content.every(({ type }) => type === "text") && role !== "user"
          ? content.map((item) => (item.type === "text" ? harmless(item.text) : "")).join("\n")
          : await Promise.all(content.map(chatPart)),
    })),
  );
}

/** Strings that a server's tokenizer would turn into Gemma's control tokens. */
const controlToken =
  /<(?=(?:pad|eos|bos|unk|mask|start_of_turn|end_of_turn|start_of_image|end_of_image|image_soft_token|unused\d{1,4})>)|\[(?=(?:multimodal|toxicity)\])|<(?=\/?(?:s|think|tool_call|tool_response)>|\|[\w-]{1,40}\|>)/gi;

/** Neutralises control token strings by inserting an invisible word joiner after their first character. In process they are tokenised as plain text anyway. */
export function harmless(text: string): string {
  return text.replace(controlToken, "$&\u2060");
}

async function chatPart(item: Content): Promise<unknown> {
  if (item.type === "text") return { type: "text", text: harmless(item.text) };
  return { type: "image_url", image_url: { url: await dataUri(item.image) } };
}

/** @throws PolyclinicError `remote/option` for an option the server would ignore. */
export function generationFields(options: GenerateOptions, traits: DialectTraits): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  const set = (option: string, field: string | undefined, value: unknown) => {
    if (value === undefined) return;
    if (field === undefined) throw unsupported(option, traits);
    fields[field] = value;
  };
  set("maxTokens", "max_tokens", options.maxTokens);
  set("temperature", "temperature", options.temperature);
  set("topP", "top_p", options.topP);
  set("topK", traits.topK, options.topK);
  set("minP", traits.minP, options.minP);
  set("repetitionPenalty", traits.repetitionPenalty, options.repetitionPenalty);
  set("seed", traits.seed ? "seed" : undefined, options.seed);
  set("stop", "stop", options.stop?.length ? options.stop : undefined);
  if (options.forbiddenTokenIds?.length) {
    if (!traits.logitBias) throw unsupported("forbiddenTokenIds", traits);
    fields.logit_bias = Object.fromEntries(options.forbiddenTokenIds.map((id) => [String(id), -100]));
  }
  // All five servers take OpenAI's form of structured output.
  if (options.schema !== undefined)
    fields.response_format = {
      type: "json_schema",
      json_schema: { name: "answer", strict: true, schema: options.schema },
    };
  // The tokens of a thought cannot be distinguished in a server's list.
  set("logprobs", undefined, options.logprobs);
  if (options.prefix !== undefined)
    throw new PolyclinicError("remote/option", "a prefix can only be used by the engine that created it", {
      where: "prefix",
      hint: "A server caches prefixes itself: send the whole conversation.",
    });
  if (traits.keepsSpecialTokens) fields.skip_special_tokens = false;
  return fields;
}

function unsupported(option: string, { name }: DialectTraits): PolyclinicError {
  return new PolyclinicError("remote/option", `a ${name} server ignores this option`, {
    where: option,
    hint: "Omit it, or use another server.",
  });
}
