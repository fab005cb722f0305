/** The texts inside FHIR resources: attachments and XHTML narratives. */
import { type Json, object, text } from "./json.ts";

/** The text of an attachment, or why it is not read. */
export function attachmentText(attachment: Json): { text: string } | { reason: string } {
  const type = text(attachment.contentType) ?? "text/plain";
  const data = text(attachment.data);
  const title = text(attachment.title) ?? type;
  if (data === undefined)
    return {
      reason: `the text (${title}) is not in the source${text(attachment.url) ? `, but at ${attachment.url}` : ""}`,
    };
  if (!/^text\/|xml|json/.test(type)) return { reason: `an attachment of type ${type} is not read as text` };
  let decoded: string;
  try {
    decoded = new TextDecoder().decode(Uint8Array.from(atob(data), (char) => char.charCodeAt(0)));
  } catch {
    return { reason: `the attachment ${title} is not valid base64` };
  }
  return { text: /html|xml/.test(type) ? withoutMarkup(decoded) : decoded };
}

/** The words of a narrative's XHTML. */
export function narrativeText(narrative: unknown): string | undefined {
  const div = text(object(narrative)?.div);
  if (div === undefined) return undefined;
  const words = withoutMarkup(div);
  return words === "" ? undefined : words;
}

const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " " };

/** Markup to text: blocks end lines, cells are parted by tabs, entities are decoded. */
export function withoutMarkup(markup: string): string {
  return markup
    .replace(/<!--[\s\S]*?-->/g, "")
    .replace(/<(script|style)\b[\s\S]*?<\/\1>/gi, "")
    .replace(/\s+/g, " ")
    .replace(/<\/(td|th)\s*>/gi, "\t")
    .replace(/<(br|\/p|\/div|\/tr|\/li|\/h\d|\/table|\/ul|\/ol|\/caption|\/title)\b[^>]*>/gi, "\n")
    .replace(/<[^>]*>/g, "")
    .replace(/&(#x?[0-9a-f]+|\w+);/gi, (whole, name: string) => {
      if (name[0] !== "#") return entities[name] ?? whole;
      const code = name[1] === "x" || name[1] === "X" ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
      return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    })
    .replace(/[ \t]*\n[ \t]*/g, "\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}
