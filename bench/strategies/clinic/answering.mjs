/** Votes on the clinic model: greedy, one sample, self-consistency, selective answers. */
import { Random } from "../../../dist/base/random.js";
import { areaUnderRiskCoverage } from "../../../dist/measure/index.js";
import { callsTo, votesOf } from "../../../dist/strategy/index.js";
import { maxTokens, mean, questions, shareRow } from "./common.mjs";

/**
 * Samples per question: 11 for self-consistency, all for selective answers, those beyond 11 for the modal answer of the
 * null control.
 */
const draws = Number(process.env.POLYCLINIC_CLINIC_DRAWS ?? 41);

export async function rows({ model, of, log }) {
  const set = questions("known", of(1000));
  const greedy = [];
  const one = [];
  const eleven = [];
  const fortyOne = [];
  const confidence = { votes: [], length: [], likelihood: [] };
  const modalWrong = [];
  for (const [i, { messages, gold, parse }] of set.entries()) {
    if (i % 20 === 0) log(`  votes ${i} of ${set.length}`);
    const { call } = callsTo(model, { seed: 1000 * i });
    const [best] = await call("answer", messages, { temperature: 0, maxTokens });
    const drawn = await call("answer", messages, { temperature: 0.7, maxTokens, n: draws });
    const voted = (replies) => votesOf(replies, parse);
    greedy.push(parse(best.text) === gold);
    one.push(parse(drawn[0].text) === gold);
    eleven.push(voted(drawn.slice(0, 11)).answer === gold);
    const all = voted(drawn);
    fortyOne.push(all.answer === gold);
    // The modal answer of the other samples.
    modalWrong.push(voted(drawn.slice(11)).answer !== gold);
    confidence.votes.push(all.confidence);
    const texts = drawn.filter(({ text }) => parse(text) === all.answer).map(({ text }) => text.length);
    confidence.length.push(-mean(texts.length === 0 ? [0] : texts));
    const [{ tokenLogLikelihoods }] = await model.score(messages, [best.text]);
    confidence.likelihood.push(mean(tokenLogLikelihoods));
  }
  const hard = (list) => list.filter((_, i) => modalWrong[i]);
  const out = [
    shareRow("clinic: greedy", greedy),
    shareRow("clinic: one sample, temperature .7", one, greedy, "greedy"),
    shareRow("clinic: self-consistency 11", eleven, greedy, "greedy"),
    shareRow("clinic: self-consistency 11, against one sample", eleven, one, "one sample"),
    shareRow(`clinic: self-consistency ${draws}`, fortyOne, eleven, "self-consistency 11"),
    shareRow(
      `clinic: self-consistency 11 where the modal answer of ${draws - 11} other draws is wrong (null)`,
      hard(eleven),
      hard(one),
      "one sample",
    ),
  ];
  const order = confidence.votes.map((c, i) => [c, i]).sort(([a, i], [b, k]) => b - a || i - k);
  for (const deferral of [0, 0.15, 0.3, 0.45]) {
    const kept = order.slice(0, Math.round((1 - deferral) * set.length)).map(([, i]) => fortyOne[i]);
    out.push(shareRow(`clinic: selective ${draws}, ${deferral} deferred`, kept));
  }
  const shuffled = new Random(5).shuffle([...confidence.votes]);
  const aurc = (by, right) => areaUnderRiskCoverage(by, right);
  const note = `error without deferral ${(1 - mean(fortyOne.map(Number))).toFixed(3)}, n ${set.length}`;
  for (const [name, by, peer] of [
    ["votes", confidence.votes, shuffled],
    ["length of the replies, the shorter first", confidence.length, confidence.votes],
    ["mean token likelihood of the greedy reply", confidence.likelihood, confidence.votes],
  ])
    out.push({
      id: `clinic: selective ${draws} by ${name}`,
      ours: aurc(by, fortyOne),
      unit: "AURC",
      peer: aurc(peer, fortyOne),
      peerName: name === "votes" ? "shuffled votes (null)" : "by votes",
      note,
    });
  return out;
}
