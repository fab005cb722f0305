/** Plain text files as text parts. */
import { PolyclinicError } from "../../base/errors.ts";
import { allBytes, type ByteSource } from "../../bytes/index.ts";
import type { TextPart } from "../types.ts";
import { hashOf, labelOf, type Reading } from "./read-part.ts";

/** Maximum length; longer files are not clinical notes but named by mistake (a log, a table). */
const maxBytes = 16 << 20;

/** @throws `study/text-encoding` for anything but UTF-8, `study/empty-file` for whitespace only, `limit/bytes`. */
export async function readTextPart(source: ByteSource): Promise<Reading> {
  const where = source.name;
  if (source.size > maxBytes)
    throw new PolyclinicError("limit/bytes", "is too long for a text file", {
      where,
      expected: `at most ${maxBytes} bytes`,
      found: `${source.size} bytes`,
      hint: "Copy the relevant passages into a shorter file and name that file.",
    });
  const bytes = await allBytes(source, maxBytes);
  const text = utf8(bytes, where).replace(/\r\n?/g, "\n").trim();
  if (text === "")
    throw new PolyclinicError("study/empty-file", "the file contains no text", { where, found: "only white space" });
  const part: TextPart = {
    kind: "text",
    label: labelOf(where),
    modality: "DOC",
    origin: { files: [where], sha256: await hashOf([source]) },
    warnings: [],
    text,
  };
  return { parts: [part], leftOut: [], warnings: [] };
}

/** Other encodings are rejected: guessing could silently change words. */
export function utf8(bytes: Uint8Array, where: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new PolyclinicError("study/text-encoding", "is not text in UTF-8", {
      where,
      expected: "UTF-8",
      hint: "Save it again in UTF-8.",
      cause,
    });
  }
}
