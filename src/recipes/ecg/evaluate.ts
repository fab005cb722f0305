/**
 * `npm run evaluate:ecg -- [--run runs/ecg] [--patients 600] [--stage places|signals] [--signals] [--unlike] [--file ecg.dcm]`: rhythms of simulated patients that training never
 * saw, with and without other noise, and the second of an event in up to two minutes; against the text model alone, shuffled signals, and the nearest neighbours of
 * measured rate and variation. `--stage signals` measures the model before places were trained, `--signals` what is computed without a model, `--unlike` which recordings are refused; with `--file`, the
 * answer about a recording instead, or that it is unlike the simulated ones.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { PolyclinicError } from "../../base/errors.ts";
import { Random } from "../../base/random.ts";
import { loadWeights } from "../../learn/run/index.ts";
import type { Tensors } from "../../learn/tensors.ts";
import { wilsonInterval } from "../../measure/index.ts";
import { rhythms, simulateEcg } from "../../signals/index.ts";
import { openStudy } from "../../study/index.ts";
import { type EcgExample, eventExample, firstTestPatient, rhythmExample, signalOf } from "./examples.ts";
import { windowSamples, windowsOf } from "./input.ts";
import { answersOf, type EcgAnswer, isRight, openReader } from "./measure.ts";
import { ecgTraining, placesFolder, textWeights } from "./model.ts";
import { nearestByMeasure } from "./neighbours.ts";
import { type SignalCounts, signalCounts } from "./signal-measures.ts";
import { simulatedLeads } from "./simulate/patient.ts";
import { otherNoise } from "./simulate/recording.ts";
import { eventNames, type RhythmName, rhythmNames } from "./simulate/rhythms.ts";
import { mostWindows } from "./text.ts";
import { openUnlike } from "./unlike.ts";

/** Of long recordings, so that no patient is shared with the short ones. */
const firstLong = firstTestPatient + 2 ** 24;
const short = { batch: 24, windows: 1 };

function row(name: string, correct: number, n: number): void {
  const { low, high } = wilsonInterval(correct, n);
  process.stdout.write(`${name}: ${(correct / n).toFixed(3)} (95 % ${low.toFixed(3)}-${high.toFixed(3)}, n ${n})\n`);
}

const countRight = (examples: readonly EcgExample[], answers: readonly EcgAnswer[]) =>
  answers.filter((answer, i) => isRight(examples[i], answer)).length;

/** Every signal goes to another patient's question. */
function shuffled(signals: readonly Float32Array[]): Float32Array[] {
  const order = new Random(1).shuffle(signals.map((_, i) => i));
  return signals.map((_, i) => signals[order[(order.indexOf(i) + 1) % order.length]]);
}

async function evaluateRhythms(tensors: Tensors, count: number): Promise<void> {
  const reader = await openReader(tensors, short);
  const text = await openReader(tensors, short, false);
  try {
    const examples = Array.from({ length: count }, (_, i) => rhythmExample(firstTestPatient + i));
    const signals = examples.map(signalOf);
    const answers = await answersOf(examples, reader, signals);
    row("rhythm", countRight(examples, answers), count);
    const noisy = examples.map((_, i) => rhythmExample(firstTestPatient + 2 ** 20 + i, otherNoise));
    row("rhythm, other noise", countRight(noisy, await answersOf(noisy, reader)), count);
    row("rhythm, text alone", countRight(examples, await answersOf(examples, text, signals)), count);
    row("rhythm, shuffled signals", countRight(examples, await answersOf(examples, reader, shuffled(signals))), count);
    const measured = nearestByMeasure(examples);
    row("rhythm, nearest by measured rate and variation", measured.right, measured.n);
    for (const name of rhythmNames) {
      const own = examples.flatMap(({ question }, i) => (question.answer === name ? [i] : []));
      const wrong = own.map((i) => answers[i].text).filter((answer) => answer !== name);
      const most = [...new Set(wrong)].map((answer) => `${answer} ${wrong.filter((other) => other === answer).length}`);
      process.stdout.write(
        `  ${name}: ${own.length - wrong.length} of ${own.length}${most.length > 0 ? `; ${most.join(", ")}` : ""}\n`,
      );
    }
    await otherSimulator(reader);
  } finally {
    await reader.close();
    await text.close();
  }
}

