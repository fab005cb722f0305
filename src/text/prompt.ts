/**
 * Messages to token ids: the checkpoint's template, exactly one `<bos>`, and every image expanded textually before tokenisation to
 * `\n\n<start_of_image>`, the soft tokens, `<end_of_image>\n\n` (Gemma3Processor), so that neighbouring newlines merge as in the reference.
 */
import { PolyclinicError } from "../base/errors.ts";
import { type ChatMessage, ChatTemplate } from "./chat-template.ts";
import { Tokenizer, type TokenizerSource } from "./tokenizer.ts";

/** What `PromptBuilder` needs of a checkpoint: tokenizer, chat template and the number of tokens per image. */
export interface PromptSource extends TokenizerSource {
  /** Jinja source; undefined for models without a chat format. */
  readonly chatTemplate: string | undefined;
  /** Number of soft tokens per image (256 for MedGemma); undefined for text-only models. */
  readonly tokensPerImage: number | undefined;
}

/** A prompt as token ids, with the positions that image embeddings fill. */
export interface TokenizedPrompt {
  readonly ids: Int32Array;
  /** Position of each image's soft tokens, in order. */
  readonly imageSpans: readonly { readonly start: number; readonly length: number }[];
}

const startOfImage = "<start_of_image>";
const endOfImage = "<end_of_image>";
const softToken = "<image_soft_token>";
/** Marks the place where an open user turn continues; everything from it on is removed after rendering. */
const openMark = "\uFDD1";
/** Number of tokens at the end of an open text that later text may still change; see `openPrefix`. */
const unstableTail = 16;

/** Renders chat messages with a checkpoint's template and tokenises them with image placeholders. */
export class PromptBuilder {
  readonly tokenizer: Tokenizer;
  private readonly template: ChatTemplate | undefined;
  private readonly tokensPerImage: number | undefined;
  private readonly bosId: number;

  constructor(source: PromptSource) {
    this.tokenizer = new Tokenizer(source);
    this.template = source.chatTemplate === undefined ? undefined : new ChatTemplate(source.chatTemplate);
    this.tokensPerImage = source.tokensPerImage;
    this.bosId = this.tokenizer.requireId("<bos>");
  }

  /** The prompt up to the start of the model's answer (or without the generation prompt, for training). */
  build(
    messages: readonly ChatMessage[],
    { generationPrompt = true }: { generationPrompt?: boolean } = {},
  ): TokenizedPrompt {
    return this.tokenize(this.render(messages, generationPrompt), countImages(messages));
  }

  /**
   * The beginning of a conversation whose last turn, the user's, is still open: a prefix of `build` of the same
   * messages with more content in that turn. Tokens that could still merge with later text are omitted: everything
   * after the last image or turn marker, or the last tokens of a long text. The caller compares ids, because merges
   * depend on the tokenizer.
   */
  openPrefix(messages: readonly ChatMessage[]): TokenizedPrompt {
    const last = messages.at(-1);
    if (last?.role !== "user") {
      throw new PolyclinicError("text/conversation", "do not end with a user message", {
        where: "messages",
        expected: "a user message at the end",
        found: last?.role ?? "no messages",
      });
    }
    const open = [
      ...messages.slice(0, -1),
      { role: last.role, content: [...last.content, { type: "text", text: openMark }] },
    ];
    const rendered = this.render(open as ChatMessage[], false);
    const prompt = this.tokenize(rendered.slice(0, rendered.indexOf(openMark)), countImages(messages));
    let end = prompt.ids.length;
    while (end > 0 && !this.tokenizer.isControl(prompt.ids[end - 1])) end--;
    return { ids: prompt.ids.slice(0, Math.max(end, prompt.ids.length - unstableTail)), imageSpans: prompt.imageSpans };
  }

  /** The prompt as text, with unexpanded images, for display. */
  show(messages: readonly ChatMessage[]): string {
    return this.tokenizer.unprotect(this.render(messages, true));
  }

