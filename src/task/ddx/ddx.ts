/** Differential diagnosis: a ranked list for a case (McDuff et al., Nature 2025, whose prompt asks for ten). */
import { PolyclinicError } from "../../base/errors.ts";
import { differentialWords } from "../../prompts/index.ts";
import { defineTask, type Parsed } from "../define.ts";
import { undecorated } from "../parse/final-answer.ts";
import { statementsWith } from "../statements.ts";

export interface DdxRequest {
  /** How many diagnoses. Default 10. */
  count?: number;
}

export interface Diagnosis {
  readonly name: string;
  /** The model's reason, written after the name. */
  readonly reason?: string;
}

export interface DdxAnswer {
  /** Most likely first, without duplicates. */
  readonly diagnoses: readonly Diagnosis[];
}

const usual = 10;

export const ddxTask = defineTask<DdxRequest, DdxAnswer, "ddx">({
  name: "ddx",
  summary: "list the most likely diagnoses of a case",
  description: "list the most likely diagnoses of a case in order of likelihood",
  example: "samples/clinic-case.txt --model clinic",
  options: { count: { kind: "number", whole: true, help: "number of diagnoses (10)" } },
  needs: {},
  answerTokens: 1024,
  check({ count }) {
    if (count !== undefined && !(count >= 1 && count <= 50))
      throw new PolyclinicError("task/argument", "is out of range", {
        where: "count",
        expected: "1 to 50",
        found: String(count),
      });
  },
  render: ({ form }, { count = usual }) => ({
    prompts: [{ version: `ddx-${form}@1`, after: differentialWords(count) }],
  }),
  parse: ({ texts: [text] }, { count = usual }) => parseDifferential(text, count),
  key: ({ diagnoses: [first] }) => normalName(first.name),
  answerSchema: (z) =>
    z.looseObject({ diagnoses: z.array(z.looseObject({ name: z.string(), reason: z.string().optional() })) }),
  text: ({ diagnoses }) =>
    diagnoses.map(({ name, reason }, i) => `${i + 1}. ${name}${reason === undefined ? "" : `: ${reason}`}`).join("\n"),
  statements: ({ diagnoses }) =>
    statementsWith({
      findings: diagnoses.map(({ name, reason }) => ({ text: reason === undefined ? name : `${name}: ${reason}` })),
      summary: `Differential diagnosis: ${diagnoses.map(({ name }) => name).join(", ")}`,
    }),
});

/** Lower case without punctuation; entries with equal keys are duplicates. */
export const normalName = (name: string): string =>
  name
    .toLowerCase()
    .normalize("NFKC")
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();

/** Splits at the first colon or dash between words. Only one space of each run is examined, so that the time is linear in the length. */
function parted(line: string): [head: string, reason?: string] {
  const mark = /(?<=.)(?::\s|\s[-–—]\s)/.exec(line);
  const reason = mark === null ? "" : line.slice(mark.index + mark[0].length).trim();
  return mark === null || reason === "" ? [line] : [line.slice(0, mark.index).trim(), reason];
}

/**
 * Parses a list; text after a colon or dash is the reason. Lines before and after the list have no bullet and are
 * ignored.
 */
export function parseDifferential(text: string, count: number): Parsed<DdxAnswer> {
  const lines = text.split("\n").map((line) => line.trim());
  const bullet = /^(?:[-*•]|\d{1,2}[.)])\s+/;
  const listed = lines.some((line) => bullet.test(line)) ? lines.filter((line) => bullet.test(line)) : lines;
  const diagnoses = new Map<string, Diagnosis>();
  let twice = 0;
  for (const line of listed) {
    const bare = line.replace(bullet, "").replace(/^\*\*(.+?)\*\*/, "$1");
    if (bare === "" || /:$/.test(bare)) continue;
    const [head, reason] = parted(bare);
    const name = undecorated(head);
    const key = normalName(name);
    if (key === "") continue;
    if (diagnoses.has(key)) twice++;
    else diagnoses.set(key, { name, ...(reason !== undefined && { reason }) });
  }
  const all = [...diagnoses.values()];
  if (all.length === 0) return { problems: ["no list of diagnoses"] };
  const problems = [
    ...(twice > 0 ? [`${twice} repeated, counted once`] : []),
    ...(all.length < count ? [`${all.length} diagnoses, fewer than the ${count} asked for`] : []),
  ];
  return { answer: { diagnoses: all.slice(0, count) }, problems };
}
