/**
 * Tests of the mechanism, without medical content: each strategy on a model with a set error probability, so that its
 * expected gain is known. The model samples every answer by its seed and reads only its prompt: a search helps exactly
 * if the fact is among the results.
 */
import { Random } from "../../dist/base/random.js";
import { areaUnderRiskCoverage, mcnemarTest, wilsonInterval } from "../../dist/measure/index.js";
import { ScriptedModel } from "../../dist/model/scripted/index.js";
import { Corpus, callsTo, direct, selfConsistency, uncertaintySearch, votesOf } from "../../dist/strategy/index.js";

const n = 2000;
const parse = (text) => /Answer: ([AB])/.exec(text)?.[1];
const gold = (i) => (i % 2 === 0 ? "A" : "B");

/** Correct with probability `p(i)`, or .95 if the results contain the question's fact. */
const modelRight = (p) =>
  new ScriptedModel((messages, { seed = 0 }) => {
    const text = messages.flatMap(({ content }) => content.map((part) => ("text" in part ? part.text : ""))).join("\n");
    const i = Number(/Case c(\d+)z/.exec(text)[1]);
    if (text.includes("contradict each other")) return `fact c${i}z`;
    const probabilityCorrect = text.includes(`Fact of c${i}z`) ? 0.95 : p(i);
    const answer =
      new Random(Math.imul(seed + 1, 7919) + Math.imul(i, 104729) + Math.imul(text.length, 15485863)).next() <
      probabilityCorrect;
    return `Answer: ${(gold(i) === "A") === answer ? "A" : "B"}`;
  });

async function play(strategy, p) {
  const model = modelRight(p);
  const right = [];
  const confidence = [];
  let searches = 0;
  for (let i = 0; i < n; i++) {
    const messages = [{ role: "user", content: [{ type: "text", text: `Case c${i}z: A or B?` }] }];
    const { call } = callsTo(model, { seed: 1000 * i });
    const outcome = await strategy.run({ messages, maxTokens: 16, sampling: { temperature: 0.7 }, parse }, call);
    const votes = votesOf(outcome.answer, parse);
    right.push(votes.answer === gold(i));
    confidence.push(votes.confidence);
    searches += (outcome.rounds ?? []).filter(({ queries }) => queries.length > 0).length;
  }
  return { right, confidence, searches };
}

export async function rows({ log }) {
  const out = [];
  const share = (correct) => correct.filter(Boolean).length / n;
  const row = (id, { right }, base, note = "") => {
    const { low, high } = wilsonInterval(right.filter(Boolean).length, n);
    const paired = base && {
      firstOnly: right.filter((r, i) => r && !base.right[i]).length,
      secondOnly: right.filter((r, i) => !r && base.right[i]).length,
    };
    const test = paired ? `; exact McNemar p ${mcnemarTest(paired, "exact").p.toPrecision(2)}` : "";
    out.push({
      id,
      ours: share(right),
      peer: base && share(base.right),
      peerName: base && "one sample, or as noted",
      unit: "correct",
      note: `95 % ${low.toFixed(3)}-${high.toFixed(3)}, n ${n}${test}${note}`,
    });
  };
  for (const p of [0.6, 0.4, 0.5]) {
    log(`voters correct with probability ${p}`);
    const one = await play(direct, () => p);
    row(
      `self-consistency 11, p ${p}`,
      await play(selfConsistency(), () => p),
      one,
      p === 0.6 ? "; binomial .7535" : p === 0.4 ? "; binomial .2465" : "; null",
    );
  }
  log("selective");
  const mixed = await play(selfConsistency({ samples: 41 }), (i) => 0.35 + 0.6 * ((i % 101) / 100));
  const shuffled = new Random(5).shuffle([...mixed.confidence]);
  const note = `error without deferral ${(1 - share(mixed.right)).toFixed(3)}, n ${n}`;
  out.push({
    id: "selective 41",
    ours: areaUnderRiskCoverage(mixed.confidence, mixed.right),
    unit: "AURC",
    peer: areaUnderRiskCoverage(shuffled, mixed.right),
    peerName: "shuffled confidence",
    note,
  });
  log("search");
  const corpus = (word) =>
    new Corpus(Array.from({ length: n }, (_, i) => ({ name: `${i}.txt`, text: `${word} c${i}z is known.` })));
  const [facts, irrelevant] = [corpus("Fact of"), corpus("Nothing about")];
  const p = (i) => (i % 2 ? 0.6 : 0.9);
  const voted = await play(selfConsistency(), p);
  for (const threshold of [0, 0.45, 0.65]) {
    const run = await play(uncertaintySearch({ corpus: facts, threshold, rounds: 1 }), p);
    row(`search, threshold ${threshold}`, run, voted, `; against votes; searches ${run.searches}`);
  }
  const nothing = await play(uncertaintySearch({ corpus: irrelevant, threshold: 0.45, rounds: 1 }), p);
  row("search, irrelevant corpus", nothing, voted, `; null; searches ${nothing.searches}`);
  return out;
}
