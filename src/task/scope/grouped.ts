/**
 * Answers a request from the probabilities of finer labels (`Ask.from`), so that several questions about one image cannot contradict each other: whether
 * there is pneumonia, and which kind, are sums over the same probabilities.
 */
import type { LabelGroups } from "../../model/scope/scope.ts";
import type { LabelProbability, TaskResult } from "../result.ts";
import type { ScopeDecision } from "./judge.ts";

/** How to answer a request: classify with `labels`, then pass the result to `answer`. */
export interface Grouped {
  /** The task whose answer it is: that of the request in the scope. */
  readonly task: "ask" | "classify";
  readonly labels: readonly string[];
  /** @param result of `classify` with `labels`; returned without an answer if it has none. */
  answer(result: TaskResult): TaskResult;
}

/** Fields of the answers of `classify` and `ask` that are read or written here. */
interface SingleLabel {
  readonly labels: readonly string[];
  readonly probabilities?: readonly LabelProbability[];
}

/** @returns undefined if the request is answered by its own prompt. */
export function groupedRequest(task: string, given: object, { requests, refusal }: ScopeDecision): Grouped | undefined {
  const options = given as Readonly<Record<string, unknown>>;
  const [first] = requests;
  if (first?.ask.from === undefined || (refusal !== undefined && options.anyway !== true)) return undefined;
  const { labels } = first.ask.from;
  if (task === "classify" && options.multi === true) {
    const { threshold = 0.5, labels: asked } = options as { threshold?: number; labels: readonly string[] };
    // Labels with different sources are judged by their own prompts.
    if (requests.some(({ ask }) => String(ask.from?.labels) !== String(labels))) return undefined;
    return { task: "classify", labels, answer: (result) => eachLabel(result, asked, requests, threshold) };
  }
  const { from, task: own } = first.ask;
  const trained = first.options as { question?: string; choices?: readonly string[]; labels?: readonly string[] };
  const names = trained.labels ?? trained.choices ?? Object.keys(from.groups);
  if (own !== "ask" && own !== "classify") return undefined;
  return {
    task: own,
    labels,
    answer: (result) =>
      withAnswer(result, own, ({ labels: [chosen], probabilities }: SingleLabel) => {
        const grouped = probabilities && sums(probabilities, from, names);
        const best =
          grouped === undefined
            ? groupOf(from, chosen)
            : grouped.reduce((a, b) => (b.probability > a.probability ? b : a)).label;
        const scored = grouped !== undefined && { probabilities: grouped };
        return own === "classify"
          ? { kind: "single", labels: [best], ...scored }
          : { kind: "closed", question: trained.question ?? "", answer: best, choices: names, ...scored };
      }),
  };
}

/** Multi-label mode: for each label the probability of its first group, `yes`. */
function eachLabel(
  result: TaskResult,
  asked: readonly string[],
  requests: ScopeDecision["requests"],
  threshold: number,
): TaskResult {
  return withAnswer(result, "classify", ({ labels: [chosen], probabilities }) => {
    const positive = requests.map(({ ask }) => Object.keys(ask.from!.groups)[0]);
    const scored =
      probabilities &&
      requests.map(({ ask }, i) => ({ ...sums(probabilities, ask.from!, [positive[i]])[0], label: asked[i] }));
    const found = asked.filter((_, i) =>
      scored === undefined
        ? groupOf(requests[i].ask.from!, chosen) === positive[i]
        : scored[i].probability >= threshold,
    );
    return { kind: "multi", labels: found, ...(scored && { probabilities: scored, threshold }) };
  });
}

function withAnswer(result: TaskResult, task: string, answer: (of: SingleLabel) => unknown): TaskResult {
  const named = { ...result, task };
  return result.answer === undefined ? named : { ...named, answer: answer(result.answer as SingleLabel) };
}

/** The probability of each group is the sum over its labels; its likelihood likewise. */
function sums(
  probabilities: readonly LabelProbability[],
  { groups }: LabelGroups,
  names: readonly string[],
): LabelProbability[] {
  return names.map((label) => {
    const own = probabilities.filter((one) => groups[label].includes(one.label));
    const highest = Math.max(...own.map(({ logLikelihood }) => logLikelihood));
    const sum = own.reduce((total, { logLikelihood }) => total + Math.exp(logLikelihood - highest), 0);
    return {
      label,
      probability: own.reduce((total, { probability }) => total + probability, 0),
      logLikelihood: highest + Math.log(sum),
    };
  });
}

const groupOf = ({ groups }: LabelGroups, label: string): string =>
  Object.keys(groups).find((name) => groups[name].includes(label))!;
