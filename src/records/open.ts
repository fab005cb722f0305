/** Opens a record of any supported format from bytes or text: detects the format, reads it, selects the patient. */
import { PolyclinicError } from "../base/errors.ts";
import { readCda } from "./read/cda/index.ts";
import { readFhirText, readNdjson } from "./read/fhir/index.ts";
import { readHl7 } from "./read/hl7/index.ts";
import { readNotes } from "./read/notes/index.ts";
import { chooseRecord, type HealthRecord, type ReadOptions, type RecordFormat, type RecordSet } from "./record.ts";

/** Reads all records of a source, by patient. Options as for `openRecord`. */
export async function openRecords(source: Uint8Array | string, options: ReadOptions = {}): Promise<RecordSet> {
  const text = typeof source === "string" ? source : decode(source, options.name);
  switch (recogniseRecord(text, options.name)) {
    case "cda":
      return readCda(text, options);
    case "hl7v2":
      return readHl7(text, options);
    case "fhir":
      return readFhirText(text, options);
    case "fhir-ndjson":
      return readNdjson([typeof source === "string" ? new TextEncoder().encode(source) : source], options);
    case "text":
      return readNotes([{ name: options.name ?? "note", text }], options);
    default:
      throw new PolyclinicError("records/format", "the format is not recognised", {
        where: options.name,
        expected: "FHIR R4 (JSON or NDJSON), C-CDA, HL7 v2 or plain text; OMOP tables are opened together",
        found: JSON.stringify(text.trim().slice(0, 40)),
      });
  }
}

/**
 * Opens one patient's record.
 * @throws `records/several-patients` when the source holds several and `options.patient` chooses none; see the readers for the rest.
 */
export async function openRecord(source: Uint8Array | string, options: ReadOptions = {}): Promise<HealthRecord> {
  return chooseRecord(await openRecords(source, options), options.patient, options.name);
}

/** The format by the first characters, and by name only for plain text. Undefined when nothing fits. */
export function recogniseRecord(text: string, name = ""): RecordFormat | undefined {
  const head = text
    .slice(0, 4000)
    .replace(/^\ufeff/, "")
    .trimStart();
  if (head.startsWith("<")) return "cda";
  if (/^(?:MSH|FHS|BHS)[^A-Za-z0-9\s]/.test(head)) return "hl7v2";
  if (head.startsWith("{") || head.startsWith("[")) {
    if (/\.ndjson$/i.test(name)) return "fhir-ndjson";
    const end = head.indexOf("\n");
    // Two lines that are objects each: one resource a line.
    if (
      head.startsWith("{") &&
      end > 0 &&
      isJson(head.slice(0, end)) &&
      text.slice(text.indexOf("\n")).trim().startsWith("{")
    )
      return "fhir-ndjson";
    if (head.startsWith("{") && end < 0 && text.length > 4000) {
      const line = text.indexOf("\n");
      if (line > 0 && text.slice(line).trim().startsWith("{") && isJson(text.slice(0, line))) return "fhir-ndjson";
    }
    return "fhir";
  }
  if (/\.(txt|text|md)$/i.test(name) || name === "") return head === "" || head.includes("\u0000") ? undefined : "text";
  return undefined;
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}

/** Bytes to text: UTF-8, UTF-16 by its mark, or what an XML declaration names. */
function decode(bytes: Uint8Array, where: string | undefined): string {
  const mark = (bytes[0] << 8) | bytes[1];
  if (mark === 0xfffe) return new TextDecoder("utf-16le").decode(bytes);
  if (mark === 0xfeff) return new TextDecoder("utf-16be").decode(bytes);
  const head = new TextDecoder("latin1").decode(bytes.subarray(0, 200));
  const named = /^\s*<\?xml[^>]*encoding\s*=\s*["']([\w-]+)/i.exec(head.replace(/^\u00ef\u00bb\u00bf/, ""))?.[1];
  try {
    return new TextDecoder(named ?? "utf-8").decode(bytes);
  } catch (cause) {
    throw new PolyclinicError("records/encoding", "the text encoding is unknown", { where, found: named, cause });
  }
}
