/**
 * Text from files, servers and models for a terminal. A control character in it could move the cursor, rename the window or hide what is before
 * it, and marks of direction can show letters in another order than they have; each is shown as its escape instead, which JSON reads as the same
 * character.
 */

/** C0 but tab and line feed, DEL, C1, and the embeddings, overrides and isolates of Unicode's bidirectional algorithm. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

export function printable(text: string): string {
  return text
    .replaceAll("\r\n", "\n")
    .replace(controls, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** For images, whose letters know no controls: without them, a tab as a space. */
export function drawable(text: string): string {
  return text.replaceAll("\t", " ").replace(controls, "");
}
