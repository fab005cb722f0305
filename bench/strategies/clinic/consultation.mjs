/** Visits: which questions lead to the diagnosis soonest, what the critic of the inner loop changes, and the model as the doctor. */
import { Random } from "../../../dist/base/random.js";
import { meanInterval, wilcoxonSignedRankTest } from "../../../dist/measure/index.js";
import { questionAbout } from "../../../dist/recipes/clinic/text/sentences.js";
import { signs } from "../../../dist/recipes/clinic/world/names.js";
import { drawDisease, drawPatient, mostInformative, posterior } from "../../../dist/recipes/clinic/world/patient.js";
import { knownDiseases } from "../../../dist/recipes/clinic/world/world.js";
import { faultsOf } from "../../../dist/strategy/consult/faults.js";
import { selfPlay, visit } from "../../../dist/strategy/consult/visit.js";
import { callsTo } from "../../../dist/strategy/index.js";
import { mean, shareRow } from "./common.mjs";
import { inPieces, recordsOf } from "./recorded.mjs";
import { seeded, setting, visitOf } from "./visits.mjs";

const most = 20;
const threshold = 0.8;

/** Number of questions until the exact posterior of some disease reaches 0.8, and whether that disease is correct. */
function policy(patient, next) {
  const evidence = { present: [patient.signs[0]], absent: [] };
  for (let turn = 0; ; turn++) {
    const p = posterior(knownDiseases, evidence);
    const top = p.indexOf(Math.max(...p));
    if (p[top] >= threshold || turn === most) return { turns: turn, right: knownDiseases[top] === patient.disease };
    const sign = next(evidence);
    (patient.signs.includes(sign) ? evidence.present : evidence.absent).push(sign);
  }
}

const open = ({ present, absent }) => signs.flatMap((_, i) => (present.includes(i) || absent.includes(i) ? [] : [i]));

/** The questions a fixed list asks first: the signs of most patients, whatever was answered. */
const checklist = signs
  .map((_, i) => ({ i, rate: knownDiseases.reduce((sum, { weight, shows }) => sum + weight * shows[i], 0) }))
  .sort((a, b) => b.rate - a.rate)
  .map(({ i }) => i);

/** Two signs of urgent diseases that share the complaint, most frequent first: what a doctor must not miss. */
function redFlagsFor({ signs: [first] }) {
  const urgent = knownDiseases.filter(({ urgent: now, typical }) => now && typical.includes(first));
  const rate = (i) => urgent.reduce((sum, { weight, shows }) => sum + weight * shows[i], 0);
  return signs
    .map((_, i) => i)
    .filter((i) => i !== first && urgent.some(({ typical }) => typical.includes(i)))
    .sort((a, b) => rate(b) - rate(a))
    .slice(0, 2)
    .map((i) => signs[i]);
}

