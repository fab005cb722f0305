/** Ensemble refinement against self-consistency of as many calls; null: rationales of another question. */
import { readReasonings } from "../../../dist/prompts/index.js";
import { withoutAnswer } from "../../../dist/strategy/ensemble-refinement.js";
import { callsTo, votesOf } from "../../../dist/strategy/index.js";
import { maxTokens, parse, questions, says, shareRow } from "./common.mjs";

const drafts = 9;
const answers = 33;

export async function rows({ model, of, log }) {
  const set = questions("known", of(1000));
  const first = [];
  const equal = [];
  for (const [i, { messages }] of set.entries()) {
    if (i % 50 === 0) log(`  drafts ${i} of ${set.length}`);
    const { call } = callsTo(model, { seed: 1000 * i });
    const all = await call("answer", messages, { temperature: 0.7, maxTokens, n: drafts + answers });
    first.push(all.slice(0, drafts));
    equal.push(votesOf(all, parse).answer === set[i].gold);
  }
  const refined = [];
  const foreign = [];
  for (const [i, { messages, gold }] of set.entries()) {
    if (i % 50 === 0) log(`  refinement ${i} of ${set.length}`);
    const { call } = callsTo(model, { seed: 1000 * i });
    for (const [right, from] of [
      [refined, first[i]],
      [foreign, first[(i + 1) % set.length]],
    ]) {
      const words = readReasonings(from.map(({ text }) => withoutAnswer(text)));
      const prompt = says(`${messages[0].content[0].text}\n\n${words}`);
      const replies = await call("answer", prompt, { temperature: 0.7, maxTokens, n: answers });
      right.push(votesOf(replies, parse).answer === gold);
    }
  }
  const voted = first.map((replies, i) => votesOf(replies, parse).answer === set[i].gold);
  return [
    shareRow(
      `clinic: ensemble refinement ${drafts} + ${answers}`,
      refined,
      equal,
      `self-consistency ${drafts + answers}`,
    ),
    shareRow(
      `clinic: ensemble refinement ${drafts} + ${answers}, against its drafts`,
      refined,
      voted,
      `self-consistency ${drafts}`,
    ),
    shareRow(
      "clinic: ensemble refinement with another question's rationales (null)",
      foreign,
      voted,
      `self-consistency ${drafts}`,
    ),
  ];
}