  private render(messages: readonly ChatMessage[], generationPrompt: boolean): string {
    if (this.template === undefined) {
      throw new PolyclinicError("text/no-template", "has no chat template", {
        where: "chat_template.jinja",
        hint: "Use an instruction-tuned checkpoint (its name ends in -it).",
      });
    }
    const safe = messages.map(({ role, content }) => ({
      role,
      content: content.flatMap((part): ChatMessage["content"] => {
        if (part.type === "image") return part.crop ? [] : [{ type: part.type }];
        return [{ type: part.type, text: part.text === openMark ? openMark : this.protect(part.text) }];
      }),
    }));
    return expandCrops(this.template.render(safe, { generationPrompt }), messages);
  }

  private protect(text: string): string {
    return this.tokenizer.protect(text.replaceAll(openMark, "\uFFFD"));
  }

  private tokenize(rendered: string, images: number): TokenizedPrompt {
    const placeholders = rendered.split(startOfImage).length - 1;
    if (placeholders !== images) {
      throw new PolyclinicError("text/image-count", "the prompt's image placeholders do not match the images given", {
        where: "messages",
        expected: `${images} images`,
        found: `${placeholders} placeholders after rendering`,
        hint: "Pass each image as an item of a user message's content.",
      });
    }
    const expanded = images === 0 ? rendered : rendered.replaceAll(startOfImage, this.imageText());
    const ids = this.tokenizer.encode(expanded);
    if (ids[0] !== this.bosId) ids.unshift(this.bosId);
    const extra = ids.indexOf(this.bosId, 1);
    if (extra >= 0) ids.splice(extra, 1);
    return { ids: Int32Array.from(ids), imageSpans: this.findImages(ids, images) };
  }

  private imageText(): string {
    if (this.tokensPerImage === undefined) {
      throw new PolyclinicError("text/no-images", "the model does not accept images", {
        where: "messages",
        expected: "messages without images",
        hint: "Use a multimodal checkpoint.",
      });
    }
    return `\n\n${startOfImage}${softToken.repeat(this.tokensPerImage)}${endOfImage}\n\n`;
  }

  private findImages(ids: readonly number[], images: number): { start: number; length: number }[] {
    if (images === 0) return [];
    const length = this.tokensPerImage!;
    const soft = this.tokenizer.requireId(softToken);
    const spans: { start: number; length: number }[] = [];
    for (let i = ids.indexOf(soft); i >= 0; i = ids.indexOf(soft, i + length)) spans.push({ start: i, length });
    return spans;
  }
}

/** Gemma 3's words around an image and its crops, as transformers' Gemma3Processor writes them. */
function expandCrops(rendered: string, messages: readonly ChatMessage[]): string {
  const crops = cropsOfImages(messages);
  if (crops.every((count) => count === 0)) return rendered;
  let image = 0;
  return rendered.replaceAll(startOfImage, () => {
    const count = crops[image++] ?? 0;
    if (count === 0) return startOfImage;
    const more = new Array<string>(count).fill(startOfImage).join(" ");
    return `Here is the original image ${startOfImage} and here are some crops to help you see better ${more}`;
  });
}

/** How many crops follow each whole image. @throws PolyclinicError `text/image-count` for a crop without its image. */
function cropsOfImages(messages: readonly ChatMessage[]): number[] {
  const crops: number[] = [];
  for (const { content } of messages)
    for (const [i, part] of content.entries()) {
      if (part.type !== "image") continue;
      if (!part.crop) crops.push(0);
      else if (content[i - 1]?.type === "image") crops[crops.length - 1]++;
      else
        throw new PolyclinicError("text/image-count", "a crop does not follow an image", {
          where: "messages",
          expected: "the whole image, then its crops",
          found: `a crop at item ${i} of a message`,
        });
    }
  return crops;
}

function countImages(messages: readonly ChatMessage[]): number {
  return messages.reduce((sum, { content }) => sum + content.filter((part) => part.type === "image").length, 0);
}
