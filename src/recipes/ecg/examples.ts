/** Simulated recordings with a question, each determined by its number: a patient is a number, so that parts never share one. */
import { Random } from "../../base/random.ts";
import { inputRate, inWindows, windowSeconds } from "./input.ts";
import { type Patient, simulatePatient } from "./simulate/patient.ts";
import { type Noise, simulatedSignal, trainingNoise } from "./simulate/recording.ts";
import { courseOf, courseWithEvent, eventNames, rhythmNames } from "./simulate/rhythms.ts";
import { type Question, rhythmWordings } from "./text.ts";

/** Training counts up from 0 and never reaches these. */
export const firstValidationPatient = 2 ** 28;
export const firstTestPatient = 2 ** 29;

export interface EcgExample {
  readonly patient: Patient;
  readonly windows: number;
  readonly question: Question;
  /** Computed when they are asked for: millivolt, in the order of `simulatedLeads`, at `inputRate` unless another rate was requested. */
  readonly leads: () => readonly Float32Array[];
}

/** The signal as the encoder reads it, `[windows, windowSamples, 8]`. */
export const signalOf = ({ leads }: EcgExample): Float32Array => inWindows(leads(), inputRate);

/** Ten seconds of one of the rhythms, all equally frequent. */
export function rhythmExample(number: number, noise: Noise = trainingNoise, rate = inputRate): EcgExample {
  const random = new Random(number);
  const answer = rhythmNames[random.below(rhythmNames.length)];
  const patient = simulatePatient(random);
  const wording = random.below(rhythmWordings);
  const course = courseOf(answer, windowSeconds, patient.pr, random);
  return {
    patient,
    windows: 1,
    question: { kind: "rhythm", wording, answer },
    leads: () => simulatedSignal(patient, course, { seconds: windowSeconds, rate, noise, seed: number }),
  };
}

/** Share of recordings that do not hold the event asked for. */
const withoutEvent = 0.2;

/** Sinus rhythm of `windows` times ten seconds with one event, and the question when it begins. */
export function eventExample(number: number, windows: number, noise: Noise = trainingNoise): EcgExample {
  const random = new Random(number);
  const patient = simulatePatient(random);
  const event = eventNames[random.below(eventNames.length)];
  const present = random.next() >= withoutEvent;
  const seconds = windows * windowSeconds;
  // To the end but for the time in which the event can be told; a run may go on beyond it.
  const at = 1 + (seconds - 3) * random.next();
  const { course, begins } = courseWithEvent(present ? event : undefined, at, seconds, patient.pr, random);
  return {
    patient,
    windows,
    question: { kind: "event", event, answer: present ? begins : undefined },
    leads: () => simulatedSignal(patient, course, { seconds, rate: inputRate, noise, seed: number }),
  };
}
