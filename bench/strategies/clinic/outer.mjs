/**
 * The outer loop: visits about half of the known diseases, played with the inner loop, become examples for the doctor; measured on patients with the other half. Null:
 * all visits, however they ended. The tuned models are kept beside the recorded calls.
 */
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Random } from "../../../dist/base/random.js";
import { readTuneConfig, tune } from "../../../dist/learn/tune/index.js";
import { loadModel } from "../../../dist/model/index.js";
import { drawDisease, drawPatient } from "../../../dist/recipes/clinic/world/patient.js";
import { knownDiseases } from "../../../dist/recipes/clinic/world/world.js";
import { examplesOf, exclusionReason } from "../../../dist/strategy/consult/dialogues.js";
import { selfPlay, visit } from "../../../dist/strategy/consult/visit.js";
import { callsTo } from "../../../dist/strategy/index.js";
import { mean, shareRow } from "./common.mjs";
import { folder, inPieces, onlyRecorded, recordsOf } from "./recorded.mjs";
import { seeded, setting, visitOf } from "./visits.mjs";

const [practised, heldOut] = [knownDiseases.slice(0, 20), knownDiseases.slice(20)];
const patientsOf = (seed, count, diseases) => {
  const random = new Random(seed);
  return Array.from({ length: count }, () => drawPatient(random, drawDisease(random, diseases), 40));
};

export async function rows({ model, of, log }) {
  const { model: recorded, cache } = recordsOf("outer", model);
  const played = await inPieces(
    patientsOf(66006, of(1000), practised),
    async (patient, i) => {
      const { call } = callsTo(recorded, { cache });
      const doctor = seeded(call, 1000 * i);
      const attempts = await selfPlay({ doctor, critic: call }, ...visitOf(patient), {
        setting,
        temperature: 0.7,
        refine: true,
      });
      const { visit: last } = attempts[attempts.length - 1];
      return { last, why: exclusionReason(last, { diagnosis: patient.disease.name }) };
    },
    { log, name: "visits to learn from" },
  );
  if (played.length === 0) return [];
  const completed = played.filter(({ why }) => why === undefined);
  const tuned = async (name, visits) => {
    const out = join(folder, `outer-${name}-${played.length}`);
    if (!existsSync(join(out, "model"))) {
      if (onlyRecorded) return undefined;
      log(`  tuning on ${visits.length} visits, ${name}`);
      await mkdir(out, { recursive: true });
      const train = join(out, "train.jsonl");
      await writeFile(
        train,
        visits.flatMap(({ last }) => examplesOf(last, setting).map((one) => `${JSON.stringify(one)}\n`)).join(""),
      );
      const config = `base: clinic\nout: ${JSON.stringify(out)}\ndata: { train: ${JSON.stringify(train)} }\nlearner: { kind: full }\nschedule: { epochs: 2, learningRate: 2.0e-4 }\n`;
      await tune(readTuneConfig(config, "outer.yaml", out), { codeVersion: "bench" });
    }
    return loadModel(join(out, "model"), { threads: 1 });
  };
  const patients = patientsOf(77007, of(1000), heldOut);
  const arms = {};
  // As many visits for the null as were kept, so that the amount of training is the same.
  for (const [name, visits] of [
    ["base", undefined],
    ["kept", completed],
    ["all", played.slice(0, completed.length)],
  ]) {
    const doctor = visits === undefined ? model : await tuned(name, visits);
    if (doctor === undefined) return [];
    const records = recordsOf(`outer-${name}`, doctor);
    arms[name] = await inPieces(
      patients,
      (patient, i) => {
        const { call } = callsTo(records.model, { cache: records.cache });
        return visit(seeded(call, 1000 * i), ...visitOf(patient), { setting });
      },
      { log, name: `held-out visits, ${name}` },
    );
    if (visits !== undefined) await doctor.close();
  }
  const n = Math.min(...Object.values(arms).map(({ length }) => length));
  if (n === 0) return [];
  const correct = (arm) => arms[arm].slice(0, n).map(({ conclusion }, i) => conclusion === patients[i].disease.name);
  const note = (arm) => {
    const own = arms[arm].slice(0, n);
    // Why it may fail: the tuned doctor names the diseases that it practised.
    const named = (visits) =>
      mean(visits.map(({ conclusion }) => Number(practised.some(({ name }) => name === conclusion)))).toFixed(3);
    return `concludes with a disease of the training visits, which is always wrong here, in ${named(own)}, before in ${named(arms.base.slice(0, n))}; questions ${mean(own.map(({ questions }) => questions)).toFixed(2)} and ${mean(arms.base.slice(0, n).map(({ questions }) => questions)).toFixed(2)}; diseases absent from the training visits; ${completed.length} of ${played.length} visits ended correctly`;
  };
  return [
    shareRow(
      "clinic: outer loop, trained on visits with a correct conclusion",
      correct("kept"),
      correct("base"),
      "before",
      note("kept"),
    ),
    shareRow(
      "clinic: outer loop, trained on as many unfiltered visits (null)",
      correct("all"),
      correct("base"),
      "before",
      note("all"),
    ),
  ];
}
