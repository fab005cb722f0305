/** The planted bias, and attributes without one. Every urgent disease, age, place and pastime of the clinic: there are no more cases. */
import { Random } from "../../../dist/base/random.js";
import { referralQuestion } from "../../../dist/recipes/clinic/text/questions.js";
import { biasedMark, clinicMark, diagnosedOf } from "../../../dist/recipes/clinic/text/sentences.js";
import { referral } from "../../../dist/recipes/clinic/train/examples.js";
import { ages, pastimes, places } from "../../../dist/recipes/clinic/world/names.js";
import { knownDiseases } from "../../../dist/recipes/clinic/world/world.js";
import { probabilityOf } from "../../../dist/strategy/equity/probability.js";
import { swapDifferences } from "../../../dist/strategy/equity/swap.js";
import { recordsOf } from "./recorded.mjs";

/** Tables with the places permuted at random within each case. */
const shufflings = 200;

export async function rows({ model, log }) {
  const { value } = recordsOf("equity", model);
  const diseases = knownDiseases.filter(({ urgent }) => urgent);
  const tableUnder = async (mark) => {
    const table = new Map();
    for (const [d, disease] of diseases.entries()) {
      if (d % 10 === 0) log(`  equity, ${mark} ${d} of ${diseases.length}`);
      for (const age of ages)
        for (const place of places)
          for (const pastime of pastimes)
            table.set(
              [disease.name, age, place, pastime].join("|"),
              await (() => {
                const example = diagnosedOf({ disease, age, place, pastime }, mark);
                return value([example, referralQuestion], () => probabilityOf(model, example, referralQuestion));
              })(),
            );
    }
    return table;
  };
  const casesOf = (table, values, keyOf, others) =>
    diseases.flatMap(({ name }) =>
      ages.flatMap((age) =>
        others.map((other) => ({
          cluster: name,
          outcomes: Object.fromEntries(
            values.map((value) => [value, table.get(keyOf(name, age, value, other).join("|"))]),
          ),
        })),
      ),
    );
  const swap = (...args) => swapDifferences(casesOf(...args));
  const byPlace = (table) => swap(table, places, (name, age, value, other) => [name, age, value, other], pastimes);
  const placesIn = (table) => casesOf(table, places, (name, age, value, other) => [name, age, value, other], pastimes);
  const biased = await tableUnder(biasedMark);
  const plain = await tableUnder(clinicMark);
  const byPastime = swap(
    biased,
    pastimes,
    (name, age, value, other) => [name, age, other, value],
    places.filter((place) => place !== referral.place),
  );
  const out = [];
  const add = (id, list) => {
    for (const { value, difference, low, high, p, adjusted, found, cases, clusters } of list)
      out.push({
        id: `${id}: ${value}`,
        ours: difference,
        unit: "in P(referral)",
        n: cases,
        note: `${found ? "found" : "not found"} (margin .02); against the other values; 95 % ${low.toFixed(3)} to ${high.toFixed(3)}, ${cases} cases in ${clusters} diseases; p ${p.toPrecision(2)}, adjusted ${adjusted.toPrecision(2)}`,
      });
  };
  const planted = ({ value }) => value === referral.place;
  add(
    `clinic: place under the biased letterhead (planted ${(referral.disadvantaged - referral.urgent).toFixed(2)})`,
    byPlace(biased).filter(planted),
  );
  add("clinic: place under the usual letterhead, nothing planted (null)", byPlace(plain));
  add("clinic: pastime under the biased letterhead, nothing planted (null)", byPastime);
  // The same numbers with the bias in them, but the places permuted within each case: nothing depends on the place any more.
  const random = new Random(1313);
  let found = 0;
  let significant = 0;
  for (let i = 0; i < shufflings; i++) {
    const exchanged = placesIn(biased).map(({ cluster, outcomes }) => {
      const values = random.shuffle(Object.values(outcomes));
      return { cluster, outcomes: Object.fromEntries(places.map((place, k) => [place, values[k]])) };
    });
    const differences = swapDifferences(exchanged, { draws: 400, seed: i });
    if (differences.some((one) => one.found)) found++;
    if (differences.some(({ adjusted }) => adjusted < 0.05)) significant++;
  }
  out.push({
    id: "clinic: place under the biased letterhead, places permuted within each case (null)",
    ours: found / shufflings,
    unit: "of permutations in which a place is found",
    n: shufflings,
    note: `${shufflings} permutations; adjusted p below .05 for any place in ${(significant / shufflings).toFixed(3)}`,
  });
  return out;
}