/** `signals/simulate.ts` draws beats in another way and was not trained on. */
async function otherSimulator(reader: Awaited<ReturnType<typeof openReader>>): Promise<void> {
  const names = {
    sinus: "sinus rhythm",
    bradycardia: "sinus bradycardia",
    tachycardia: "sinus tachycardia",
    "atrial-fibrillation": "atrial fibrillation",
  } as const;
  for (const [rhythm, answer] of Object.entries(names)) {
    const recordings = Array.from({ length: 50 }, (_, i) =>
      simulateEcg({ rhythm: rhythm as keyof typeof names, seed: 1000 + i }),
    );
    const examples = recordings.map(() => withAnswer(answer));
    const answers = await answersOf(examples, reader, recordings.map(windowsOf));
    row(`the package's other simulator, ${answer}`, countRight(examples, answers), examples.length);
  }
}

const withAnswer = (answer: RhythmName): EcgExample => ({
  ...rhythmExample(firstTestPatient),
  question: { kind: "rhythm", wording: 0, answer },
});

/** Chance, by the simulator: the event begins anywhere in the recording; a guess is right within 2 s on either side. */
const chanceWithin2 = (windows: number) => Math.min(1, 5 / (10 * windows - 3));

async function evaluateEvents(tensors: Tensors, count: number, windows: number): Promise<void> {
  const shape = { batch: Math.max(2, Math.floor(ecgTraining.short.batch / windows)), windows };
  const reader = await openReader(tensors, shape);
  const text = await openReader(tensors, shape, false);
  try {
    const examples = Array.from({ length: count }, (_, i) => eventExample(firstLong + i, windows));
    const signals = examples.map(signalOf);
    const present = examples.flatMap(({ question }, i) => (question.answer === undefined ? [] : [i]));
    const absent = examples.flatMap(({ question }, i) => (question.answer === undefined ? [i] : []));
    const rows = [
      { name: "as it is", answers: await answersOf(examples, reader, signals) },
      { name: "text alone", answers: await answersOf(examples, text, signals) },
      { name: "shuffled signals", answers: await answersOf(examples, reader, shuffled(signals)) },
    ];
    process.stdout.write(`event in ${10 * windows} s, chance within 2 s ${chanceWithin2(windows).toFixed(3)}:\n`);
    for (const { name, answers } of rows) {
      const of = (indices: readonly number[]) =>
        countRight(
          indices.map((i) => examples[i]),
          indices.map((i) => answers[i]),
        );
      const tens = (value: unknown) => Math.floor(Number(value) / 10);
      const inWindow = present.filter((i) => tens(answers[i].text) === tens(examples[i].question.answer)).length;
      row(`  ${name}, within 2 s`, of(present), present.length);
      row(`  ${name}, the window of ten seconds`, inWindow, present.length);
      row(`  ${name}, absent and said so`, of(absent), absent.length);
      if (name === "as it is")
        for (const event of eventNames) {
          const own = present.filter((i) => {
            const { question } = examples[i];
            return question.kind === "event" && question.event === event;
          });
          process.stdout.write(`    ${event}: ${of(own)} of ${own.length}\n`);
        }
    }
  } finally {
    await reader.close();
    await text.close();
  }
}

/** What is computed from samples without the model. */
function evaluateSignals(patients: number): void {
  const counts = signalCounts(patients);
  const sum = (key: keyof SignalCounts, of = [...counts.values()]) => of.reduce((total, each) => total + each[key], 0);
  for (const [name, { n, irregular, none, fixed, undecided, falseCautions, found, hedged }] of counts)
    process.stdout.write(
      `${name}, ${n}: ${irregular} irregular (before the complexes nothing ${none}, a wave ${fixed}, undecided ${undecided}); exchanged arms said ${found} (undecidable ${hedged}), without an exchange ${falseCautions}\n`,
    );
  const fibrillation = counts.get("atrial fibrillation");
  if (fibrillation !== undefined) {
    row("atrial fibrillation, irregular: no wave before the complexes", fibrillation.none, fibrillation.irregular);
    row("atrial fibrillation: exchanged arms said", fibrillation.found, fibrillation.n);
  }
  const others = [...counts].filter(([name]) => name !== "atrial fibrillation").map(([, each]) => each);
  row("other rhythms, irregular: no wave before the complexes", sum("none", others), sum("irregular", others));
  row("all rhythms: exchanged arms said", sum("found"), sum("n"));
  row("all rhythms: said without an exchange", sum("falseCautions"), sum("n"));
}

