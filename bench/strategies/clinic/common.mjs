/** Shared parts: questions that occur in no training text, the books, and rows with intervals and paired tests. */
import { Random } from "../../../dist/base/random.js";
import { mcnemarTest, wilsonInterval } from "../../../dist/measure/index.js";
import { booksOf } from "../../../dist/recipes/clinic/text/books.js";
import { examPrompt, whichDisease } from "../../../dist/recipes/clinic/text/questions.js";
import { vignetteOf } from "../../../dist/recipes/clinic/text/sentences.js";
import { examSet } from "../../../dist/recipes/clinic/world/exam.js";
import { heldOutDiseases, knownDiseases, passingDiseases } from "../../../dist/recipes/clinic/world/world.js";
import { Corpus, callsTo, votesOf } from "../../../dist/strategy/index.js";

export const maxTokens = 120;
/** Parses a reply as the product does: a name that is not an option is not an answer. */
const parseOf = (options) => (text) => {
  const name = /Final Answer: (\w+)/.exec(text)?.[1];
  return options.includes(name) ? name : undefined;
};
export const says = (text) => [{ role: "user", content: [{ type: "text", text }] }];

/** Questions about known diseases, and about diseases that only the books know. */
export const questions = (kind, n) =>
  examSet(kind === "known" ? 101 : 202, n, kind === "known" ? knownDiseases : heldOutDiseases).map((exam) => {
    const options = exam.options.map(({ name }) => name);
    return {
      exam,
      messages: says(examPrompt(vignetteOf(exam.patient), whichDisease, options)),
      gold: options[exam.right],
      parse: parseOf(options),
    };
  });

export const books = () => new Corpus(booksOf([...knownDiseases, ...heldOutDiseases]));
/**
 * An encyclopaedia of the same signs in sixty diseases that are never options: its search results are irrelevant to
 * every question.
 */
export function irrelevantBooks() {
  const taken = new Set([...knownDiseases, ...heldOutDiseases].map(({ name }) => name));
  const strangers = passingDiseases(new Random(909), 60).filter(({ name }) => !taken.has(name));
  return new Corpus(booksOf(strangers));
}

/** Answers one question by a strategy, with the votes. */
export async function put(model, strategy, { messages, parse }, i) {
  const seed = 1000 * i;
  const { call, trace } = callsTo(model, { seed });
  const outcome = await strategy.run({ messages, maxTokens, sampling: { seed }, parse }, call);
  const replies = trace.reduce((sum, { replies: own }) => sum + own.length, 0);
  return { outcome, votes: votesOf(outcome.answer, parse), replies };
}

/** A row with the proportion of correct answers. @param base results of the other arm, question by question, if any. */
export function shareRow(id, right, base, peerName, note = "") {
  const n = right.length;
  const count = right.filter(Boolean).length;
  const { low, high } = wilsonInterval(count, n);
  const paired = base && {
    firstOnly: right.filter((r, i) => r && !base[i]).length,
    secondOnly: right.filter((r, i) => !r && base[i]).length,
  };
  const test = paired
    ? `; right here alone ${paired.firstOnly}, there alone ${paired.secondOnly}, exact McNemar p ${mcnemarTest(paired, "exact").p.toPrecision(2)}`
    : "";
  return {
    id,
    ours: count / n,
    unit: "right",
    ...(base && { peer: base.filter(Boolean).length / n, peerName }),
    note: `95% ${low.toFixed(3)}-${high.toFixed(3)}, n ${n}${test}${note === "" ? "" : `; ${note}`}`,
  };
}

export const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;
