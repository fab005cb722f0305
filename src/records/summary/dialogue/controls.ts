/** Control characters of a transcript: colours of a terminal log, remains of a conversion. They are no speech, and neither XML nor FHIR can hold them. */

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is found
const controls = /\u001b\[[0-?]*[ -/]*[@-~]|[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;

/** The text with as many blanks as each control character or terminal sequence is long, so that positions stay; and what they were. */
export function withoutControls(text: string): { text: string; warnings: string[] } {
  const counts = new Map<string, number>();
  const blank = text.replace(controls, (found) => {
    const name =
      found.length > 1
        ? "ESC sequences (U+001B, as of a terminal)"
        : `U+${found.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
    return " ".repeat(found.length);
  });
  if (counts.size === 0) return { text, warnings: [] };
  const listed = [...counts].slice(0, 5).map(([name, count]) => `${count} ${name}`);
  const more = counts.size > 5 ? ` and ${counts.size - 5} other kinds` : "";
  return {
    text: blank,
    warnings: [
      `control characters were read as blanks: ${listed.join(", ")}${more}; compare the lines with the transcript`,
    ],
  };
}
