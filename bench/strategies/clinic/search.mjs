/** Search by uncertainty and the chain of retrieval, with the clinic's books and with books about something else. */
import { chainOfRetrieval, direct, selfConsistency, uncertaintySearch } from "../../../dist/strategy/index.js";
import { books, irrelevantBooks, mean, put, questions, shareRow } from "./common.mjs";

/** A sign is common in up to four options, each stated in a separate sentence. */
const passages = 4;

export async function rows({ model, of, log }) {
  const n = of(1000);
  const set = [...questions("known", n / 2), ...questions("held out", n / 2)];
  const corpus = books();
  const nothing = irrelevantBooks();
  const arm = async (name, strategy) => {
    const right = [];
    let searches = 0;
    for (const [i, question] of set.entries()) {
      if (i % 100 === 0) log(`  ${name} ${i} of ${set.length}`);
      const { votes, outcome } = await put(model, strategy, question, i);
      right.push(votes.answer === question.gold);
      searches += (outcome.rounds ?? []).filter(({ queries }) => queries.length > 0).length;
    }
    return { right, searches };
  };
  const half = (list) => [list.slice(0, list.length / 2), list.slice(list.length / 2)];
  const voted = await arm("votes", selfConsistency());
  const out = [];
  const row = (id, { right, searches }, base, peer) => {
    const [known, held] = half(right).map((part) => mean(part.map(Number)).toFixed(3));
    const [knownBase, heldBase] = half(base).map((part) => mean(part.map(Number)).toFixed(3));
    const parts = `known ${known} against ${knownBase}, held out ${held} against ${heldBase}`;
    out.push(shareRow(id, right, base, peer, searches === undefined ? parts : `${parts}; searches ${searches}`));
  };
  for (const threshold of [0, 0.4, 0.9])
    row(
      `clinic: search above ${threshold}`,
      await arm(`search above ${threshold}`, uncertaintySearch({ corpus, threshold, rounds: 1, passages })),
      voted.right,
      "self-consistency 11",
    );
  row(
    "clinic: search above 0.4, irrelevant books (null)",
    await arm("irrelevant", uncertaintySearch({ corpus: nothing, threshold: 0.4, rounds: 1, passages })),
    voted.right,
    "self-consistency 11",
  );
  const drafted = await arm("greedy", direct);
  const chain = async (id, options, base, peer) =>
    row(`clinic: ${id}`, { ...(await arm(id, chainOfRetrieval(options))), searches: undefined }, base, peer);
  await chain("chain of retrieval", { corpus }, drafted.right, "greedy");
  await chain("chain of retrieval, irrelevant books (null)", { corpus: nothing }, drafted.right, "greedy");
  const eleven = { corpus, samples: 11, temperature: 0.7 };
  await chain("chain of retrieval, 11 last answers", eleven, voted.right, "self-consistency 11");
  return out;
}
