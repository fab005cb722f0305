/** Which of the patient's studies a frame shows, and its date: in every frame while another study is open. */
import { dateOf } from "../studies/table.tsx";
import { words } from "../words/en.ts";
import { daysBetween } from "./priors.ts";
import type { Reader } from "./reader.ts";

/** `Earlier 2024-03-01, 8 months`; undefined while only the current study is open. */
export function tagWords({ priors }: Reader, part: number): string | undefined {
  const text = words.viewer.priors;
  const study = priors.of(part);
  const current = priors.current.value;
  if (current === undefined || priors.opened.value.length === 0) return undefined;
  const date = (value: string) => dateOf(value) || text.unknown;
  if (study === undefined) return `${text.current} ${date(current.date)}`;
  return [
    `${whenWords(study.row.date, current.date)} ${date(study.row.date)}`,
    apartWords(study.row.date, current.date),
  ]
    .filter(Boolean)
    .join(", ");
}

/** Whether a study was made before or after the current one. */
export function whenWords(date: string, current: string): string {
  const text = words.viewer.priors;
  const days = daysBetween(date, current);
  return days === undefined ? text.unnamed : days > 0 ? text.earlier : days < 0 ? text.later : text.sameDay;
}

function apartWords(date: string, current: string): string | undefined {
  const days = daysBetween(date, current);
  return days ? words.viewer.priors.apart(Math.abs(days)) : undefined;
}

export function StudyTag({ reader, part }: { reader: Reader; part: number }) {
  const tag = tagWords(reader, part);
  if (tag === undefined) return null;
  return <span class={`study-tag${reader.priors.of(part) === undefined ? "" : " other"}`}>{tag}</span>;
}
