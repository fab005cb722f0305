/**
 * Images of recent requests, as the model sees them: a follow-up about the same image neither decodes it again nor, because the model's detector keeps its
 * result with the image, examines it again. By content and by caller: whether an image is known shows in the time of an
 * answer, and must not tell one person what another has sent. An erasure clears it (`Engines.forget`).
 */
import { createHash } from "node:crypto";
import type { Content } from "../../model/contract.ts";

/** Files of all callers together; one view of 896 x 896 pixels takes 2.4 MB. */
const maxImages = 16;

export class SeenImages {
  /** In order of use, the latest last. */
  private readonly images = new Map<string, Promise<Content[]>>();

  /** @param encoded the image's file, as it was sent. @param decode called if it is not kept. */
  async of(caller: string, encoded: string, decode: () => Promise<Content[]>): Promise<Content[]> {
    const content = createHash("sha256").update(encoded).digest("base64");
    const key = JSON.stringify([caller, content]);
    const known = this.images.get(key);
    const image = known ?? decode();
    this.images.delete(key);
    this.images.set(key, image);
    if (known === undefined) {
      // An image that cannot be decoded is decoded, and refused, anew.
      image.catch(() => this.images.delete(key));
      if (this.images.size > maxImages) this.images.delete(this.images.keys().next().value!);
    }
    return image;
  }

  forget(): void {
    this.images.clear();
  }
}
