/**
 * Makes text from files, servers and models safe for a terminal. Control characters could move the cursor, rename the
 * window or hide text, and bidirectional marks can reorder it; each is shown as its escape, which JSON reads as the
 * same character.
 */

/** C0 but tab and line feed, DEL, C1, and the embeddings, overrides and isolates of Unicode's bidirectional algorithm. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

export function printable(text: string): string {
  return text
    .replaceAll("\r\n", "\n")
    .replace(controls, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** For text drawn in images, where control characters have no glyph: they are removed, and a tab becomes a space. */
export function drawable(text: string): string {
  return text.replaceAll("\t", " ").replace(controls, "");
}
