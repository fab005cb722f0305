/** The narrative of a section as plain text: a line per row or paragraph, cells parted by ` | `, and the span of every element with an ID. */
import type { XmlElement } from "../../../bytes/xml.ts";

export interface Narrative {
  text: string;
  spans: ReadonlyMap<string, { from: number; to: number }>;
}

const blocks = new Set([
  "paragraph",
  "table",
  "thead",
  "tbody",
  "tr",
  "list",
  "item",
  "caption",
  "text",
  "br",
  "footnote",
]);

export function readNarrative(element: XmlElement | undefined): Narrative {
  let text = "";
  const spans = new Map<string, { from: number; to: number }>();
  const newLine = () => {
    text = text.trimEnd();
    if (text !== "" && !text.endsWith("\n")) text += "\n";
  };
  const visit = (at: XmlElement) => {
    const block = blocks.has(at.name);
    if (block) newLine();
    if (at.name === "item") text += "- ";
    const from = text.length;
    for (const each of at.children) {
      if (typeof each !== "string") visit(each);
      else {
        const words = each.replace(/\s+/g, " ");
        if (words === " " && (text === "" || /\s$/.test(text))) continue;
        text += /\s$/.test(text) || text === "" ? words.trimStart() : words;
      }
    }
    if (at.name === "td" || at.name === "th") {
      text = text.length > from ? text.trimEnd() : text;
      text += " | ";
    }
    const id = at.attributes.ID ?? at.attributes.id;
    const to = Math.max(from, text.replace(/(?:\s*\|)?\s*$/, "").length);
    if (id !== undefined && !spans.has(id)) spans.set(id, { from: Math.min(from, to), to });
    if (at.name === "tr") text = text.replace(/ \|\s*$/, "");
    if (block) newLine();
  };
  if (element !== undefined) visit(element);
  return { text: text.trimEnd(), spans };
}
