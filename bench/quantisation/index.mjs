/**
 * Quantisation-aware tuning: what 4-bit weights cost nano before it and after it. nano is distilled from itself on training films, with the decoder's weights
 * as `int4` rounds them; on test films that chose nothing, the likelihood of the answers that nano gives in float32 is compared.
 *
 * `npm run bench -- quantisation --data PATH`: PATH has `cxr-pneumonia/{train,test}/{NORMAL,PNEUMONIA}`. POLYCLINIC_SHARE (0 to 1) takes fewer films.
 */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Random } from "../../dist/base/random.js";
import { readTuneConfig, tune } from "../../dist/learn/index.js";
import { loadModel } from "../../dist/model/index.js";
import { openStudy } from "../../dist/study/index.js";
import { layOut, messagesOf } from "../../dist/task/index.js";

/** Prompts of nano's training with answers of one word and of several sentences. */
const prompts = [
  "Is there pneumonia?",
  "Write a report of this chest X-ray with the sections Findings and Impression.",
];

export async function rows({ data, log }) {
  if (data === undefined) {
    log("quantisation: skipped, needs --data");
    return [];
  }
  const share = Number(process.env.POLYCLINIC_SHARE ?? 1);
  const films = (part, count) =>
    ["NORMAL", "PNEUMONIA"].flatMap((label) => {
      const folder = join(data, "cxr-pneumonia", part, label);
      const names = readdirSync(folder).sort();
      const each = Math.max(2, Math.round((count * share) / 2));
      // Spread over the whole list, whose neighbours are often films of one patient.
      return Array.from({ length: each }, (_, i) => join(folder, names[Math.floor((i * names.length) / each)]));
    });
  const folder = mkdtempSync(join(tmpdir(), "quantisation-"));
  const opened = [];
  const open = async (name, precision) => {
    const model = await loadModel(name, { precision, threads: 1 });
    opened.push(model);
    return model;
  };
  try {
    const exact = await open("nano", "f32");
    const [learned, tested] = [films("train", 300), films("test", 200)];
    log(`answers of nano in float32 to ${learned.length} films`);
    const lines = [];
    for (const film of learned)
      for (const { text, content } of await answersOf(exact, film))
        lines.push(
          JSON.stringify({
            messages: [
              {
                role: "user",
                content: content.map((part) => (part.type === "text" ? part : { type: "image", image: film })),
              },
              { role: "assistant", content: text },
            ],
          }),
        );
    writeFileSync(join(folder, "train.jsonl"), lines.join("\n"));
    const config = {
      base: "nano",
      out: "run",
      data: { train: "train.jsonl" },
      learner: { kind: "distil", teacher: "nano", target: "full", quantisation: "int4" },
      schedule: { epochs: 2, learningRate: 2e-5, warmup: 0.05, shape: "cosine" },
      batch: { rows: 4 },
      threads: 1,
    };
    // YAML contains JSON.
    const { run, saved } = await tune(readTuneConfig(JSON.stringify(config), join(folder, "tune.yaml")), {
      codeVersion: "bench",
      onPlan: ({ steps, secondsPerStep }) => log(`${steps} steps of ${secondsPerStep.toFixed(2)} s`),
    });
    log(`tuned: ${run.steps ?? ""}`);
    const models = {
      before: await open("nano", "int4"),
      after: await open(saved, "int4"),
      "after in float32": await open(saved, "f32"),
    };
    const found = [];
    for (const film of tested) {
      const each = { tokens: 0, exact: 0 };
      for (const { messages, text } of await answersOf(exact, film)) {
        each.exact += await likelihood(exact, messages, text);
        for (const [name, model] of Object.entries(models)) {
          each[name] = (each[name] ?? 0) + (await likelihood(model, messages, text));
          const own = await model.generate(messages, { temperature: 0, maxTokens: 200 }).result;
          each[`${name} same`] = (each[`${name} same`] ?? 0) + Number(own.text === text) / prompts.length;
        }
      }
      found.push(each);
    }
    return [
      row("int4-before", found, "before"),
      row("int4-after", found, "after"),
      row("float32-after", found, "after in float32"),
      {
        id: "int4-error-removed",
        ...interval(found, (each) => each.after - each.before),
        unit: "nats an answer pair",
        note: noteOf(found, (each) => each.after - each.before, "gain in log-likelihood"),
      },
    ];
  } finally {
    for (const model of opened) await model.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** nano's greedy answers to a film, with the prompts that led to them. */
async function answersOf(model, film) {
  const study = await openStudy(film);
  const layout = await layOut(study, model);
  const out = [];
  for (const after of prompts) {
    const messages = messagesOf(layout, { version: "bench", after });
    const { text } = await model.generate(messages, { temperature: 0, maxTokens: 200 }).result;
    out.push({ messages, content: messages.at(-1).content, text });
  }
  await study.close();
  return out;
}

const likelihood = async (model, messages, text) => (await model.score(messages, [text]))[0].logLikelihood;

const mean = (list) => list.reduce((a, b) => a + b, 0) / list.length;

/** Percentile bootstrap over films, 2,000 resamples. */
function bounds(list) {
  const random = new Random(5);
  const means = Array.from({ length: 2000 }, () => mean(list.map(() => list[random.below(list.length)]))).sort(
    (a, b) => a - b,
  );
  return [means[50], means[1949]];
}

const interval = (found, of) => ({ ours: mean(found.map(of)) });

const noteOf = (found, of, what) => {
  const [low, high] = bounds(found.map(of));
  return `${what}, 95 % ${low.toFixed(4)} to ${high.toFixed(4)}, n ${found.length} films`;
};

function row(id, found, name) {
  const lost = (each) => each.exact - each[name];
  const same = mean(found.map((each) => each[`${name} same`]));
  return {
    id,
    ...interval(found, lost),
    unit: "nats lost",
    note: `${noteOf(found, lost, "log-likelihood of nano's own two answers")}; the same answer ${(100 * same).toFixed(1)} %`,
  };
}
