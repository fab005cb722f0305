/**
 * Shared parts: questions, books, and rows with intervals and paired tests.
 *
 * The questions, and the diseases described only in the books, were drawn after all defaults had been chosen (with other seeds), so that no default was
 * chosen on them.
 */
import { Random } from "../../../dist/base/random.js";
import { mcnemarTest, meanInterval, wilsonInterval } from "../../../dist/measure/index.js";
import { booksOf } from "../../../dist/recipes/clinic/text/books.js";
import { examPrompt, whichDisease } from "../../../dist/recipes/clinic/text/questions.js";
import { vignetteOf } from "../../../dist/recipes/clinic/text/sentences.js";
import { examSet } from "../../../dist/recipes/clinic/world/exam.js";
import { pastimes, places } from "../../../dist/recipes/clinic/world/names.js";
import { heldOutDiseases, knownDiseases, passingDiseases } from "../../../dist/recipes/clinic/world/world.js";
import { Corpus, callsTo, votesOf } from "../../../dist/strategy/index.js";

export const maxTokens = 120;
/** Parses a reply as the product does: a name that is not an option is not an answer. */
const parseOf = (options) => (text) => {
  const name = /Final Answer: (\w+)/.exec(text)?.[1];
  return options.includes(name) ? name : undefined;
};
/** One user turn. @returns {import("../../../dist/model/index.js").Message[]} */
export const userTurn = (text) => [{ role: "user", content: [{ type: "text", text }] }];

const names = (list) => new Set(list.map(({ name }) => name));

/** Twenty diseases that occur in no training text and in no earlier measurement. */
export const freshDiseases = (() => {
  const taken = names([...knownDiseases, ...heldOutDiseases]);
  return passingDiseases(new Random(20261129), 40)
    .filter(({ name }) => !taken.has(name))
    .slice(0, 20);
})();

/** Questions about known diseases, and about diseases described only in the books. */
export const questions = (kind, n) =>
  examSet(kind === "known" ? 11001 : 22002, n, kind === "known" ? knownDiseases : freshDiseases).map((exam) => {
    const options = exam.options.map(({ name }) => name);
    return {
      exam,
      options,
      messages: userTurn(examPrompt(vignetteOf(exam.patient), whichDisease, options)),
      gold: options[exam.correct],
      parse: parseOf(options),
    };
  });

export const world = [...knownDiseases, ...freshDiseases];
export const books = () => new Corpus(booksOf(world));

/** The same diseases, each with the signs, treatment, test and urgency of another: books that name the options and are wrong. */
export const wrongDiseases = (() => {
  const order = new Random(606).shuffle(world.map((_, i) => i));
  return order.map((one, i) => ({ ...world[order[(i + 1) % order.length]], name: world[one].name }));
})();
export const wrongBooks = () => new Corpus(booksOf(wrongDiseases));

/** Pages that name the options and the patients' places and pastimes, and nothing about signs. */
export function besideBooks() {
  const random = new Random(707);
  const of = (list) => list[random.below(list.length)];
  return new Corpus(
    world.map(({ name }) => ({
      name: `${name}.md`,
      text: `${[`On ${of(places)}: ${name}.`, `On who ${of(pastimes)}: ${name}.`, ...[1, 2, 3, 4].map((i) => `On shelf ${i}: ${name}.`)].join("\n")}\n`,
    })),
  );
}

/** An encyclopaedia of the same signs in sixty diseases that are never options: its search results are irrelevant to every question. */
export function irrelevantBooks() {
  const taken = names([...world, ...heldOutDiseases]);
  return new Corpus(booksOf(passingDiseases(new Random(909), 60).filter(({ name }) => !taken.has(name))));
}

/** Answers one question by a strategy, with the votes. @param records of `recordsOf`. */
export async function put({ model, cache }, strategy, { messages, parse }, i) {
  const seed = 1000 * i;
  const { call, trace } = callsTo(model, { seed, cache });
  const outcome = await strategy.run({ messages, maxTokens, sampling: { seed }, parse }, call);
  const replies = trace.reduce((sum, { replies: own }) => sum + own.length, 0);
  return { outcome, votes: votesOf(outcome.answer, parse), replies };
}

/** A row with the proportion of correct answers. @param base results of the other arm, question by question, if any. */
export function shareRow(id, correct, base, peerName, note = "") {
  const n = correct.length;
  const count = correct.filter(Boolean).length;
  const { low, high } = wilsonInterval(count, n);
  return {
    id,
    ours: count / n,
    unit: "correct",
    n,
    ...(base && { peer: base.filter(Boolean).length / n, peerName }),
    note: `95 % ${low.toFixed(3)}-${high.toFixed(3)}, n ${n}${base ? `; ${pairedText(correct, base)}` : ""}${note === "" ? "" : `; ${note}`}`,
  };
}

/** Paired difference with its interval, discordant pairs and the exact McNemar test. */
export function pairedText(correct, base) {
  const differences = correct.map((r, i) => Number(r) - Number(base[i]));
  const paired = {
    firstOnly: differences.filter((d) => d > 0).length,
    secondOnly: differences.filter((d) => d < 0).length,
  };
  if (paired.firstOnly + paired.secondOnly === 0) return "equal in every case";
  const { low, high } = meanInterval(differences);
  const signed = (x) => `${x < 0 ? "" : "+"}${x.toFixed(3)}`;
  const { p } = mcnemarTest(paired, "exact");
  return `difference ${signed(mean(differences))} (${signed(low)} to ${signed(high)}), correct only here ${paired.firstOnly}, only there ${paired.secondOnly}, exact McNemar p ${p.toPrecision(2)}`;
}

export const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;
