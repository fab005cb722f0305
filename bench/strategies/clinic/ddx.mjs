/** Lists of ten against the exact posterior's; null: the signs of another patient. */
import { Random } from "../../../dist/base/random.js";
import { differentialWords } from "../../../dist/prompts/index.js";
import { vignetteOf } from "../../../dist/recipes/clinic/text/sentences.js";
import { isForTests } from "../../../dist/recipes/clinic/world/exam.js";
import { drawDisease, drawPatient, evidenceOf, ranked } from "../../../dist/recipes/clinic/world/patient.js";
import { knownDiseases } from "../../../dist/recipes/clinic/world/world.js";
import { callsTo } from "../../../dist/strategy/index.js";
import { parseDifferential } from "../../../dist/task/ddx/ddx.js";
import { rankOf } from "../../../dist/task/ddx/match.js";
import { shareRow, userTurn } from "./common.mjs";
import { inPieces, recordsOf } from "./recorded.mjs";

export async function rows({ model, of, log }) {
  const random = new Random(33003);
  const patients = [];
  while (patients.length < of(1000)) {
    const patient = drawPatient(random, drawDisease(random, knownDiseases));
    if (isForTests(patient)) patients.push(patient);
  }
  const { model: recorded, cache } = recordsOf("ddx", model);
  const { call } = callsTo(recorded, { cache });
  const list = async (patient) => {
    const prompt = userTurn(`${vignetteOf(patient)}\n\n${differentialWords(10)}`);
    const [{ text }] = await call("list", prompt, { temperature: 0, maxTokens: 100 });
    return (parseDifferential(text, 10).answer?.diagnoses ?? []).map(({ name }) => name);
  };
  const ranks = await inPieces(
    patients,
    async (patient, i) => {
      const truth = patient.disease.name;
      const best = ranked(knownDiseases, evidenceOf(patient)).slice(0, 10);
      const names = best.map(({ name }) => name);
      const other = { ...patient, signs: patients[(i + 1) % patients.length].signs };
      return {
        model: rankOf(await list(patient), truth),
        bayes: rankOf(names, truth),
        shuffled: rankOf(await list(other), truth),
      };
    },
    { log, name: "ddx" },
  );
  if (ranks.length === 0) return [];
  const hit = (by, n) => ranks.map((one) => one[by] !== undefined && one[by] <= n);
  return [1, 3, 10].flatMap((n) => [
    shareRow(`clinic: ddx top ${n}`, hit("model", n), hit("bayes", n), "the exact posterior's list"),
    shareRow(`clinic: ddx top ${n}, another patient's signs (null)`, hit("shuffled", n), hit("model", n), "own signs"),
  ]);
}
