/**
 * What speaks for and against each diagnosis of a model's list, and what to ask or test next, without a table of rates: estimated from lists that the model itself writes
 * for the case, for the case without one of its statements, and for the case with one more finding present or absent.
 *
 * All of it is about the model's lists, not about patients: a share is how often and how high a diagnosis stands in sampled lists, which is no calibrated probability,
 * and the expected information is what an answer would change in these lists.
 */
import { differentialWords, findingsToAsk } from "../../prompts/index.ts";
import { normalName, parseDifferential } from "../../task/ddx/ddx.ts";
import type { OwnEvidence, OwnLists, OwnNext } from "../../task/ddx/own-lists.ts";
import { undefinedIfBudgetUsedUp } from "../calls.ts";
import { linesOf, userSays } from "../messages.ts";
import { wordsOf } from "../retrieval/evidence.ts";
import type { Call } from "../strategy.ts";

export interface OwnListsOptions {
  /** Diagnoses in a list. Default 10. */
  readonly count?: number;
  /** Lists per question. Default 7. */
  readonly samples?: number;
  readonly temperature?: number;
  /** Findings or tests to choose from; by default the model names five. */
  readonly candidates?: readonly string[];
  /** The beginning of the case that is never left out, because it says what world it is of. */
  readonly setting?: string;
  /** The case with one more finding, in the wording the model knows. */
  readonly withFinding?: (caseText: string, finding: string, present: boolean) => string;
}

type Shares = ReadonlyMap<string, number>;

const usual = { count: 10, samples: 7, temperature: 0.7 };
/** Statements and findings examined, at most. */
const most = { statements: 8, findings: 5 };
/** A smaller change of share is not listed as evidence: one list of seven moves a share by up to a seventh of a half. */
const weakest = 0.05;

const statedAs = (caseText: string, finding: string, present: boolean) =>
  `${caseText.trim()}\n\nAlso known: ${present ? "" : "no "}${finding}.`;

/** @param caseText the case. @returns what could be estimated before the budget ended; `endedBy` says if that is not all. */
export async function ownLists(call: Call, caseText: string, options: OwnListsOptions = {}): Promise<OwnLists> {
  const { count, samples, temperature, setting = "", withFinding = statedAs } = { ...usual, ...options };
  const names = new Map<string, string>();
  let [lists, unparsed] = [0, 0];
  const sharesOf = async (text: string): Promise<Shares | undefined> => {
    const messages = userSays(`${text}\n\n${differentialWords(count)}`);
    const replies = await undefinedIfBudgetUsedUp(call("list", messages, { n: samples, temperature, maxTokens: 512 }));
    if (replies === undefined || replies.length < samples) return undefined;
    const weights = new Map<string, number>();
    for (const { text: listText, unclosedThought, finishReason } of replies) {
      const parsed =
        unclosedThought || finishReason === "repetition" ? undefined : parseDifferential(listText, count).answer;
      if (parsed === undefined) unparsed++;
      else lists++;
      // Half of a list's weight is on its first diagnosis, a quarter on the second: a list states an order and no probabilities.
      for (const [rank, { name }] of (parsed?.diagnoses ?? []).entries()) {
        const key = normalName(name);
        if (!names.has(key)) names.set(key, name);
        weights.set(key, (weights.get(key) ?? 0) + 2 ** -(rank + 1));
      }
    }
    const total = [...weights.values()].reduce((a, b) => a + b, 0);
    return new Map([...weights].map(([key, weight]) => [key, weight / total]));
  };
  const before = await sharesOf(caseText);
  const top = [...(before ?? [])]
    .sort(([, a], [, b]) => b - a)
    .slice(0, count)
    .map(([key]) => key);
  const evidence = new Map<string, OwnEvidence[]>(top.map((key) => [key, []]));
  const next: OwnNext[] = [];
  const ended = (endedBy?: OwnLists["endedBy"]): OwnLists => ({
    diagnoses: top.map((key) => {
      const own = [...evidence.get(key)!].sort((a, b) => Math.abs(b.change) - Math.abs(a.change));
      return {
        name: names.get(key)!,
        share: before!.get(key)!,
        for: own.filter(({ change }) => change >= weakest),
        against: own.filter(({ change }) => change <= -weakest),
      };
    }),
    next: next.sort((a, b) => b.bits - a.bits),
    lists,
    unparsed,
    ...(endedBy !== undefined && { endedBy }),
  });
  if (before === undefined) return ended("budget");
  if (top.length === 0) return ended("no list");
  // What to ask comes first: it is worth more than the evidence if the budget ends.
  let { candidates } = options;
  if (candidates === undefined) {
    const first = top.slice(0, 5).map((key) => names.get(key)!);
    const words = `${caseText}\n\n${findingsToAsk(first, most.findings)}`;
    const named = await undefinedIfBudgetUsedUp(call("findings", userSays(words), { temperature: 0, maxTokens: 256 }));
    if (named === undefined) return ended("budget");
    candidates = linesOf(named[0].unclosedThought ? "" : named[0].text).slice(0, most.findings);
  }
  const known = wordsOf(caseText);
  for (const finding of candidates) {
    const words = [...wordsOf(finding)];
    if (words.length === 0 || words.every((word) => known.has(word))) continue;
    const present = await sharesOf(withFinding(caseText, finding, true));
    const absent = present && (await sharesOf(withFinding(caseText, finding, false)));
    if (present === undefined || absent === undefined) return ended("budget");
    if (present.size === 0 || absent.size === 0) continue;
    const firstOf = (shares: Shares) => names.get([...shares].reduce((a, b) => (b[1] > a[1] ? b : a))[0])!;
    next.push({
      finding,
      ...expected(before, present, absent),
      ifPresent: firstOf(present),
      ifAbsent: firstOf(absent),
    });
  }
  const head = caseText.startsWith(setting) ? setting : "";
  for (const { statement, rest } of statementsOf(caseText.slice(head.length)).slice(0, most.statements)) {
    const without = await sharesOf(`${head}${head === "" ? "" : " "}${rest}`);
    if (without === undefined) return ended("budget");
    if (without.size === 0) continue;
    for (const key of top) evidence.get(key)!.push({ statement, change: before.get(key)! - (without.get(key) ?? 0) });
  }
  return ended();
}

