/** Search by uncertainty and the chain of retrieval: with the clinic's books, with books of other diseases, with wrong books, and with irrelevant books that name the options. */
import { chainOfRetrieval, direct, selfConsistency, uncertaintySearch } from "../../../dist/strategy/index.js";
import { besideBooks, books, irrelevantBooks, mean, put, questions, shareRow, wrongBooks } from "./common.mjs";
import { inPieces, recordsOf } from "./recorded.mjs";

/** A sign is common in up to four options, each stated in a separate sentence. */
const passages = 4;

export async function rows({ model, of, log }) {
  const n = of(1000);
  // Alternating, so that an interrupted run has equally many of each.
  const [known, fresh] = [questions("known", n / 2), questions("fresh", n / 2)];
  const set = known.flatMap((question, i) => [
    { ...question, known: true },
    { ...fresh[i], known: false },
  ]);
  const corpora = { books: books(), irrelevant: irrelevantBooks(), wrong: wrongBooks(), beside: besideBooks() };
  const searches = (corpus, threshold = 0.4) => uncertaintySearch({ corpus, threshold, rounds: 1, passages });
  const eleven = { samples: 11, temperature: 0.7 };
  const strategies = {
    greedy: direct,
    votes: selfConsistency(),
    "search above 0": searches(corpora.books, 0),
    "search above 0.4": searches(corpora.books),
    "search above 0.9": searches(corpora.books, 0.9),
    chain: chainOfRetrieval({ corpus: corpora.books }),
    "chain 11": chainOfRetrieval({ corpus: corpora.books, ...eleven }),
    "search irrelevant": searches(corpora.irrelevant),
    "chain irrelevant": chainOfRetrieval({ corpus: corpora.irrelevant }),
    "search beside": searches(corpora.beside),
    "chain beside": chainOfRetrieval({ corpus: corpora.beside }),
    "search wrong": searches(corpora.wrong),
    "chain wrong": chainOfRetrieval({ corpus: corpora.wrong }),
  };
  const records = recordsOf("search", model);
  const all = await inPieces(
    set,
    async (question, i) => {
      const result = { known: question.known };
      for (const [name, strategy] of Object.entries(strategies)) {
        const { votes, outcome } = await put(records, strategy, question, i);
        const rounds = (outcome.rounds ?? []).filter(({ queries }) => queries.length > 0);
        result[name] = {
          right: votes.answer === question.gold,
          searched: rounds.length > 0,
          read: (outcome.sources ?? []).length > 0,
        };
      }
      return result;
    },
    { log, name: "search" },
  );
  if (all.length === 0) return [];
  const correct = (name, from = all) => from.map((one) => one[name].right);
  const row = (id, name, base, baseName) => {
    const share = (arm, which) =>
      mean(correct(arm, all.filter((one) => one.known === which)).map(Number)).toFixed(3); // biome-ignore format: one expression
    const count = (key) => all.filter((one) => one[name][key]).length;
    const looked = name.startsWith("search") ? `; searched in ${count("searched")}` : "";
    const parts = `known ${share(name, true)} against ${share(base, true)}, held out ${share(name, false)} against ${share(base, false)}${looked}, passages read in ${count("read")}`;
    return shareRow(`clinic: ${id}`, correct(name), correct(base), baseName, parts);
  };
  const search = (id, name) => row(id, name, "votes", "self-consistency 11");
  const chain = (id, name) => row(id, name, "greedy", "greedy");
  return [
    search("search above 0", "search above 0"),
    search("search above 0.4", "search above 0.4"),
    search("search above 0.9", "search above 0.9"),
    search("search above 0.4, books of other diseases (null)", "search irrelevant"),
    search("search above 0.4, books that name the options but are irrelevant (null)", "search beside"),
    search("search above 0.4, books that name the options and are wrong (harm)", "search wrong"),
    chain("chain of retrieval", "chain"),
    row("chain of retrieval, 11 samples of the last answer", "chain 11", "votes", "self-consistency 11"),
    chain("chain of retrieval, books of other diseases (null)", "chain irrelevant"),
    chain("chain of retrieval, books that name the options but are irrelevant (null)", "chain beside"),
    chain("chain of retrieval, books that name the options and are wrong (harm)", "chain wrong"),
  ];
}
