/** PDF files as document parts. */
import { readPdf } from "../../imaging/page/index.ts";
import type { Limits } from "../../imaging/types.ts";
import type { DocumentPart } from "../types.ts";
import { hashOfBytes, labelOf, type OpenStudyOptions, readNamed } from "./read-part.ts";
import type { Source } from "./source.ts";

/** @throws the errors of `readPdf`, naming the file. */
export async function readPdfPart(source: Source, options: OpenStudyOptions, limits: Limits): Promise<DocumentPart> {
  const bytes = await source.bytes();
  const { password, signal } = options;
  const sha256 = hashOfBytes(bytes);
  const reading = readPdf(bytes, { limits, ...(password && { password }), ...(signal && { signal }) });
  const { pages, warnings } = await readNamed(source.name, reading);
  return {
    kind: "document",
    label: labelOf(source.name),
    modality: "DOC",
    origin: { files: [source.name], sha256 },
    warnings: warnings.map((warning) => ({ ...warning, where: source.name })),
    pages,
  };
}
