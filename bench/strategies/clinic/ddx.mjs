/** Lists of ten against the exact posterior's; null: the signs of another patient. */
import { Random } from "../../../dist/base/random.js";
import { differentialWords } from "../../../dist/prompts/index.js";
import { vignetteOf } from "../../../dist/recipes/clinic/text/sentences.js";
import { isForTests } from "../../../dist/recipes/clinic/world/exam.js";
import { drawDisease, drawPatient, ranked, told } from "../../../dist/recipes/clinic/world/patient.js";
import { knownDiseases } from "../../../dist/recipes/clinic/world/world.js";
import { parseDifferential } from "../../../dist/task/ddx/ddx.js";
import { rankOf } from "../../../dist/task/ddx/match.js";
import { says, shareRow } from "./common.mjs";

export async function rows({ model, of, log }) {
  const random = new Random(303);
  const patients = [];
  while (patients.length < of(1000)) {
    const patient = drawPatient(random, drawDisease(random, knownDiseases));
    if (isForTests(patient)) patients.push(patient);
  }
  const list = async (patient) => {
    const prompt = says(`${vignetteOf(patient)}\n\n${differentialWords(10)}`);
    const { text } = await model.generate(prompt, { temperature: 0, maxTokens: 100 }).result;
    return (parseDifferential(text, 10).answer?.diagnoses ?? []).map(({ name }) => name);
  };
  const ranks = { model: [], bayes: [], shuffled: [] };
  for (const [i, patient] of patients.entries()) {
    if (i % 100 === 0) log(`  ddx ${i} of ${patients.length}`);
    const truth = patient.disease.name;
    ranks.model.push(rankOf(await list(patient), truth));
    const best = ranked(knownDiseases, told(patient)).slice(0, 10);
    ranks.bayes.push(
      rankOf(
        best.map(({ name }) => name),
        truth,
      ),
    );
    ranks.shuffled.push(rankOf(await list({ ...patient, signs: patients[(i + 1) % patients.length].signs }), truth));
  }
  const hit = (by, n) => ranks[by].map((rank) => rank !== undefined && rank <= n);
  return [1, 3, 10].flatMap((n) => [
    shareRow(`clinic: ddx top ${n}`, hit("model", n), hit("bayes", n), "the exact posterior's list"),
    shareRow(`clinic: ddx top ${n}, another patient's signs (null)`, hit("shuffled", n)),
  ]);
}
