/** The key of a call. Two calls have the same key exactly when model, messages, sampling and sample index are equal. */
import { createHash } from "node:crypto";
import type { Image } from "../imaging/types.ts";
import type { Message, ModelIdentity } from "../model/contract.ts";

/** JSON that does not depend on the order of object keys. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

const imageHashes = new WeakMap<Image, string>();

function imageHash(image: Image): string {
  let hash = imageHashes.get(image);
  if (hash === undefined) {
    const { width, height, channels, data } = image;
    hash = createHash("sha256").update(`${width}x${height}x${channels}`).update(data).digest("hex");
    imageHashes.set(image, hash);
  }
  return hash;
}

/** SHA-256 of messages, hex; images are hashed by their pixels. */
export function messagesHash(messages: readonly Message[]): string {
  const keyed = messages.map(({ role, content }) => [
    role,
    content.map((part) => (part.type === "text" ? ["text", part.text] : ["image", imageHash(part.image)])),
  ]);
  return sha256(JSON.stringify(keyed));
}

export function callKey(
  model: ModelIdentity,
  messages: string,
  sampling: Readonly<Record<string, unknown>>,
  seed: number,
  sample: number,
): string {
  const { name, hash, precision, engine } = model;
  return sha256(canonical({ model: { name, hash, precision, engine }, messages, sampling, seed, sample }));
}