export async function rows({ model, of, log }) {
  const random = new Random(44004);
  const patients = Array.from({ length: of(1000) }, () => drawPatient(random, drawDisease(random, knownDiseases), 40));
  const by = {
    telling: patients.map((patient) => policy(patient, (evidence) => mostInformative(knownDiseases, evidence))),
    checklist: patients.map((patient) =>
      policy(patient, (evidence) => {
        const left = open(evidence);
        return checklist.find((i) => left.includes(i));
      }),
    ),
    random: patients.map((patient) =>
      policy(patient, (evidence) => {
        const left = open(evidence);
        return left[random.below(left.length)];
      }),
    ),
  };
  const out = [];
  const difference = (a, b) => {
    const differences = a.map((x, i) => x - b[i]);
    if (differences.every((d) => d === 0)) return "equal in every visit";
    const { low, high } = meanInterval(differences);
    const { p } = wilcoxonSignedRankTest(differences);
    return `difference ${mean(differences).toFixed(3)} (95 % ${low.toFixed(3)} to ${high.toFixed(3)}), Wilcoxon p ${p.toPrecision(2)}`;
  };
  const names = {
    telling: "most informative first",
    checklist: "a checklist, the commonest signs first",
    random: "random",
  };
  for (const [name, other] of [
    ["telling", "checklist"],
    ["checklist", "random"],
  ]) {
    const turns = (which) => by[which].map((one) => one.turns);
    const accuracy = (which) => mean(by[which].map((one) => Number(one.right))).toFixed(3);
    out.push({
      id: `clinic: questions to a posterior of ${threshold}, ${names[name]}`,
      ours: mean(turns(name)),
      unit: "questions",
      n: patients.length,
      peer: mean(turns(other)),
      peerName: names[other],
      note: `computed, no model; n ${patients.length}; ${difference(turns(name), turns(other))}; correct ${accuracy(name)} and ${accuracy(other)}`,
    });
  }
  const { model: recorded, cache } = recordsOf("consult", model);
  const all = await inPieces(
    patients,
    async (patient, i) => {
      const { call: plainCall } = callsTo(recorded, { cache });
      const call = seeded(plainCall, 1000 * i);
      const patientVisit = visitOf(patient);
      const hot = { setting, temperature: 1 };
      const criteria = { redFlags: redFlagsFor(patient) };
      const play = (options) => visit(call, ...patientVisit, options);
      const loop = await selfPlay({ doctor: call, critic: plainCall }, ...patientVisit, hot);
      const other = questionAbout(new Random(i).below(signs.length));
      return {
        right: patient.disease.name,
        criteria,
        plain: await play({ setting }),
        hot: await play(hot),
        refined: await play({ ...hot, refine: true }),
        flags: await play({ ...hot, refine: ["red flag not asked"], criteria }),
        second: loop[loop.length - 1].visit,
        remarks: loop[1]?.criticism.length ?? 0,
        // A random question as the remark, which names no fault.
        stranger: await play({ ...hot, criticism: [other] }),
      };
    },
    { log, name: "visits" },
  );
  if (all.length === 0) return out;
  const correct = (arm) => all.map((one) => one[arm].conclusion === one.right);
  const telling = by.telling.slice(0, all.length);
  out.push(
    shareRow(
      "clinic: the model as the doctor",
      correct("plain"),
      telling.map((one) => one.right),
      "most informative question, exact posterior",
      `questions ${mean(all.map(({ plain }) => plain.questions)).toFixed(2)} and ${mean(telling.map(({ turns }) => turns)).toFixed(2)}`,
    ),
  );
  const compare = (id, arm, count, unit, peerName, note = "") => {
    const [a, b] = [all.map((one) => count(one[arm], one)), all.map((one) => count(one.hot, one))];
    const share = (which) => mean(correct(which).map(Number)).toFixed(3);
    out.push({
      id: `clinic: ${id}`,
      ours: mean(a),
      unit,
      n: all.length,
      peer: mean(b),
      peerName,
      note: `temperature 1, n ${all.length}; ${difference(a, b)}; correct ${share(arm)} and ${share("hot")}${note}`,
    });
  };
  const repeats = ({ repeats: count }) => count;
  const perVisit = "repeats per visit";
  compare("repeated questions, each reply refined", "refined", repeats, perVisit, "not refined");
  const criticised = all.filter(({ remarks }) => remarks > 0).length;
  compare(
    "repeated questions, inner loop: second attempt with the critic",
    "second",
    repeats,
    perVisit,
    "first attempt",
    `; the critic found a fault in ${criticised}`,
  );
  compare("repeated questions, a random remark (null)", "stranger", repeats, perVisit, "no remark");
  const unasked = ({ lines }, { criteria }) =>
    faultsOf(lines, criteria).filter(({ kind }) => kind === "red flag not asked").length;
  compare("red flags not asked about, doctor reminded", "flags", unasked, "of 2 per visit", "not reminded");
  return out;
}
