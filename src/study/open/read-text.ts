/** Plain text files as text parts. */
import { PolyclinicError } from "../../base/errors.ts";
import type { TextPart } from "../types.ts";
import { hashOfBytes, labelOf } from "./read-part.ts";
import type { Source } from "./source.ts";

/** No note of a patient is longer; what is was named by mistake (a log, a table). */
const maxBytes = 16 << 20;

/** @throws `study/text-encoding` for anything but UTF-8, `study/empty-file` for blanks alone, `limit/bytes`. */
export async function readTextPart(source: Source): Promise<TextPart> {
  const where = source.name;
  if (source.size > maxBytes)
    throw new PolyclinicError("limit/bytes", "is too long for a text", {
      where,
      expected: `at most ${maxBytes} bytes`,
      found: `${source.size} bytes`,
      hint: "Cut out what matters and name that.",
    });
  const bytes = await source.bytes();
  const text = decode(bytes, where).replace(/\r\n?/g, "\n").trim();
  if (text === "") throw new PolyclinicError("study/empty-file", "the file holds no text", { where, found: "blanks" });
  return {
    kind: "text",
    label: labelOf(where),
    modality: "DOC",
    origin: { files: [where], sha256: hashOfBytes(bytes) },
    warnings: [],
    text,
  };
}

/** Another encoding is refused, not guessed: a guess would change words without a trace. */
function decode(bytes: Uint8Array, where: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new PolyclinicError("study/text-encoding", "is not text in UTF-8", {
      where,
      expected: "UTF-8",
      hint: "Save it again with the encoding UTF-8.",
      cause,
    });
  }
}
