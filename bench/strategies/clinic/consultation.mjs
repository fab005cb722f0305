/** Visits: which questions lead to the diagnosis soonest, whether a critic reduces repeats, and the model as the doctor. */
import { Random } from "../../../dist/base/random.js";
import { wilcoxonSignedRankTest } from "../../../dist/measure/index.js";
import { clinicMark, complaint, questionAbout } from "../../../dist/recipes/clinic/text/sentences.js";
import { signs } from "../../../dist/recipes/clinic/world/names.js";
import { drawDisease, drawPatient, mostTelling, posterior } from "../../../dist/recipes/clinic/world/patient.js";
import { knownDiseases } from "../../../dist/recipes/clinic/world/world.js";
import { selfPlay, visit } from "../../../dist/strategy/consult/visit.js";
import { callsTo } from "../../../dist/strategy/index.js";
import { mean, shareRow } from "./common.mjs";

const most = 20;
const sure = 0.8;

/** Number of questions until the exact posterior of some disease reaches 0.8, and whether that disease is correct. */
function policy(patient, next) {
  const evidence = { present: [patient.signs[0]], absent: [] };
  for (let turn = 0; ; turn++) {
    const p = posterior(knownDiseases, evidence);
    const top = p.indexOf(Math.max(...p));
    if (p[top] >= sure || turn === most) return { turns: turn, right: knownDiseases[top] === patient.disease };
    const sign = next(evidence);
    (patient.signs.includes(sign) ? evidence.present : evidence.absent).push(sign);
  }
}

const open = ({ present, absent }) => signs.flatMap((_, i) => (present.includes(i) || absent.includes(i) ? [] : [i]));

export async function rows({ model, of, log }) {
  const random = new Random(404);
  const patients = Array.from({ length: of(1000) }, () => drawPatient(random, drawDisease(random, knownDiseases), 40));
  const by = {
    telling: patients.map((patient) => policy(patient, (evidence) => mostTelling(knownDiseases, evidence))),
    checklist: patients.map((patient) => policy(patient, (evidence) => open(evidence)[0])),
    random: patients.map((patient) =>
      policy(patient, (evidence) => {
        const left = open(evidence);
        return left[random.below(left.length)];
      }),
    ),
  };
  const out = [];
  for (const [name, other] of [
    ["telling", "checklist"],
    ["checklist", "random"],
  ]) {
    const turns = (which) => by[which].map((one) => one.turns);
    const { p } = wilcoxonSignedRankTest(turns(name).map((t, i) => t - turns(other)[i]));
    out.push({
      id: `clinic: questions to a posterior of ${sure}, ${name === "telling" ? "most telling first" : name}`,
      ours: mean(turns(name)),
      unit: "questions",
      peer: mean(turns(other)),
      peerName: other,
      note: `computed, no model; n ${patients.length}; Wilcoxon p ${p.toPrecision(2)}; right ${mean(by[name].map(({ right }) => Number(right))).toFixed(3)} and ${mean(by[other].map(({ right }) => Number(right))).toFixed(3)}`,
    });
  }
  const some = patients.slice(0, of(500));
  // As in the clinic's dialogues: who is asked twice says so.
  const answers = (patient) => async (question, lines) => {
    if (lines?.slice(0, -1).some(({ who, text }) => who === "Doctor" && text === question)) return "as I said";
    const sign = signs.findIndex((_, i) => questionAbout(i) === question);
    return sign >= 0 && patient.signs.includes(sign) ? "yes" : "no";
  };
  const play = async (patient, i, options) => {
    const { call } = callsTo(model, { seed: 1000 * i });
    return visit(call, complaint(patient.signs[0]), answers(patient), { setting: clinicMark, ...options });
  };
  const arms = { plain: [], refined: [], hot: [], hotRefined: [], critic: [], randomCritic: [] };
  for (const [i, patient] of some.entries()) {
    if (i % 50 === 0) log(`  visits ${i} of ${some.length}`);
    arms.plain.push(await play(patient, i, {}));
    arms.hot.push(await play(patient, i, { temperature: 1 }));
    arms.hotRefined.push(await play(patient, i, { temperature: 1, refine: true }));
    const { call } = callsTo(model, { seed: 1000 * i });
    const attempts = await selfPlay({ doctor: call, critic: call }, complaint(patient.signs[0]), answers(patient), {
      setting: clinicMark,
      temperature: 1,
    });
    arms.critic.push(attempts[attempts.length - 1].visit);
    const stranger = new Random(i).below(signs.length);
    arms.randomCritic.push(await play(patient, i, { temperature: 1, criticism: [questionAbout(stranger)] }));
  }
  const right = (arm) => arms[arm].map(({ conclusion }, i) => conclusion === some[i].disease.name);
  const questions = (arm) => mean(arms[arm].map((one) => one.questions)).toFixed(2);
  const telling = by.telling.slice(0, some.length).map((one) => one.right);
  out.push(
    shareRow(
      "clinic: the model as the doctor",
      right("plain"),
      telling,
      "most telling question, exact posterior",
      `questions ${questions("plain")} and ${mean(by.telling.slice(0, some.length).map(({ turns }) => turns)).toFixed(2)}`,
    ),
  );
  const repeats = (arm) => arms[arm].map((one) => one.repeats);
  const compare = (id, a, b, name) => {
    const differences = repeats(a).map((x, i) => x - repeats(b)[i]);
    const { p } = differences.some((d) => d !== 0) ? wilcoxonSignedRankTest(differences) : { p: 1 };
    out.push({
      id,
      ours: mean(repeats(a)),
      unit: "repeats a visit",
      peer: mean(repeats(b)),
      peerName: name,
      note: `temperature 1, n ${some.length}; Wilcoxon p ${p.toPrecision(2)}; right ${mean(right(a).map(Number)).toFixed(3)} and ${mean(right(b).map(Number)).toFixed(3)}`,
    });
  };
  compare("clinic: repeated questions, each reply refined", "hotRefined", "hot", "not refined");
  compare("clinic: repeated questions, second attempt with the critic", "critic", "hot", "one attempt");
  compare("clinic: repeated questions, a random critic (null)", "randomCritic", "hot", "one attempt");
  return out;
}
