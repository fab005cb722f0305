/** PDF files as document parts. */
import { allBytes, type ByteSource } from "../../bytes/index.ts";
import { readPdf } from "../../imaging/page/index.ts";
import type { Limits } from "../../imaging/types.ts";
import { hashOf, labelOf, type OpenStudyOptions, type Reading, readNamed } from "./read-part.ts";

/** @throws the errors of `readPdf`, naming the file. */
export async function readPdfPart(source: ByteSource, options: OpenStudyOptions, limits: Limits): Promise<Reading> {
  const bytes = await allBytes(source, limits.maxBytes);
  const { password, signal } = options;
  const sha256 = await hashOf([source]);
  const reading = readPdf(bytes, { limits, ...(password && { password }), ...(signal && { signal }) });
  const { pages, warnings } = await readNamed(source.name, reading);
  const part = {
    kind: "document",
    label: labelOf(source.name),
    modality: "DOC",
    origin: { files: [source.name], sha256 },
    warnings: warnings.map((warning) => ({ ...warning, where: source.name })),
    pages,
  } as const;
  return { parts: [part], leftOut: [], warnings: [] };
}
