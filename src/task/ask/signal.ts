/**
 * Answers that `ask` computes from an ECG without a model: rate, regularity, leads, and what these fit when the rhythm is asked for, each with the beats or channels it is based on. Questions about a named
 * rhythm, a disease, a wave or an interval other than RR are not computed; they go to the model or are refused by its scope.
 */
import {
  measureRhythm,
  type Preceding,
  precedingLimits,
  precedingWaves,
  type RhythmMeasure,
  regularityLimits,
  standardLeads,
} from "../../signals/index.ts";
import type { Study, WaveformPart } from "../../study/types.ts";
import type { Computed } from "../define.ts";
import type { AskAnswer, AskRequest } from "./ask.ts";
import type { CitedFact } from "./citation.ts";

type Form = "rhythm" | "rate" | "regularity" | "intervals" | "leads";

/** Words that mark a question as not computable, whatever else it contains; stems serve several languages. */
const beyond =
  /flimmer|flatter|fibril|sinus|blo[ck]|blocco|extrasíst|schrittmacher|marcapas|pace-?maker|infart|isquém|isquem|ischäm|achse|achs|asse\b|\beje\b|\beixo\b|wellen?\b|\bond[ae]s?\b|\bgolf|gefähr|danger|pericol|peligr|perig|fibrill|flutter|sinus|block|ectop|extrasyst|premature|pacem|paced|junction|ventricular tachy|torsade|asystol|\bav\b|\bst\b|elevat|depress|infarct|isch|axis|hypertroph|\bp[- ]?waves?\b|\bqt|\bqrs|\bpr\b|\bt[- ]?waves?\b|normal|abnormal|diagnos|treat|danger|risk|wpw|brugada|long qt|pericard/i;

const forms: readonly (readonly [Form, RegExp])[] = [
  ["intervals", /\br[- ]?r\b|interval|beat[- ]to[- ]beat|variab/i],
  ["regularity", /regular|regolar|régulier|regelmä|regelmat/i],
  [
    "rate",
    /\brate\b|how fast|how slow|beats? (?:per|a) minute|\bbpm\b|pulse|tachycard|bradycard|herzfrequenz|wie schnell|fréquence cardiaque|frecuencia cardi|frequenza cardi|frequência cardí|hartfrequent|hartslag|\bpuls\b|\bpouls\b|\bpulso\b|\bpolso\b/i,
  ],
  // English, German, French, Spanish, Italian, Portuguese, Dutch.
  ["rhythm", /\brh?yth?m(?:s|us|es?)?\b|herzrhythmus|\britm[oe]s?\b|hartritme/i],
  ["leads", /\b(?:leads?|channels?|electrodes?)\b|how long|duration|sampling/i],
];

/** The form of a computable question; undefined for others. */
export function signalForm(question: string): Form | undefined {
  if (beyond.test(question)) return undefined;
  return forms.find(([, words]) => words.test(question))?.[0];
}

/**
 * The ECG that a question is about: the only one, or the longest recording of a file that holds several, as carts write ten seconds of rhythm and a median beat into
 * one DICOM object. Undefined for other parts, and for ECGs of several files.
 */
function ecgOf(
  parts: Study["parts"],
): { readonly part: WaveformPart; readonly others: readonly WaveformPart[] } | undefined {
  const ecgs = parts.filter((part) => part.kind === "waveform" && isEcg(part)) as WaveformPart[];
  const files = new Set(ecgs.map(({ origin }) => origin.files.join("\n")));
  if (ecgs.length === 0 || ecgs.length < parts.length || files.size > 1) return undefined;
  const part = ecgs.reduce((longest, each) => (secondsOf(each) > secondsOf(longest) ? each : longest));
  return { part, others: ecgs.filter((each) => each !== part) };
}

const secondsOf = ({ channels, samplesPerSecond }: WaveformPart) =>
  (channels[0]?.samples.length ?? 0) / samplesPerSecond;

/** Undefined for other questions and other studies (`ecgOf`), and if the caller sets the choices or wants the model's own answer. */
export function computeFromSignal(
  { parts }: Pick<Study, "parts">,
  { question, choices, free }: AskRequest,
): Computed<AskAnswer> | undefined {
  const found = choices === undefined && !free ? ecgOf(parts) : undefined;
  if (found === undefined) return undefined;
  const { part, others } = found;
  const form = signalForm(question);
  if (form === undefined) return undefined;
  const { text, facts, cautions } = answerOf(part, form, question);
  return {
    answer: { kind: "computed", question, answer: text, facts },
    text,
    cautions: [
      "Research only: measured by a program on this recording, not read by a cardiologist.",
      ...part.warnings.map(({ message }) => message),
      ...others.map(
        (other) =>
          `Measured on ${part.label} (${secondsOf(part).toFixed(1)} s); the file also holds ${other.label} (${secondsOf(other).toFixed(1)} s), which was not measured.`,
      ),
      ...cautions,
    ],
    from: "signal",
  };
}

/** Other signals (EEG, pressure, sound) have different beats, or none. */
export function isEcg({ modality, channels }: WaveformPart): boolean {
  const leads: readonly string[] = standardLeads;
  return modality === "ECG" || channels.some(({ name }) => leads.includes(name));
}

interface Answered {
  readonly text: string;
  readonly facts: CitedFact[];
  readonly cautions: readonly string[];
}

