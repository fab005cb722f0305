/** The detector's result for each image, kept as long as the image: a follow-up question does not examine it again. */
import type { Image } from "../../imaging/types.ts";
import type { Generator } from "../contract.ts";

type Recognise = NonNullable<Generator["recognise"]>;

/** By the image object, whose pixels must not change. A failure or an abort is not kept; concurrent calls share one examination. */
export function oncePerImage(recognise: Recognise): Recognise {
  const examined = new WeakMap<Image, { readonly found: ReturnType<Recognise> }>();
  return async (image, options) => {
    for (;;) {
      const known = examined.get(image);
      if (known === undefined) break;
      try {
        return await known.found;
      } catch {
        // Aborted with the call that asked first: this one asks anew.
        if (examined.get(image) === known) examined.delete(image);
      }
    }
    const entry = { found: recognise(image, options) };
    examined.set(image, entry);
    try {
      return await entry.found;
    } catch (error) {
      if (examined.get(image) === entry) examined.delete(image);
      throw error;
    }
  };
}
