import { PolyclinicError } from "../../base/errors.ts";

/** The text with a mark under the faulty position, truncated to a line. */
function shown(text: string, position: number): string {
  const from = Math.max(0, position - 20);
  const to = Math.min(text.length, position + 20);
  return `${from > 0 ? "..." : ""}${text.slice(from, position)} >>> ${text.slice(position, to)}${to < text.length ? "..." : ""}`;
}

/**
 * An error in a SMILES text. `where` names the character, 1-based, and shows it.
 *
 * @param code `molecules/...`
 * @param position of the faulty character, 0-based.
 */
export function smilesError(
  code: string,
  summary: string,
  text: string,
  position: number,
  details: { expected?: string; found?: string; hint?: string } = {},
): PolyclinicError {
  return new PolyclinicError(code, summary, {
    where: `SMILES character ${position + 1} (${shown(text, position)})`,
    ...details,
  });
}

/** As `smilesError`, for a molecule of any source. */
export function rawError(
  code: string,
  summary: string,
  raw: { text: string; place: (position: number) => string },
  position: number,
  details: { expected?: string; found?: string; hint?: string } = {},
): PolyclinicError {
  return raw.text === ""
    ? new PolyclinicError(code, summary, { where: raw.place(position), ...details })
    : smilesError(code, summary, raw.text, position, details);
}
