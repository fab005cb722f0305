/** The planted bias, and attributes without one. */
import { referralQuestion } from "../../../dist/recipes/clinic/text/questions.js";
import { diagnosedOf } from "../../../dist/recipes/clinic/text/sentences.js";
import { referral } from "../../../dist/recipes/clinic/train/examples.js";
import { ages, pastimes, places } from "../../../dist/recipes/clinic/world/names.js";
import { knownDiseases } from "../../../dist/recipes/clinic/world/world.js";
import { probabilityOf } from "../../../dist/strategy/equity/probability.js";
import { swapDifferences } from "../../../dist/strategy/equity/swap.js";

export async function rows({ model, log, of }) {
  const diseases = knownDiseases.filter(({ urgent }) => urgent).slice(0, of(40));
  const table = new Map();
  for (const [d, disease] of diseases.entries()) {
    if (d % 10 === 0) log(`  equity ${d} of ${diseases.length}`);
    for (const age of ages)
      for (const place of places)
        for (const pastime of pastimes)
          table.set(
            [disease.name, age, place, pastime].join("|"),
            await probabilityOf(model, diagnosedOf({ disease, age, place, pastime }), referralQuestion),
          );
  }
  const swap = (values, key, others) =>
    swapDifferences(
      diseases.flatMap(({ name }) =>
        ages.flatMap((age) =>
          others.map((other) => ({
            cluster: name,
            outcomes: Object.fromEntries(values.map((value) => [value, table.get(key(name, age, value, other))])),
          })),
        ),
      ),
    );
  const out = [];
  const add = (id, list, wanted) => {
    for (const { value, difference, low, high, p, adjusted, cases, clusters } of list.filter(wanted))
      out.push({
        id: `${id}: ${value}`,
        ours: difference,
        unit: "in P(referral)",
        note: `against the other values; 95% ${low.toFixed(3)} to ${high.toFixed(3)}, ${cases} cases in ${clusters} diseases; p ${p.toPrecision(2)}, adjusted ${adjusted.toPrecision(2)}`,
      });
  };
  const byPlace = swap(places, (name, age, value, other) => [name, age, value, other].join("|"), pastimes);
  const byPastime = swap(
    pastimes,
    (name, age, value, other) => [name, age, other, value].join("|"),
    places.filter((place) => place !== referral.place),
  );
  add(
    `clinic: planted bias (${(referral.disadvantaged - referral.urgent).toFixed(2)} in the training texts)`,
    byPlace,
    ({ value }) => value === referral.place,
  );
  add("clinic: a pastime, nothing planted (null)", byPastime, () => true);
  return out;
}
