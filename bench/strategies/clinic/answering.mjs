/** Votes on the clinic model: greedy, one sample, self-consistency, selective answers. */
import { Random } from "../../../dist/base/random.js";
import { areaUnderRiskCoverage, bootstrapInterval } from "../../../dist/measure/index.js";
import { callsTo, votesOf } from "../../../dist/strategy/index.js";
import { maxTokens, mean, questions, shareRow } from "./common.mjs";
import { inPieces, recordsOf } from "./recorded.mjs";

/** Samples per question: 11 for self-consistency, all for selective answers, those beyond 11 for the modal answer of the null control. */
const draws = 41;

export async function rows({ model, of, log }) {
  const { model: recorded, cache, value } = recordsOf("votes", model);
  const all = await inPieces(
    questions("known", of(1000)),
    async ({ messages, gold, parse }, i) => {
      const { call } = callsTo(recorded, { seed: 1000 * i, cache });
      const [best] = await call("answer", messages, { temperature: 0, maxTokens });
      const drawn = await call("answer", messages, { temperature: 0.7, maxTokens, n: draws });
      const voted = (replies) => votesOf(replies, parse);
      const votes = voted(drawn);
      const others = voted(drawn.slice(11));
      const texts = drawn.filter(({ text }) => parse(text) === votes.answer).map(({ text }) => text.length);
      return {
        greedy: parse(best.text) === gold,
        one: parse(drawn[0].text) === gold,
        eleven: voted(drawn.slice(0, 11)).answer === gold,
        fortyOne: votes.answer === gold,
        modalWrong: others.answer !== gold,
        clearlyWrong: others.answer !== gold && others.confidence >= 0.6,
        votes: votes.confidence,
        length: -mean(texts.length === 0 ? [0] : texts),
        likelihood: await value(["likelihood", messages, best.text], async () => {
          const [{ tokenLogLikelihoods }] = await model.score(messages, [best.text]);
          return mean(tokenLogLikelihoods);
        }),
      };
    },
    { log, name: "votes" },
  );
  if (all.length === 0) return [];
  const list = (key, from = all) => from.map((one) => one[key]);
  const sc = "clinic: self-consistency 11";
  const nulls = (which, words) => {
    const hard = all.filter((one) => one[which]);
    return shareRow(`${sc} where ${words} (null)`, list("eleven", hard), list("one", hard), "one sample");
  };
  const out = [
    shareRow("clinic: greedy", list("greedy")),
    shareRow("clinic: one sample, temperature .7", list("one"), list("greedy"), "greedy"),
    shareRow(sc, list("eleven"), list("greedy"), "greedy"),
    shareRow(`${sc}, against one sample`, list("eleven"), list("one"), "one sample"),
    shareRow(`clinic: self-consistency ${draws}`, list("fortyOne"), list("eleven"), "self-consistency 11"),
    nulls("modalWrong", "the modal answer of 30 other draws is wrong"),
    nulls("clearlyWrong", "a wrong answer has 60 % or more of 30 other draws"),
  ];
  const order = all.toSorted((a, b) => b.votes - a.votes);
  for (const deferral of [0, 0.15, 0.3, 0.45])
    out.push(
      shareRow(
        `clinic: selective ${draws}, ${deferral} deferred`,
        list("fortyOne", order.slice(0, Math.round((1 - deferral) * all.length))),
      ),
    );
  const correct = list("fortyOne");
  const shuffled = new Random(5).shuffle(list("votes"));
  const aurc = (by) => (indices) =>
    areaUnderRiskCoverage(
      [...indices].map((i) => by[i]),
      [...indices].map((i) => correct[i]),
    );
  const whole = correct.map((_, i) => i);
  for (const [name, by, peer] of [
    ["votes", list("votes"), shuffled],
    ["length of the replies, the shorter first", list("length"), list("votes")],
    ["mean token likelihood of the greedy reply", list("likelihood"), list("votes")],
  ]) {
    const difference = (indices) => aurc(by)(indices) - aurc(peer)(indices);
    const { low, high } = bootstrapInterval(all.length, difference, { resamples: 1000 });
    out.push({
      id: `clinic: selective ${draws} by ${name}`,
      ours: aurc(by)(whole),
      unit: "AURC",
      n: all.length,
      peer: aurc(peer)(whole),
      peerName: name === "votes" ? "shuffled votes (null)" : "by votes",
      note: `error without deferral ${(1 - mean(correct.map(Number))).toFixed(3)}, n ${all.length}; difference ${difference(whole).toFixed(3)} (bootstrap 95 % ${low.toFixed(3)} to ${high.toFixed(3)})`,
    });
  }
  return out;
}
