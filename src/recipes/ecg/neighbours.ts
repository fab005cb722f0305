/** The baseline without a model: the ten nearest training patients by the rate and the variation that the package measures. */
import { measureRhythm } from "../../signals/index.ts";
import { type EcgExample, rhythmExample } from "./examples.ts";
import { inputRate } from "./input.ts";
import { asRecording } from "./simulate/recording.ts";

const neighbours = 10;
const trainingPatients = 400;
/** Patients of the evaluation that are measured; each takes some 20 ms. */
const most = 200;

type Measured = readonly [logRate: number, logVariation: number];

function measured(example: EcgExample): Measured | undefined {
  const measure = measureRhythm(asRecording(example.leads(), inputRate, "simulated"));
  if (typeof measure === "string") return undefined;
  return [Math.log(measure.rate), 0.5 * Math.log(measure.variation + 0.01)];
}

/** Recordings that cannot be measured count as wrong. */
export function nearestByMeasure(examples: readonly EcgExample[]): { right: number; n: number } {
  const known = Array.from({ length: trainingPatients }, (_, i) => rhythmExample(i)).flatMap((example) => {
    const place = measured(example);
    return place === undefined ? [] : [{ place, answer: example.question.answer }];
  });
  const own = examples.slice(0, most);
  const correct = own.filter((example) => {
    const place = measured(example);
    if (place === undefined) return false;
    const distance = (other: Measured) => Math.hypot(other[0] - place[0], other[1] - place[1]);
    const near = [...known].sort((a, b) => distance(a.place) - distance(b.place)).slice(0, neighbours);
    const votes = (answer: unknown) => near.filter((each) => each.answer === answer).length;
    const [best] = [...near].sort((a, b) => votes(b.answer) - votes(a.answer));
    return best.answer === example.question.answer;
  });
  return { right: correct.length, n: own.length };
}
