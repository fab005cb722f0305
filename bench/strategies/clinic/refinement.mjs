/**
 * Ensemble refinement against self-consistency with the same number of calls; null control: the drafts' answers with
 * the reasoning of another question.
 */
import { withoutAnswer } from "../../../dist/strategy/ensemble-refinement.js";
import { callsTo, ensembleRefinement, votesOf } from "../../../dist/strategy/index.js";
import { maxTokens, questions, shareRow } from "./common.mjs";

const drafts = 9;
const answers = 33;

export async function rows({ model, of, log }) {
  const set = questions("known", of(1000));
  const first = [];
  const equal = [];
  for (const [i, { messages, parse, gold }] of set.entries()) {
    if (i % 50 === 0) log(`  drafts ${i} of ${set.length}`);
    const { call } = callsTo(model, { seed: 1000 * i });
    const all = await call("answer", messages, { temperature: 0.7, maxTokens, n: drafts + answers });
    first.push(all.slice(0, drafts));
    equal.push(votesOf(all, parse).answer === gold);
  }
  /** @param reasonsOf the drafts whose reasoning is shown with question `i`. */
  const arm = async (name, reasonsOf) => {
    const right = [];
    const ends = {};
    for (const [i, { messages, gold, parse }] of set.entries()) {
      if (i % 50 === 0) log(`  ${name} ${i} of ${set.length}`);
      const { call } = callsTo(model, { seed: 1000 * i });
      const others = reasonsOf(i);
      const given = first[i].map((reply, k) => ({
        ...reply,
        text: `${withoutAnswer(others[k].text)}\nFinal Answer: ${parse(reply.text) ?? "none"}`,
      }));
      const { answer, endedBy = "refined" } = await ensembleRefinement({ drafts, answers }).run(
        { messages, maxTokens, sampling: {}, parse },
        async (role, ...rest) => (role === "rationale" ? given : call(role, ...rest)),
      );
      ends[endedBy] = (ends[endedBy] ?? 0) + 1;
      right.push(votesOf(answer, parse).answer === gold);
    }
    return {
      right,
      ends: Object.entries(ends)
        .map(([why, n]) => `${why} ${n}`)
        .join(", "),
    };
  };
  const own = await arm("refinement", (i) => first[i]);
  const foreign = await arm("another question's reasoning", (i) => first[(i + 1) % set.length]);
  const voted = first.map((replies, i) => votesOf(replies, set[i].parse).answer === set[i].gold);
  const id = `clinic: ensemble refinement ${drafts} + ${answers}`;
  return [
    shareRow(id, own.right, equal, `self-consistency ${drafts + answers}`, own.ends),
    shareRow(`${id}, against its drafts`, own.right, voted, `self-consistency ${drafts}`),
    shareRow(
      "clinic: ensemble refinement with another question's rationales (null)",
      foreign.right,
      voted,
      `self-consistency ${drafts}`,
      foreign.ends,
    ),
  ];
}
