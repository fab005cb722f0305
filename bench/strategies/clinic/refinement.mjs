/**
 * Ensemble refinement against self-consistency with the same number of calls; null controls: the drafts' answers with the reasoning of another question, as it is and with
 * its options renamed to this question's.
 */
import { withoutAnswer } from "../../../dist/strategy/ensemble-refinement.js";
import { callsTo, ensembleRefinement, votesOf } from "../../../dist/strategy/index.js";
import { maxTokens, questions, shareRow } from "./common.mjs";
import { inPieces, recordsOf } from "./recorded.mjs";

const drafts = 9;
const answers = 33;

export async function rows({ model, of, log }) {
  const set = questions("known", of(1000));
  const { model: recorded, cache } = recordsOf("refinement", model);
  const drawn = (i) =>
    callsTo(recorded, { seed: 1000 * i, cache }).call("answer", set[i].messages, {
      temperature: 0.7,
      maxTokens,
      n: drafts + answers,
    });
  const all = await inPieces(
    set,
    async ({ messages, gold, parse, options }, i) => {
      const own = await drawn(i);
      const next = (i + 1) % set.length;
      const other = (await drawn(next)).slice(0, drafts).map(({ text }) => text);
      const renamed = other.map((text) =>
        set[next].options.reduce((said, name, k) => said.replaceAll(name, options[k]), text),
      );
      const first = own.slice(0, drafts);
      const { call } = callsTo(recorded, { seed: 1000 * i, cache });
      const refine = async (reasons) => {
        const given = first.map((reply, k) => ({
          ...reply,
          text: `${withoutAnswer(reasons[k])}\nFinal Answer: ${parse(reply.text) ?? "none"}`,
        }));
        const { answer, endedBy = "refined" } = await ensembleRefinement({ drafts, answers }).run(
          { messages, maxTokens, sampling: {}, parse },
          async (role, ...rest) => (role === "rationale" ? given : call(role, ...rest)),
        );
        return { right: votesOf(answer, parse).answer === gold, endedBy };
      };
      return {
        voted: votesOf(first, parse).answer === gold,
        equal: votesOf(own, parse).answer === gold,
        refined: await refine(first.map(({ text }) => text)),
        foreign: await refine(other),
        renamed: await refine(renamed),
      };
    },
    // 33 answers to prompts of nine rationales fill a step by themselves.
    { log, name: "refinement", together: 1 },
  );
  if (all.length === 0) return [];
  const correct = (arm) => all.map((one) => one[arm].right ?? one[arm]);
  // Names of these endings in earlier records.
  const renamed = {
    "the drafts agree more": "drafts agree more",
    "no draft's reason is about the question": "no draft names an option",
  };
  const ends = (arm) => {
    const counts = new Map();
    for (const one of all) {
      const why = renamed[one[arm].endedBy] ?? one[arm].endedBy;
      counts.set(why, (counts.get(why) ?? 0) + 1);
    }
    return [...counts].map(([why, count]) => `${why} ${count}`).join(", ");
  };
  const id = `clinic: ensemble refinement ${drafts} + ${answers}`;
  const calls = `self-consistency ${drafts + answers}`;
  const own = `self-consistency ${drafts}`;
  return [
    shareRow(id, correct("refined"), correct("equal"), calls, ends("refined")),
    shareRow(`${id}, against its drafts`, correct("refined"), correct("voted"), own),
    shareRow(`${id}, another question's rationales (null)`, correct("foreign"), correct("voted"), own, ends("foreign")),
    shareRow(
      `${id}, another question's rationales with these options' names (null)`,
      correct("renamed"),
      correct("voted"),
      own,
      ends("renamed"),
    ),
  ];
}