function answerOf(part: WaveformPart, form: Form, question: string): Answered {
  if (form === "leads") return leadsOf(part);
  const { channels, samplesPerSecond: rate } = part;
  const measure = measureRhythm({ channels, rate, length: channels[0]?.samples.length ?? 0 });
  if (typeof measure === "string")
    return {
      text: `Not measured: ${measure}.`,
      facts: [],
      cautions: ["Look at the tracing (polyclinic inspect FILE -o ecg.png)."],
    };
  const { regularity, variation, intervals, cautions } = measure;
  // Where intervals are equal the T wave before lies at a fixed time as well, so it says nothing about P waves.
  const before =
    form === "rhythm" && regularity === "irregular" ? precedingWaves({ channels, rate }, measure.beats) : undefined;
  const perMinute = `${measure.rate.toFixed(0)} beats per minute [1]`;
  const spread = `intervals of ${minimum(intervals)} to ${maximum(intervals)} ms, coefficient of variation ${variation.toFixed(2)} [2]`;
  const band = measure.rate > 100 ? "above 100" : measure.rate < 60 ? "below 60" : "between 60 and 100";
  const text = {
    rhythm: `${capital(regularity)}, ${perMinute}: ${spread}. ${meaningOf(regularity, before)}`,
    rate: `${perMinute}, ${band} per minute.`,
    regularity: `${yesNo(question, regularity)}${capital(regularity)}: ${spread}.`,
    intervals: `${intervals.length} RR ${spread}; RMSSD ${measure.rmssd.toFixed(0)} ms.`,
  }[form];
  return { text, facts: [...factsOf(part, measure), ...precedingFacts(part, before)], cautions };
}

/** What the measurements fit. A name alone would claim more than they show: the rhythms they do not tell apart stand beside it. */
function meaningOf(regularity: RhythmMeasure["regularity"], before: Preceding | undefined): string {
  const [none, fixed] = precedingLimits;
  if (before !== undefined && before.share < none)
    return "No wave precedes the complexes at a fixed time, as P waves would [3]. Irregular intervals without such waves fit atrial fibrillation; a block with changing PR intervals (Wenckebach), flutter with changing conduction, changing atrial foci, and P waves too small to measure fit as well. A reader has to decide from the tracing.";
  if (before !== undefined && before.share > fixed)
    return "A wave precedes the complexes at a fixed time, as P waves do [3], which speaks against atrial fibrillation; premature beats, dropped beats and sinus arrhythmia fit. The rhythm is not named: a reader has to decide from the tracing.";
  if (before !== undefined)
    return "Whether P waves precede the complexes could not be decided [3]. The rhythm is not named: an irregular rhythm has several causes, and a reader has to decide from the tracing.";
  return `The rhythm is not named: that also needs P waves and the shape of the complexes, which are not measured.${
    regularity === "regular"
      ? ""
      : " An irregular rhythm has several causes; a reader has to decide from the tracing which one applies."
  }`;
}

function precedingFacts({ origin }: WaveformPart, before: Preceding | undefined): CitedFact[] {
  if (before === undefined) return [];
  const [resource = ""] = origin.files;
  const [none, fixed] = precedingLimits;
  return [
    {
      number: 3,
      id: "before-qrs",
      name: "repeated share of the signal before the QRS complexes",
      kind: "measurement",
      value: before.share.toFixed(2),
      source: {
        resource,
        path: `0.26 to 0.09 s before ${before.beats} complexes, all leads; P waves at a fixed time above ${fixed}, none below ${none}`,
      },
    },
  ];
}

/** `Is it regular?` and `Is it irregular?` have opposite answers; `slightly irregular` answers neither. */
function yesNo(question: string, regularity: RhythmMeasure["regularity"]): string {
  if (!/^(?:is|are|does|do)\b/i.test(question.trim()) || regularity === "slightly irregular") return "";
  const asksIrregular = /irregular/i.test(question);
  return asksIrregular === (regularity === "irregular") ? "Yes. " : "No. ";
}

function factsOf({ origin, channels }: WaveformPart, measure: RhythmMeasure): CitedFact[] {
  const [resource = ""] = origin.files;
  const { beats, intervals, rate, seconds } = measure;
  const at = beats.map((time) => time.toFixed(2)).join(", ");
  const leads = channels.length === 1 ? `lead ${channels[0].name}` : `${channels.length} leads together`;
  const [regular, irregular] = regularityLimits;
  return [
    {
      number: 1,
      id: "rate",
      name: "ventricular rate",
      kind: "measurement",
      value: `${rate.toFixed(1)} /min`,
      source: { resource, path: `${beats.length} beats in ${seconds.toFixed(1)} s of ${leads}, at ${at} s` },
    },
    {
      number: 2,
      id: "rr",
      name: "RR intervals",
      kind: "measurement",
      value: `${intervals.map((value) => value.toFixed(0)).join(", ")} ms`,
      source: {
        resource,
        path: `between these beats; regular to a coefficient of variation of ${regular}, irregular beyond ${irregular}`,
      },
    },
  ];
}

function leadsOf({ channels, samplesPerSecond, origin }: WaveformPart): Answered {
  const [resource = ""] = origin.files;
  const length = channels[0]?.samples.length ?? 0;
  const names = channels.map(({ name }) => name).join(", ");
  const text = `${channels.length} leads (${names}), ${(length / samplesPerSecond).toFixed(1)} s at ${samplesPerSecond} samples per second [1].`;
  const value = `${length} samples of ${channels.length} channels`;
  const fact = {
    number: 1,
    id: "leads",
    name: "recording",
    kind: "measurement",
    value,
    source: { resource, path: "waveform" },
  };
  return { text, facts: [fact], cautions: [] };
}

const minimum = (values: readonly number[]) => Math.min(...values).toFixed(0);
const maximum = (values: readonly number[]) => Math.max(...values).toFixed(0);
const capital = (text: string) => text[0].toUpperCase() + text.slice(1);
