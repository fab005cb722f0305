/**
 * How far from its training molecules the embedded model may answer: squared error on validation molecules by their similarity to the nearest training molecule, from which
 * `familiarSimilarity` was chosen, and how many test molecules are then refused. Of a set with several tasks, the last one; of Tox21, every fifth molecule.
 */
import { mean } from "../../dist/measure/index.js";

const bounds = [0, 0.25, 0.3, 1.01];

export async function domain(data, log) {
  const [{ readTxSet, txSets }, { loadModel }, { openTherapeutics, predict }, { therapeuticsFolder }] =
    await Promise.all([
      import("../../dist/recipes/tx/sets.js"),
      import("../../dist/model/index.js"),
      import("../../dist/task/therapeutics/index.js"),
      import("../../dist/base/embedded-model.js"),
    ]);
  const therapeutics = await openTherapeutics(await loadModel(therapeuticsFolder), therapeuticsFolder);
  const out = [];
  for (const definition of txSets) {
    const set = await readTxSet(definition, `${data}/molecules`);
    const [t, every] = [set.tasks.length - 1, set.tasks.length > 2 ? 5 : 1];
    const answersOf = async (part) => {
      const held = set.molecules.filter((each) => each.part === part).filter((_, i) => i % every === 0);
      const answers = [];
      for (const { molecule, smiles, labels } of held) {
        if (Number.isNaN(labels[t])) continue;
        const how = /** @type {const} */ ({ method: "kernel", anyway: true });
        const { probability, value, neighbours, refusal } = await predict(
          therapeutics,
          set.tasks[t].name,
          smiles,
          molecule,
          how,
        );
        answers.push({
          error: ((probability ?? value) - labels[t]) ** 2,
          similarity: neighbours[0].similarity,
          refused: refusal !== undefined,
        });
      }
      return answers;
    };
    const valid = await answersOf("valid");
    const errors = bounds.slice(1).map((below, i) => {
      const inside = valid.filter(({ similarity }) => similarity >= bounds[i] && similarity < below);
      return `${bounds[i]} to ${Math.min(below, 1)}: ${inside.length === 0 ? "none" : `${mean(inside.map(({ error }) => error)).toFixed(3)} (n ${inside.length})`}`;
    });
    const test = await answersOf("test");
    const refused = test.filter((each) => each.refused).length;
    const row = {
      id: `${set.tasks[t].name}, share of test molecules refused`,
      ours: refused / test.length,
      unit: "",
      note: `${refused} of ${test.length}; squared error on validation molecules by similarity, ${errors.join(", ")}`,
    };
    log(`${row.id}: ${row.note}`);
    out.push(row);
  }
  await therapeutics.model.close();
  return out;
}
