/** Converts the AI SDK's prompt to messages of the model contract: images are decoded and laid out as in training. */
import type { LanguageModelV3FilePart, LanguageModelV3Message, LanguageModelV3Prompt } from "@ai-sdk/provider";
import { PolyclinicError } from "../base/errors.ts";
import { readPhoto } from "../imaging/photo/index.ts";
import type { Content, Message, ModelLimits } from "../model/contract.ts";
import { image2dView, imageContent, imagesOf } from "../study/views/index.ts";

/** @throws PolyclinicError `provider/content` for unsupported content: tools, files other than images. */
export async function messagesOf(prompt: LanguageModelV3Prompt, limits: ModelLimits): Promise<Message[]> {
  const messages: Message[] = [];
  for (const message of prompt) messages.push(await messageOf(message, limits));
  return messages;
}

async function messageOf(message: LanguageModelV3Message, limits: ModelLimits): Promise<Message> {
  switch (message.role) {
    case "system":
      return { role: "system", content: [{ type: "text", text: message.content }] };
    case "user": {
      const content: Content[] = [];
      for (const part of message.content)
        content.push(
          ...(part.type === "text" ? [{ type: "text" as const, text: part.text }] : await picturesOf(part, limits)),
        );
      return { role: "user", content };
    }
    case "assistant": {
      const content: Content[] = [];
      for (const part of message.content) {
        // Earlier thoughts are left out: the models were not trained to see them.
        if (part.type === "reasoning") continue;
        if (part.type !== "text") throw unsupported(`content of type ${part.type} in an assistant message`);
        content.push({ type: "text", text: part.text });
      }
      return { role: "assistant", content };
    }
    case "tool":
      throw unsupported("a tool result");
  }
}

async function picturesOf(
  { data, mediaType, filename }: LanguageModelV3FilePart,
  limits: ModelLimits,
): Promise<Content[]> {
  if (!mediaType.startsWith("image/")) throw unsupported(mediaType, filename);
  if (limits.imageSize === undefined)
    throw new PolyclinicError("provider/content", "the model does not accept images", {
      where: filename ?? mediaType,
    });
  if (data instanceof URL) throw unsupported("a URL", data.href);
  const bytes = typeof data === "string" ? Buffer.from(data, "base64") : data;
  const image = await readPhoto(bytes);
  return imagesOf(image2dView({ image, label: filename ?? mediaType }, limits)).map(imageContent);
}

function unsupported(found: string, where?: string): PolyclinicError {
  return new PolyclinicError("provider/content", "this type of content cannot be passed to the model", {
    where,
    expected: "text and images",
    found,
    hint: "Open DICOM, NIfTI and slide files with openStudy and use a task.",
  });
}