/** How many recordings are refused as unlike the training ones: held-out simulated ones should not be, changed ones should. */
async function evaluateUnlike(tensors: Tensors, count: number): Promise<void> {
  const detector = await openUnlike(tensors);
  const leads = simulatedLeads.length;
  const change = (to: (value: number, lead: number, i: number, window: Float32Array) => number) => {
    return (window: Float32Array) => window.map((value, at) => to(value, at % leads, Math.floor(at / leads), window));
  };
  try {
    const own = Array.from({ length: count }, (_, i) => signalOf(rhythmExample(firstTestPatient + 2 ** 21 + i)));
    const otherNoisy = own.map((_, i) => signalOf(rhythmExample(firstTestPatient + 2 ** 22 + i, otherNoise)));
    const otherSimulator = own.map((_, i) =>
      windowsOf(simulateEcg({ rhythm: rhythms[i % rhythms.length], seed: 5000 + i })),
    );
    const changed: Readonly<Record<string, (window: Float32Array) => Float32Array>> = {
      "all leads inverted": change((value) => -value),
      "leads in reverse order": change((_, lead, i, window) => window[i * leads + leads - 1 - lead]),
      "one lead flat": change((value, lead) => (lead === 3 ? 0 : value)),
      "clipped at half a millivolt": change((value) => Math.max(-1, Math.min(1, value))),
      "ten times as large": change((value) => 10 * value),
      "twice as fast": change((_, lead, i, window) => window[((2 * i) % windowSamples) * leads + lead]),
      "ST segments raised in V1 to V4": change((value, lead, i, window) =>
        lead < 2 || lead > 5 ? value : value + 0.5 * Math.max(0, window[Math.max(0, i - 12) * leads + lead]),
      ),
      "time reversed": change((_, lead, i, window) => window[(windowSamples - 1 - i) * leads + lead]),
    };
    const refusals = async (name: string, windows: readonly Float32Array[]) => {
      const distances = await detector.distances(windows);
      row(`refused, ${name}`, distances.filter((distance) => distance > 1).length, windows.length);
    };
    await refusals("simulated as in training", own);
    await refusals("with other noise", otherNoisy);
    await refusals("the package's other simulator", otherSimulator);
    for (const [name, to] of Object.entries(changed)) await refusals(name, own.map(to));
  } finally {
    await detector.close();
  }
}

/** The first ten seconds of a recording of the user's. */
async function answerFile(tensors: Tensors, file: string): Promise<void> {
  await using study = await openStudy(file);
  const part = study.parts.find(({ kind }) => kind === "waveform");
  if (part?.kind !== "waveform")
    throw new PolyclinicError("recipes/ecg-input", "holds no signals", { where: file, expected: "an ECG" });
  const { channels, samplesPerSecond: rate, label: where } = part;
  const windows = windowsOf({ channels, rate, length: channels[0].samples.length, where });
  const reader = await openReader(tensors, short);
  try {
    const signal = windows.subarray(0, windowSamples * simulatedLeads.length);
    const detector = await openUnlike(tensors);
    const [distance] = await detector.distances([signal]);
    await detector.close();
    if (distance > 1) {
      process.stdout.write(
        `${where}: not answered. Unlike the simulated recordings of the training: ${distance.toFixed(1)} times the distance that 98 % of them keep.\n`,
      );
      return;
    }
    process.stdout.write(`distance ${distance.toFixed(2)} of the limit\n`);
    const [{ text, probabilities = [] }] = await answersOf([withAnswer("sinus rhythm")], reader, [signal]);
    process.stdout.write("Caution: trained on simulated recordings only; not a reading of this one.\n");
    process.stdout.write(`${where}: ${text}\n`);
    const order = [...probabilities.keys()].sort((a, b) => probabilities[b] - probabilities[a]).slice(0, 3);
    for (const i of order) process.stdout.write(`  ${rhythmNames[i]} ${probabilities[i].toFixed(3)}\n`);
  } finally {
    await reader.close();
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      run: { type: "string", default: "runs/ecg" },
      patients: { type: "string", default: "600" },
      file: { type: "string" },
      signals: { type: "boolean", default: false },
      unlike: { type: "boolean", default: false },
      stage: { type: "string", default: placesFolder },
    },
  });
  const count = Number(values.patients);
  if (values.signals) return evaluateSignals(count);
  const tensors = new Map([
    ...(await loadWeights(join(values.run, "text", textWeights))),
    ...(await loadWeights(join(values.run, values.stage === placesFolder ? placesFolder : "", "best.safetensors"))),
  ]);
  if (values.file !== undefined) return answerFile(tensors, values.file);
  if (values.unlike) return evaluateUnlike(tensors, count);
  await evaluateRhythms(tensors, count);
  // Where the event is found in ten seconds and not in longer recordings, it is the place of its window that is not read.
  for (const windows of [1, 2, 4, mostWindows]) await evaluateEvents(tensors, Math.ceil(count / 3), windows);
}

await main();
