/** Differential diagnosis: a ranked list for a case (McDuff et al., Nature 2025, whose prompt asks for ten). */
import { PolyclinicError } from "../../base/errors.ts";
import { differentialWords } from "../../prompts/index.ts";
import { textsOf } from "../../study/views/items.ts";
import { defineTask, type Parsed } from "../define.ts";
import { undecorated } from "../parse/final-answer.ts";
import { statementsWith } from "../statements.ts";
import { type OwnLists, ownListsSchema, ownListsText } from "./own-lists.ts";
import { type RateTable, ratesOf, statedFindings } from "./rates.ts";
import { type Evidence, evidenceOf, type NextFinding, nextFindings, posteriorOf } from "./weigh.ts";

export interface DdxRequest {
  /** How many diagnoses. Default 10. */
  count?: number;
  /** A table of rates by which the list is weighed: evidence for and against each diagnosis, and what to ask or test next. */
  rates?: RateTable;
}

export interface Diagnosis {
  readonly name: string;
  /** The model's reason, written after the name. */
  readonly reason?: string;
  /** By the table of rates, over all its diagnoses; absent if there is no table, or the diagnosis is not in it. */
  readonly probability?: number;
  /** What raises its odds, the strongest first; by the table. */
  readonly for?: readonly Evidence[];
  /** What lowers them. */
  readonly against?: readonly Evidence[];
}

export interface DdxAnswer {
  /** Most likely first, without duplicates. */
  readonly diagnoses: readonly Diagnosis[];
  /** With a table of rates: what it was given and what it says beyond the list. */
  readonly weighed?: WeightedEvidence;
  /** What the model's own sampled lists say; only if asked for. */
  readonly ownLists?: OwnLists;
}

export interface WeightedEvidence {
  /** Findings of the table that the case names as there, and as not there. All others are not known. */
  readonly present: readonly string[];
  readonly absent: readonly string[];
  /** What to ask or test next, the most informative first; at most five. */
  readonly next: readonly NextFinding[];
  /** Diagnoses of the table that the list lacks although their probability is at least .05. */
  readonly missing: readonly { readonly name: string; readonly probability: number }[];
}

const defaultCount = 10;

export const ddxTask = defineTask<DdxRequest, DdxAnswer, "ddx">({
  name: "ddx",
  summary: "list the most likely diagnoses of a case",
  description: "list the most likely diagnoses of a case in order of likelihood",
  example: "samples/clinic-case.txt --model clinic --rates samples/clinic-rates.json",
  options: {
    count: { kind: "number", whole: true, help: "number of diagnoses (10)" },
    rates: {
      kind: "json",
      placeholder: "file.json",
      help: "how often findings occur in diagnoses: adds the evidence for and against each, and what to ask or test next",
    },
  },
  needs: {},
  answerTokens: 1024,
  check({ count, rates }) {
    if (rates !== undefined) ratesOf(rates);
    if (count !== undefined && !(count >= 1 && count <= 50))
      throw new PolyclinicError("task/argument", "is out of range", {
        where: "count",
        expected: "1 to 50",
        found: String(count),
      });
  },
  render: ({ form }, { count = defaultCount }) => ({
    prompts: [{ version: `ddx-${form}@1`, after: differentialWords(count) }],
  }),
  parse({ texts: [text] }, { count = defaultCount, rates }, layout) {
    const { answer, problems } = parseDifferential(text, count);
    if (answer === undefined || rates === undefined) return { problems, ...(answer && { answer }) };
    const stated = textsOf(layout)
      .map((item) => item.text)
      .join("\n");
    return weighed(answer, problems, rates, stated);
  },
  verify: ({ diagnoses }) => orderDoubts(diagnoses),
  key: ({ diagnoses: [first] }) => normalName(first.name),
  answerSchema: (z) => {
    const evidence = z.array(z.looseObject({ finding: z.string(), present: z.boolean(), bits: z.number() })).optional();
    const named = { name: z.string(), probability: z.number() };
    return z.looseObject({
      diagnoses: z.array(
        z.looseObject({
          name: z.string(),
          reason: z.string().optional(),
          probability: z.number().optional(),
          for: evidence,
          against: evidence,
        }),
      ),
      weighed: z
        .looseObject({
          present: z.array(z.string()),
          absent: z.array(z.string()),
          next: z.array(z.looseObject({ finding: z.string(), bits: z.number(), probability: z.number() })),
          missing: z.array(z.looseObject(named)),
        })
        .optional(),
      ownLists: ownListsSchema(z).optional(),
    });
  },
  text: ({ diagnoses, weighed, ownLists }) =>
    [
      ...diagnoses.flatMap(({ name, reason, probability, for: pro = [], against = [] }, i) => [
        `${i + 1}. ${name}${reason === undefined ? "" : `: ${reason}`}${probability === undefined ? "" : ` (${percent(probability)} by the table)`}`,
        ...(pro.length === 0 ? [] : [`   for: ${pro.map(evidenceText).join(", ")}`]),
        ...(against.length === 0 ? [] : [`   against: ${against.map(evidenceText).join(", ")}`]),
      ]),
      ...(weighed === undefined ? [] : weighedText(weighed)),
      ...(ownLists === undefined ? [] : ownListsText(ownLists)),
    ].join("\n"),
  statements: ({ diagnoses }) =>
    statementsWith({
      findings: diagnoses.map(({ name, reason }) => ({ text: reason === undefined ? name : `${name}: ${reason}` })),
      summary: `Differential diagnosis: ${diagnoses.map(({ name }) => name).join(", ")}`,
    }),
});

