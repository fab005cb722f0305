/** Converts a client's messages to the model's format: images are decoded and laid out as in training. */
import { readPhotoPages } from "../../imaging/photo/index.ts";
import type { Content, Message, ModelLimits } from "../../model/contract.ts";
import { image2dView, imageContent, imagesOf } from "../../study/views/index.ts";
import { HttpError } from "../http-error.ts";
import type { ChatRequest } from "./request.ts";

/** Images of the caller's recent requests as this model sees them, by the file that was sent. */
export type KeptImages = (encoded: string, decode: () => Promise<Content[]>) => Promise<Content[]>;

/**
 * @throws HttpError 400 for a URL instead of a data URI: fetching URLs named by a client would allow server-side
 * request forgery (CVE-2025-6242).
 */
export async function messagesOf(
  request: ChatRequest,
  limits: ModelLimits,
  decodeOnce: KeptImages,
): Promise<Message[]> {
  return Promise.all(
    request.messages.map(async ({ role, content }, at): Promise<Message> => {
      const parts = typeof content === "string" ? [{ type: "text" as const, text: content }] : content;
      return {
        role: role === "developer" ? "system" : role,
        content: (
          await Promise.all(
            parts.map((part, i): Content[] | Promise<Content[]> =>
              part.type === "text"
                ? [{ type: "text", text: part.text }]
                : picturesOf(urlOf(part), limits, `messages.${at}.content.${i}.image_url.url`, decodeOnce),
            ),
          )
        ).flat(),
      };
    }),
  );
}

async function picturesOf(url: string, limits: ModelLimits, where: string, decodeOnce: KeptImages): Promise<Content[]> {
  if (limits.imageSize === undefined)
    throw new HttpError(400, "server/image", "this model does not accept images", { where });
  const [, base64] = /^data:image\/[a-z0-9.+-]+;base64,([A-Za-z0-9+/=\s]+)$/i.exec(url.slice(0, 100))
    ? [url, url.slice(url.indexOf(",") + 1)]
    : [];
  if (base64 === undefined)
    throw new HttpError(400, "server/image", "images must be sent inside the request", {
      where,
      expected: "data:image/png;base64,... or data:image/jpeg;base64,...",
      found: url.slice(0, 24),
      hint: "This server does not download from addresses.",
    });
  return decodeOnce(base64, () => decoded(base64, limits, where));
}

async function decoded(base64: string, limits: ModelLimits, where: string): Promise<Content[]> {
  const { images, pageCount, warnings } = await readPhotoPages(Buffer.from(base64, "base64"), { pages: [0] });
  const animation = warnings.find(({ code, message }) => code === "photo/left-out" && /animation/.test(message));
  if (animation !== undefined || pageCount > 1)
    throw new HttpError(400, "server/image", "contains more than one image", {
      where,
      expected: "one image",
      found: animation?.message ?? `${pageCount} pages`,
      hint: "Send each image separately.",
    });
  return imagesOf(image2dView({ image: images[0], label: where }, limits)).map(imageContent);
}

const urlOf = (part: { image_url: { url: string } } | { file: { file_data: string } }) =>
  "file" in part ? part.file.file_data : part.image_url.url;

const head = /^data:[a-z]+\/[a-z0-9.+-]+;base64,/i;

export const isDataUri = (text: string) => head.test(text.slice(0, 100));

/** The bytes of a data URI. @throws HttpError 400 `server/image` for any other URL. */
export function bytesOf(url: string, where: string): Buffer {
  if (isDataUri(url)) return Buffer.from(url.slice(url.indexOf(",") + 1), "base64");
  throw new HttpError(400, "server/image", "images and files must be sent inside the request", {
    where,
    expected: "data:image/png;base64,... or another data URI",
    found: url.slice(0, 24),
    hint: "This server does not download from addresses.",
  });
}
