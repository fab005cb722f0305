/** Self-training over rounds on held-out questions; null: the first rationale of each question, whatever it answers. The rounds are kept beside the recorded calls. */
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Random } from "../../../dist/base/random.js";
import { examPrompt, whichDisease } from "../../../dist/recipes/clinic/text/questions.js";
import { vignetteOf } from "../../../dist/recipes/clinic/text/sentences.js";
import { drawExam, examSet, letters } from "../../../dist/recipes/clinic/world/exam.js";
import { knownDiseases } from "../../../dist/recipes/clinic/world/world.js";
import { readSelfTraining } from "../../../dist/strategy/self-training/config.js";
import { selfTrain } from "../../../dist/strategy/self-training/self-train.js";
import { folder, onlyRecorded } from "./recorded.mjs";

const lineOf = ({ patient, options, correct }) =>
  `${JSON.stringify({
    prompt: examPrompt(
      vignetteOf(patient),
      whichDisease,
      options.map(({ name }) => name),
    ),
    answer: letters[correct],
  })}\n`;

export async function rows({ of, log }) {
  const [learned, heldOut] = [of(400), of(1000)];
  const out = [];
  for (const [name, keep, samples, rounds] of [
    ["right", "correct", 4, 3],
    ["unfiltered", "all", 1, 2],
  ]) {
    const at = join(folder, `self-${name}-${learned}-${heldOut}`);
    const done = join(at, "run", "rounds.json");
    const recorded = async () => (existsSync(done) ? JSON.parse(await readFile(done, "utf8")) : []);
    if ((await recorded()).length <= rounds && !onlyRecorded) {
      await mkdir(at, { recursive: true });
      const random = new Random(88008);
      const questions = Array.from({ length: learned }, () => drawExam(random, knownDiseases, "train"));
      await writeFile(join(at, "learn.jsonl"), questions.map(lineOf).join(""));
      await writeFile(join(at, "held-out.jsonl"), examSet(99009, heldOut, knownDiseases).map(lineOf).join(""));
      const config = `base: clinic
out: run
selfTraining: { questions: learn.jsonl, heldOut: held-out.jsonl, rounds: ${rounds}, samples: ${samples}, keep: ${keep}, maxTokens: 120 }
learner: { kind: full }
schedule: { epochs: 3, learningRate: 2.0e-4 }
`;
      log(`  self-training, ${name}`);
      await selfTrain(readSelfTraining(config, join(at, "self.yaml")), {
        codeVersion: "bench",
        threads: 1,
        onRound: (result) => log(`  ${JSON.stringify(result)}`),
      });
    }
    const results = await recorded();
    for (const { round, kept, accuracy, interval, questions, p } of results.slice(name === "right" ? 0 : 1))
      out.push({
        id: `clinic: self-training, ${round === 0 ? "before" : `round ${round}`}${name === "right" ? "" : ", unfiltered rationales (null)"}`,
        ours: accuracy,
        unit: "correct",
        n: questions,
        ...(round > 0 && { peer: results[0].accuracy, peerName: "before" }),
        note: `95 % ${interval[0].toFixed(3)}-${interval[1].toFixed(3)}, n ${questions}${p === undefined ? "" : `; exact McNemar p ${p.toPrecision(2)}`}${kept === undefined ? "" : `; rationales for ${kept.rationales} of ${kept.of} questions`}`,
      });
  }
  return out;
}