const percent = (p: number) => (p < 0.01 ? "under 1 %" : p > 0.99 ? "over 99 %" : `${Math.round(100 * p)} %`);
const evidenceText = ({ finding, present, bits }: Evidence) =>
  `${present ? "" : "no "}${finding} (${bits > 0 ? "+" : ""}${bits.toFixed(1)})`;

const weighedText = ({ present, absent, next, missing }: WeightedEvidence) => [
  `Findings that the table was given: ${[...present, ...absent.map((finding) => `no ${finding}`)].join(", ") || "none of its findings"}. Evidence in bits of log-odds.`,
  ...missing.map(({ name, probability }) => `Not in the list: ${name} (${percent(probability)} by the table)`),
  ...next.map(
    ({ finding, bits, probability }, i) =>
      `${i === 0 ? "Ask or test next: " : "                  "}${finding} (expected ${bits.toFixed(2)} bits; present in ${percent(probability)})`,
  ),
];

/** Evidence weaker than this many bits is not listed. */
const weakest = 0.1;
const minProbability = 0.05;

function weighed(
  { diagnoses }: DdxAnswer,
  problems: readonly string[],
  table: RateTable,
  text: string,
): Parsed<DdxAnswer> {
  const rates = ratesOf(table);
  const stated = statedFindings(text, rates.findings);
  const p = posteriorOf(rates, stated);
  const evidence = evidenceOf(rates, stated);
  const rows = new Map(rates.names.map((name, d) => [normalName(name), d]));
  const listed = diagnoses.map((own) => {
    const d = rows.get(normalName(own.name));
    if (d === undefined) return own;
    return {
      ...own,
      probability: p[d],
      for: evidence[d].filter(({ bits }) => bits >= weakest),
      against: evidence[d].filter(({ bits }) => bits <= -weakest),
    };
  });
  const names = new Set(diagnoses.map(({ name }) => normalName(name)));
  const unknown = listed.filter(({ probability }) => probability === undefined).map(({ name }) => name);
  return {
    answer: {
      diagnoses: listed,
      weighed: {
        present: stated.present.map((i) => rates.findings[i]),
        absent: stated.absent.map((i) => rates.findings[i]),
        next: nextFindings(rates, stated).slice(0, 5),
        missing: rates.names
          .map((name, d) => ({ name, probability: p[d] }))
          .filter(({ name, probability }) => probability >= minProbability && !names.has(normalName(name)))
          .sort((a, b) => b.probability - a.probability),
      },
    },
    problems: [...problems, ...(unknown.length > 0 ? [`not in the table of rates: ${unknown.join(", ")}`] : [])],
  };
}

/** The list is in the model's order: warns if its first diagnosis is much less probable by the table than a later one. */
function orderDoubts([first, ...later]: readonly Diagnosis[]): string[] {
  const best = later.reduce((a, b) => ((b.probability ?? 0) > (a.probability ?? 0) ? b : a), first);
  if (first.probability === undefined || best.probability! < 2 * first.probability) return [];
  return [
    `the order is the model's and contradicts the table: ${best.name} (${percent(best.probability!)}) is more probable there than ${first.name} (${percent(first.probability)}), the first`,
  ];
}

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

/** A line that speaks to the reader, as in a refusal, is no diagnosis. */
const prose = /^(?:i|i'm|i’m|sorry|as an?|please|unfortunately|however|my)\s/i;

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
    if (bare === "" || /:$/.test(bare) || (!bullet.test(line) && prose.test(bare))) continue;
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
