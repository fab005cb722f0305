/** The ECG recipe's parts: simulated patients and rhythms, the encoder's input, closed gates, and a model that learns on our trainer. */
import { expect, test } from "vitest";
import { AdamW } from "../../learn/optimizer/index.ts";
import { TrainingStep } from "../../learn/step.ts";
import { measureRhythm, simulateEcg } from "../../signals/index.ts";
import { eventExample, firstTestPatient, firstValidationPatient, rhythmExample, signalOf } from "./examples.ts";
import { inputRate, windowSamples, windowsOf } from "./input.ts";
import { answersOf, isRight, openReader } from "./measure.ts";
import { ecgFeeds, ecgForward, ecgObjective, freshEcgTensors, isText } from "./model.ts";
import { asRecording } from "./simulate/recording.ts";
import { numberIds, tensIds } from "./text.ts";

const examples = Array.from({ length: 4 }, (_, i) => rhythmExample(firstTestPatient + i));

test("a patient is a number; recordings are those of a twelve-lead machine, with the rate of their rhythm", () => {
  expect(signalOf(rhythmExample(5))).toEqual(signalOf(rhythmExample(5)));
  expect(signalOf(rhythmExample(5))).not.toEqual(signalOf(rhythmExample(6)));
  expect(firstTestPatient).toBeGreaterThan(firstValidationPatient);
  let regular = 0;
  for (let n = 0, seen = 0; seen < 3; n++) {
    const example = rhythmExample(n, undefined, 500);
    if (example.question.answer !== "sinus tachycardia") continue;
    seen++;
    const ecg = asRecording(example.leads(), 500, "simulated");
    expect(ecg.cautions.filter((caution) => /Einthoven|Missing|flat/.test(caution))).toEqual([]);
    const measure = measureRhythm(ecg);
    if (typeof measure !== "string" && measure.rate > 100 && measure.rate < 155) regular++;
  }
  expect(regular).toBe(3);
});

test("an event begins where the question's answer says, and is absent in a fifth of the recordings", () => {
  const many = Array.from({ length: 60 }, (_, i) => eventExample(i, 12).question);
  const answers = many.map(({ answer }) => answer as number | undefined);
  const absent = answers.filter((answer) => answer === undefined).length;
  expect(absent).toBeGreaterThan(4);
  expect(absent).toBeLessThan(22);
  expect(answers.every((answer) => answer === undefined || (answer > 0 && answer < 120))).toBe(true);
  const { question } = examples[0];
  expect(isRight(examples[0], { text: String(question.answer), probability: 1 })).toBe(true);
});

test("a long recording read again has its windows at other places, and the answer moves with them", () => {
  const numbers = Array.from({ length: 20 }, (_, i) => i);
  const example = numbers.map((i) => eventExample(i, 12)).find(({ question }) => question.answer !== undefined)!;
  const second = Math.floor(example.question.answer as number);
  const signal = new Float32Array(12 * windowSamples * 8);
  const { places, targets } = ecgFeeds([example], [signal], undefined, [0, 3]);
  expect([...(places.data as BigInt64Array)].map(Number)).toEqual([
    ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
    ...[3, 4, 5, 6, 7, 8, 9, 10, 11, 0, 1, 2],
  ]);
  const window = Math.floor(second / 10);
  const [own, , , moved, units] = [...(targets.data as BigInt64Array)].map(Number);
  expect([own, moved, units]).toEqual([tensIds[window], tensIds[(window + 3) % 12], numberIds[second % 10]]);
});

test("a recording of another rate becomes windows of the encoder's; a missing lead is named", () => {
  const ecg = simulateEcg({ rhythm: "sinus", seconds: 25, rate: 400, seed: 3 });
  const windows = windowsOf(ecg);
  expect(windows.length).toBe(2 * windowSamples * 8);
  // Lead II at one of its peaks, which resampling moves by half a sample at most.
  const two = ecg.channels[1].samples;
  const peak = two.subarray(0, 4000).indexOf(Math.max(...two.subarray(400, 3600)));
  const at = Math.round((peak / 400) * inputRate);
  const near = [-1, 0, 1].map((shift) => windows[(at + shift) * 8 + 1]);
  expect(Math.max(...near)).toBeGreaterThan((two[peak] / 0.5) * 0.6);
  expect(() => windowsOf({ ...ecg, channels: ecg.channels.filter(({ name }) => name !== "V3") })).toThrow(/no V3/);
});

test("with closed gates the model is the text model to the bit; an open gate changes it", async () => {
  const tensors = freshEcgTensors(1);
  const shape = { batch: 1, windows: 1 };
  const feeds = ecgFeeds(examples.slice(0, 1));
  const logitsOf = async (signals: boolean) => {
    const step = await TrainingStep.compile({
      name: "ecg-test",
      define: (graph, weights) => ecgForward(graph, weights, shape, signals),
      tensors,
      trainable: () => false,
      threads: 1,
    });
    const { outputs } = await step.run(feeds);
    await step.close();
    return outputs.logits.data.slice();
  };
  const text = await logitsOf(false);
  expect(await logitsOf(true)).toEqual(text);
  tensors.get("model.layers.1.cross_attn.gate")!.data[0] = 0.5;
  expect(await logitsOf(true)).not.toEqual(text);
}, 60_000);

test("gates open and a few steps on the same recordings lower the loss, while the text model stays", async () => {
  const tensors = freshEcgTensors(1);
  const trained = new Map([...tensors].filter(([name]) => !isText(name)));
  const before = tensors.get("model.embed_tokens.weight")!.data.slice();
  const step = await TrainingStep.compile({
    name: "ecg-test",
    define: (graph, weights) => ecgObjective(graph, weights, { batch: 2, windows: 1 }, true),
    tensors,
    trainable: (name) => !isText(name),
    threads: 1,
  });
  const optimizer = new AdamW(trained, { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0 });
  const few = examples.slice(0, 2);
  const feeds = ecgFeeds(few);
  const losses: number[] = [];
  for (let i = 0; i < 5; i++) {
    const { loss, gradients } = await step.run(feeds);
    losses.push(loss);
    optimizer.step(gradients, 1e-2);
  }
  await step.close();
  expect(losses.at(-1)!).toBeLessThan(losses[0] * 0.85);
  expect(tensors.get("model.layers.0.cross_attn.gate")!.data[0]).not.toBe(0);
  expect(tensors.get("model.embed_tokens.weight")!.data).toEqual(before);
  const reader = await openReader(tensors, { batch: 2, windows: 1 }, true, 1);
  const answers = await answersOf(few, reader);
  await reader.close();
  expect(answers).toHaveLength(2);
  expect(answers[0].probabilities!.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
}, 60_000);