const entropy = (shares: Iterable<number>) => {
  let sum = 0;
  for (const p of shares) if (p > 0) sum -= p * Math.log2(p);
  return sum;
};

/** How much an answer tells, if the two lists are what the model will believe; the probability of the answer is fitted. Where the two lists are equal, nothing can be told. */
export function expected(
  before: Shares,
  present: Shares,
  absent: Shares,
): Pick<OwnNext, "bits" | "probability" | "unexplained"> {
  const keys = [...new Set([...before.keys(), ...present.keys(), ...absent.keys()])];
  const of = (shares: Shares) => keys.map((key) => shares.get(key) ?? 0);
  const [p, yes, no] = [of(before), of(present), of(absent)];
  const apart = yes.reduce((sum, y, i) => sum + (y - no[i]) ** 2, 0);
  const along = p.reduce((sum, own, i) => sum + (own - no[i]) * (yes[i] - no[i]), 0);
  const probability = apart === 0 ? 0.5 : Math.min(1, Math.max(0, along / apart));
  const mixed = yes.map((y, i) => probability * y + (1 - probability) * no[i]);
  const bits = entropy(mixed) - probability * entropy(yes) - (1 - probability) * entropy(no);
  // Total variation distance.
  const unexplained = p.reduce((sum, own, i) => sum + Math.abs(own - mixed[i]), 0) / 2;
  return { bits: Math.max(0, bits), probability, unexplained };
}

/**
 * The statements of a case that can be left out, each with the rest: sentences after the first, and the members of a list (`a, b and c`). The beginning of a sentence is
 * never left out on its own, because it says of whom it is.
 */
export function statementsOf(caseText: string): { statement: string; rest: string }[] {
  const out: { statement: string; rest: string }[] = [];
  const sentences = [...caseText.matchAll(/[^.!?\n]+[.!?]*/g)].filter(([text]) => /\p{L}/u.test(text));
  for (const [i, sentence] of sentences.entries()) {
    const from = sentence.index;
    const pieces = [...sentence[0].matchAll(/(?:^|,\s*(?:and\s+)?|\s+and\s+)(?:(?!,|\s+and\s).)+/gs)];
    const whole = {
      statement: sentence[0].trim(),
      rest: `${caseText.slice(0, from)}${caseText.slice(from + sentence[0].length)}`.trim(),
    };
    if (pieces.length < 2) {
      if (i > 0) out.push(whole);
      continue;
    }
    for (const piece of pieces.slice(1)) {
      const text = piece[0].replace(/[.!?]+$/, "");
      const at = from + piece.index;
      const statement = text.replace(/^(?:,\s*)?(?:\s*and\s+)?/, "").trim();
      if (statement !== "") out.push({ statement, rest: caseText.slice(0, at) + caseText.slice(at + text.length) });
    }
  }
  return out;
}
