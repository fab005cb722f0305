/**
 * What to ask next by a model's own lists, on a model whose lists are drawn from the exact posterior: the exact information of the question that is ranked first, against that of the
 * best and of a random one. Null: lists that do not depend on the answer. No weights: this shows whether the estimate finds the information in the lists.
 */
import { Random } from "../../../dist/base/random.js";
import { meanInterval } from "../../../dist/measure/index.js";
import { ScriptedModel } from "../../../dist/model/scripted/index.js";
import { signs } from "../../../dist/recipes/clinic/world/names.js";
import { drawDisease, drawPatient, informationGain, posterior } from "../../../dist/recipes/clinic/world/patient.js";
import { knownDiseases } from "../../../dist/recipes/clinic/world/world.js";
import { ownLists } from "../../../dist/strategy/ddx/own-lists.js";
import { callsTo } from "../../../dist/strategy/index.js";
import { mean } from "./common.mjs";
import { keptRows } from "./recorded.mjs";

const candidates = 8;
/** @type {readonly string[]} */
const signNames = signs;

/** Lists ten diseases, drawn one after the other by their probability given the evidence written in the case. */
const doctor = (reads) =>
  new ScriptedModel((messages, { seed = 0 }) => {
    const [part] = messages[0].content;
    const { present, absent, asked } = JSON.parse(/\{.*\}/.exec("text" in part ? part.text : "")[0]);
    const evidence = { present: [...present], absent: [...absent] };
    if (asked !== undefined && reads) evidence[asked.present ? "present" : "absent"].push(asked.sign);
    const random = new Random(7919 * seed + 31 * (asked?.sign ?? -1) + (asked?.present ? 1 : 0));
    const p = posterior(knownDiseases, evidence);
    const list = [];
    while (list.length < 10) {
      let left = random.next() * p.reduce((a, b) => a + b, 0);
      const at = p.findIndex((x) => (left -= x) < 0);
      list.push(knownDiseases[Math.max(0, at)].name);
      p[Math.max(0, at)] = 0;
    }
    return list.map((name, i) => `${i + 1}. ${name}`).join("\n");
  });

export const rows = ({ of }) => keptRows("weigh", [of(1000)], () => measured(of(1000)));

async function measured(n) {
  const random = new Random(121_212);
  const gains = { chosen: [], null: [], random: [], best: [] };
  for (let k = 0; k < n; k++) {
    const patient = drawPatient(random, drawDisease(random, knownDiseases), 40);
    const evidence = { present: patient.signs.slice(0, 2), absent: [] };
    const open = random
      .shuffle(signs.map((_, i) => i).filter((i) => !evidence.present.includes(i)))
      .slice(0, candidates);
    const gain = new Map(open.map((i) => [i, informationGain(knownDiseases, evidence, i) / Math.LN2]));
    gains.best.push(Math.max(...gain.values()));
    gains.random.push(gain.get(open[0]));
    for (const [name, reads] of [
      ["chosen", true],
      ["null", false],
    ]) {
      const { next } = await ownLists(callsTo(doctor(reads)).call, JSON.stringify(evidence), {
        candidates: open.map((i) => signs[i]),
        samples: 7,
        // No statement of the case is left out here.
        setting: JSON.stringify(evidence),
        withFinding: (caseText, finding, present) =>
          JSON.stringify({ ...JSON.parse(caseText), asked: { sign: signNames.indexOf(finding), present } }),
      });
      gains[name].push(gain.get(signNames.indexOf(next[0].finding)));
    }
  }
  const row = (id, name) => {
    const { low, high } = meanInterval(gains[name]);
    const differences = gains[name].map((x, i) => x - gains.random[i]);
    const apart = meanInterval(differences);
    return {
      id,
      ours: mean(gains[name]),
      unit: "bits",
      n,
      peer: mean(gains.random),
      peerName: "random question",
      note: `computed, no weights; 95 % ${low.toFixed(3)}-${high.toFixed(3)}, n ${n}; difference ${mean(differences).toFixed(3)} (${apart.low.toFixed(3)} to ${apart.high.toFixed(3)}); the best of ${candidates} has ${mean(gains.best).toFixed(3)}`,
    };
  };
  return [
    row("ddx --weigh: exact information of the question ranked first, lists drawn from the posterior", "chosen"),
    row("ddx --weigh: lists that do not depend on the answer (null)", "null"),
  ];
}
