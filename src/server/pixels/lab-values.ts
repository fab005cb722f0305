/**
 * The values of a laboratory document with their positions on its pages, as `polyclinic labs` reads them from the text
 * layer.
 */
import { type LabDocument, type LabPage, readLabDocument } from "../../records/labs/index.ts";
import type { DocumentPart } from "../../study/index.ts";
import { HttpError } from "../http-error.ts";

export async function labValues(part: DocumentPart | undefined): Promise<LabDocument> {
  if (part?.kind !== "document")
    throw new HttpError(400, "server/part", "this part is not a document", { found: part?.kind ?? "picture" });
  const pages = part.pages.map(
    ({ image, text }): LabPage => ({
      width: image.width,
      height: image.height,
      text,
      picture: image,
      document: part.origin.files[0],
    }),
  );
  return readLabDocument(pages);
}
