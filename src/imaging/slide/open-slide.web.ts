/** Slides cannot be read in a browser: their tiles are decoded with native code. */
import { PolyclinicError } from "../../base/errors.ts";
import type { OpenedSlide } from "./open-slide.ts";

/** @throws `slide/not-in-a-browser`. */
export async function openSlide(input: string | { readonly name: string }): Promise<OpenedSlide> {
  throw new PolyclinicError("slide/not-in-a-browser", "is a whole-slide image, which cannot be read in the browser", {
    where: typeof input === "string" ? input : input.name,
    hint: "Use the package in Node.js, or `polyclinic serve`.",
  });
}
