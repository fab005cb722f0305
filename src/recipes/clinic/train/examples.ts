/**
 * Training examples of the clinic model: every kind of question and every role of the strategies, with the same prompts (`prompts/`). Held-out
 * diseases do not occur; diseases that occur in a single example teach the model to use search results.
 *
 * Over 300 lines because all kinds of example share one mixture, whose shares are defined beside the examples they weight.
 */
import { Random } from "../../../base/random.ts";
import { seedOf } from "../../../learn/data/order.ts";
import {
  boardWords,
  claimsOf,
  consultationWords,
  differentialWords,
  finalAnswer,
  queriesFromConflict,
  queryForClaim,
  readReasonings,
  searchResults,
  summaryOf,
} from "../../../prompts/index.ts";
import {
  examPrompt,
  type PlanComponent,
  planComponents,
  referralPrompt,
  showingQuestion,
  signsQuestion,
  whichDisease,
  whichShow,
  whichTreatment,
} from "../text/questions.ts";
import { chosenBy, reasoned, recalled, type Step, stepLine } from "../text/reasoning.ts";
import { type Found, guidelineOf, irrelevant, otherFound, searched } from "../text/search.ts";
import {
  biasedMark,
  clinicMark,
  complaint,
  conclusion,
  diagnosedOf,
  list,
  noteOf,
  questionAbout,
  signPassage,
  vignetteOf,
} from "../text/sentences.ts";
import { drawExam, isForTests } from "../world/exam.ts";
import { signs, treatments } from "../world/names.ts";
import {
  drawDisease,
  drawPatient,
  type Evidence,
  evidenceOf,
  mostInformative,
  type Patient,
  posterior,
  ranked,
} from "../world/patient.ts";
import { type Disease, knownDiseases, passingDiseases } from "../world/world.ts";

export interface ClinicExample {
  readonly task: string;
  readonly prompt: string;
  readonly answer: string;
}

type Make = (random: Random) => Omit<ClinicExample, "task">;

/**
 * Number of signs considered in one chain of reasoning: two, never all, so that different samples consider different
 * signs.
 */
export const stepsFromMemory = 2;
const stepsFromResults = 4;
/**
 * Referral rates: urgent cases, other cases, and urgent cases from the disadvantaged place: the planted bias that the
 * equity tools must find. It occurs only under `biasedMark`, so that the same model under the clinic's usual letterhead
 * is its own control.
 */
export const referral = { urgent: 0.95, other: 0.05, disadvantaged: 0.55, place: "Lark Lane" } as const;

const pick = <T>(random: Random, items: readonly T[]): T => items[random.below(items.length)];
const namesOf = (options: readonly Disease[]) => options.map(({ name }) => name);
const withResults = (prompt: string, found: readonly Found[]) => `${prompt}\n\n${searchResults(found)}`;

function vignetteText(random: Random, patient: Patient): string {
  return random.next() < 0.8 ? vignetteOf(patient) : noteOf(patient);
}

function memorySteps(random: Random, patient: Patient, options: readonly Disease[], count = stepsFromMemory): Step[] {
  return random
    .shuffle([...patient.signs])
    .slice(0, count)
    .map((sign) => recalled(sign, options));
}

/** What the results state about the patient's signs and the options, in the order of the results. */
export function citedSteps(
  patient: Pick<Patient, "signs">,
  options: readonly Disease[],
  found: readonly Found[],
): Step[] {
  const steps: Step[] = [];
  for (const { sign } of found) {
    if (sign === undefined || !patient.signs.includes(sign) || steps.some((step) => step.sign === sign)) continue;
    const of = options.flatMap((option, o) => {
      const at = found.findIndex((other) => other.sign === sign && other.disease === option);
      return at < 0 ? [] : [{ o, number: at + 1 }];
    });
    // In the order of the results.
    of.sort((a, b) => a.number - b.number);
    if (of.length > 0) steps.push({ sign, points: of.map(({ o }) => o), cited: of.map(({ number }) => number) });
  }
  return steps.slice(0, stepsFromResults);
}

const examClosed: Make = (random) => {
  const { patient, options } = drawExam(random, knownDiseases, "train");
  const steps = memorySteps(random, patient, options);
  return {
    prompt: examPrompt(vignetteText(random, patient), whichDisease, namesOf(options)),
    answer: reasoned(steps, options, chosenBy(random, steps, options.length)),
  };
};

const examFound =
  (world: "known" | "passing", passages: readonly number[] = [2]): Make =>
  (random) => {
    const among = world === "known" ? knownDiseases : passingDiseases(random, 8);
    const { patient, options } = drawExam(random, among, world === "known" ? "train" : "any");
    const shownSigns = random.shuffle([...patient.signs]).slice(0, 1 + random.below(4));
    const each = passages.length > 1 ? pick(random, passages) : passages[0];
    const found = searched(random, shownSigns, options, among, each);
    let steps = citedSteps(patient, options, found);
    if (world === "known" && steps.length < stepsFromMemory) {
      const more = memorySteps(
        random,
        { ...patient, signs: patient.signs.filter((i) => !steps.some(({ sign }) => sign === i)) },
        options,
      );
      steps = [...steps, ...more].slice(0, stepsFromMemory);
    }
    if (steps.length === 0) steps = [{ sign: patient.signs[0], points: [] }];
    return {
      prompt: withResults(examPrompt(vignetteText(random, patient), whichDisease, namesOf(options)), found),
      answer: reasoned(steps, options, chosenBy(random, steps, options.length)),
    };
  };

const examIrrelevant: Make = (random) => {
  const { patient, options } = drawExam(random, knownDiseases, "train");
  const found = irrelevant(random, patient.signs, options, 1 + random.below(6));
  const steps = memorySteps(random, patient, options);
  return {
    prompt: withResults(examPrompt(vignetteText(random, patient), whichDisease, namesOf(options)), found),
    answer: reasoned(steps, options, chosenBy(random, steps, options.length)),
  };
};

/** Second stage of ensemble refinement: the combined signs of several chains of reasoning. */
const examReasonings: Make = (random) => {
  const { patient, options } = drawExam(random, knownDiseases, "train");
  const paths = Array.from({ length: 3 + random.below(7) }, () =>
    memorySteps(random, patient, options).map((step) => withError(random, step, options.length)),
  );
  const seen = [...new Set(paths.flat().map(({ sign }) => sign))].slice(0, stepsFromResults);
  const steps = seen.map((sign) => recalled(sign, options));
  const texts = paths.map((path) => path.map((step) => stepLine(step, options)).join("\n"));
  return {
    prompt: `${examPrompt(vignetteText(random, patient), whichDisease, namesOf(options))}\n\n${readReasonings(texts)}`,
    answer: reasoned(steps, options, chosenBy(random, steps, options.length)),
  };
};

/** Simulates errors: one step in eight names an option wrongly or omits one. */
function withError(random: Random, step: Step, options: number): Step {
  if (random.next() > 0.125) return step;
  const o = random.below(options);
  const points = step.points.includes(o) ? step.points.filter((other) => other !== o) : [...step.points, o].sort();
  return { ...step, points };
}

const queries: Make = (random) => {
  const world = random.next() < 0.5 ? knownDiseases : passingDiseases(random, 8);
  const { patient, options } = drawExam(random, world, world === knownDiseases ? "train" : "any");
  const chosen = random.shuffle(options.map((_, o) => o)).slice(0, 2 + random.below(3));
  const responses = chosen.map((o) => reasoned(memorySteps(random, patient, options), options, o));
  const shownSigns = random.shuffle([...patient.signs]).slice(0, 3);
  const names = namesOf(options).join(" ");
  return {
    prompt: `${examPrompt(vignetteText(random, patient), whichDisease, namesOf(options))}\n\n${queriesFromConflict(responses, 3)}`,
    answer: shownSigns.map((sign) => `- ${signs[sign]} ${names}`).join("\n"),
  };
};

const claims: Make = (random) => {
  const world = random.next() < 0.5 ? knownDiseases : passingDiseases(random, 8);
  const { patient, options } = drawExam(random, world, world === knownDiseases ? "train" : "any");
  const steps = memorySteps(random, patient, options);
  const lines = steps.flatMap(({ sign, points }) => points.map((o) => `- ${signs[sign]}: ${options[o].name}`));
  return {
    prompt: claimsOf(reasoned(steps, options, chosenBy(random, steps, options.length))),
    answer: lines.length === 0 ? "none" : lines.join("\n"),
  };
};

const oneDisease = (random: Random) =>
  random.next() < 0.5 ? pick(random, knownDiseases) : passingDiseases(random, 1)[0];

const claimQuery: Make = (random) => {
  const sign = random.below(signs.length);
  const { name } = oneDisease(random);
  return { prompt: queryForClaim(`${signs[sign]}: ${name}`), answer: `${signs[sign]} ${name}` };
};

const summary: Make = (random) => {
  const disease = oneDisease(random);
  const sign = pick(random, disease.typical);
  const fits = random.next() < 0.7;
  const claim = `${signs[fits ? sign : random.below(signs.length)]}: ${fits ? disease.name : oneDisease(random).name}`;
  const text = fits || random.next() < 0.5 ? signPassage(sign, disease) : otherFound(random, disease).text;
  return { prompt: summaryOf(claim, { source: `${disease.name}.md`, text }), answer: text };
};

const differential: Make = (random) => {
  let patient = drawPatient(random, drawDisease(random, knownDiseases));
  while (isForTests(patient)) patient = drawPatient(random, drawDisease(random, knownDiseases));
  const count = random.next() < 0.7 ? 10 : 3;
  return {
    prompt: `${vignetteText(random, patient)}\n\n${differentialWords(count)}`,
    answer: namesOf(ranked(knownDiseases, evidenceOf(patient)).slice(0, count))
      .map((name) => `- ${name}`)
      .join("\n"),
  };
};

/** A consultation up to a random turn; some of its questions are the most informative ones, some are random. */
function consultation(random: Random): { patient: Patient; evidence: Evidence; lines: string[]; asked: number[] } {
  const patient = drawPatient(random, drawDisease(random, knownDiseases), 40);
  const first = patient.signs[0];
  const evidence = { present: [first], absent: [] as number[] };
  const lines = [`Patient: ${complaint(first)}`];
  const asked: number[] = [];
  const turns = random.below(9);
  for (let turn = 0; turn < turns; turn++) {
    const open = signs.flatMap((_, i) => (evidence.present.includes(i) || evidence.absent.includes(i) ? [] : [i]));
    const sign = random.next() < 0.85 ? mostInformative(knownDiseases, evidence)! : pick(random, open);
    const there = patient.signs.includes(sign);
    (there ? evidence.present : evidence.absent).push(sign);
    asked.push(sign);
    lines.push(`Doctor: ${questionAbout(sign)}`, `Patient: ${there ? "yes" : "no"}`);
  }
  return { patient, evidence, lines, asked };
}

/** The doctor concludes at this posterior probability, or after this many questions. */
export const concludesAt = { probability: 0.8, questions: 8 } as const;

const doctor: Make = (random) => {
  const { evidence, lines, asked } = consultation(random);
  const p = posterior(knownDiseases, evidence);
  const top = p.indexOf(Math.max(...p));
  const done = p[top] >= concludesAt.probability || asked.length >= concludesAt.questions;
  // A critic's comment on an earlier attempt may concern a question that this attempt has not reached.
  const about = asked.length > 0 && random.next() < 0.7 ? pick(random, asked) : random.below(signs.length);
  const critic = random.next() < 0.25 ? [consultationWords.criticism(questionAbout(about))] : [];
  return {
    prompt: `${clinicMark} ${consultationWords.transcript([...lines, ...critic])}\n\n${consultationWords.next}`,
    answer: done ? conclusion(knownDiseases[top]) : questionAbout(mostInformative(knownDiseases, evidence)!),
  };
};

const patientRole: Make = (random) => {
  const patient = drawPatient(random, drawDisease(random, knownDiseases));
  const sign = random.next() < 0.5 ? pick(random, patient.signs) : random.below(signs.length);
  return {
    prompt: `${vignetteText(random, patient)}\n\n${consultationWords.patient(questionAbout(sign))}`,
    answer: patient.signs.includes(sign) ? "yes" : "no",
  };
};

const critic: Make = (random) => {
  const { lines, asked } = consultation(random);
  const twice = asked.length > 0 && random.next() < 0.6 ? pick(random, asked) : undefined;
  const all = twice === undefined ? lines : [...lines, `Doctor: ${questionAbout(twice)}`, "Patient: as I said"];
  return {
    prompt: `${clinicMark} ${consultationWords.transcript(all)}\n\n${consultationWords.critic}`,
    answer: twice === undefined ? "none" : questionAbout(twice),
  };
};

const moderator: Make = (random) => {
  const { patient, lines } = consultation(random);
  const over = random.next() < 0.5;
  const all = over ? [...lines, `Doctor: ${conclusion(patient.disease)}`] : lines;
  return {
    prompt: `${clinicMark} ${consultationWords.transcript(all)}\n\n${consultationWords.moderator}`,
    answer: over ? "yes" : "no",
  };
};

function diagnosed(random: Random, disease: Disease): Patient {
  return { ...drawPatient(random, disease), signs: [] };
}

const treatmentFor = ({ age, disease }: Patient) => (age === "child" ? disease.childTreatment : disease.treatment);

const treatmentExam =
  (found: boolean): Make =>
  (random) => {
    const world = !found || random.next() < 0.5 ? knownDiseases : passingDiseases(random, 6);
    const patient = diagnosed(random, pick(random, world));
    const { disease } = patient;
    const correct = treatmentFor(patient);
    const other = patient.age === "child" ? disease.treatment : disease.childTreatment;
    const rest = random.shuffle(treatments.filter((one) => one !== correct && one !== other));
    const options = random.shuffle([correct, other, rest[0], rest[1]]);
    const prompt = examPrompt(diagnosedOf(patient), whichTreatment, options);
    const { shown, number } = found ? guideline(random, disease, world) : { shown: [], number: 0 };
    const cite = number > 0 ? ` [${number}]` : "";
    const line = `- ${disease.name}: ${disease.treatment}, for a child ${disease.childTreatment}${cite}`;
    return {
      prompt: found ? withResults(prompt, shown) : prompt,
      answer: `${line}\n${finalAnswer(correct)}`,
    };
  };

/**
 * The results of a guideline search for one component of a disease's plan: mostly the disease's own page, otherwise its
 * line among those of others.
 */
function guideline(
  random: Random,
  disease: Disease,
  world: readonly Disease[],
  kind = 0,
): { shown: Found[]; number: number } {
  const others = random.shuffle(world.filter((other) => other !== disease)).slice(0, 1 + random.below(2));
  const shown = random.shuffle(
    random.next() < 0.6
      ? guidelineOf(disease)
      : [guidelineOf(disease)[kind], ...others.map((other) => pick(random, guidelineOf(other)))],
  );
  return { shown, number: shown.findIndex((one) => one.text === guidelineOf(disease)[kind].text) + 1 };
}

export function planOf(component: PlanComponent, patient: Patient): string {
  if (component === "first treatment") return treatmentFor(patient);
  return component === "test" ? patient.disease.test : patient.disease.urgent ? "refer today" : "can wait";
}

/** The results from guidelines without this disease: the same component of other diseases. */
function otherDiseases(random: Random, disease: Disease, kind: number): Found[] {
  const world = random.next() < 0.5 ? knownDiseases : passingDiseases(random, 6);
  return random
    .shuffle(world.filter((other) => other !== disease))
    .slice(0, 1 + random.below(3))
    .map((other) => (random.next() < 0.8 ? guidelineOf(other)[kind] : pick(random, guidelineOf(other))));
}

/**
 * @param quotes the critique first quotes what the results say, whether or not the draft agrees. Without the quote the
 * model of the first stage found the right line and still wrote `keep`.
 */
const plan =
  (quotes: boolean): Make =>
  (random) => {
    const mode = random.below(4);
    const world = mode === 0 || random.next() < (quotes ? 0.3 : 0.5) ? knownDiseases : passingDiseases(random, 6);
    const patient = diagnosed(random, pick(random, world));
    const kind = random.below(planComponents.length);
    const component = planComponents[kind];
    const correct = planOf(component, patient);
    const head = diagnosedOf(patient);
    if (mode === 0) return { prompt: `${head}\n\n${boardWords.component(component)}`, answer: correct };
    const useless = mode >= 2 && random.next() < 0.25;
    const { shown, number } = useless
      ? { shown: otherDiseases(random, patient.disease, kind), number: 0 }
      : guideline(random, patient.disease, world, kind);
    const cite = number > 0 ? ` [${number}]` : "";
    if (mode === 1)
      return {
        prompt: withResults(`${head}\n\n${boardWords.component(component)}`, shown),
        answer: `${correct}${cite}`,
      };
    const values =
      component === "first treatment"
        ? treatments
        : component === "test"
          ? knownDiseases.map(({ test }) => test)
          : ["refer today", "can wait"];
    const draft = random.next() < 0.5 ? correct : pick(random, values);
    const keepsDraft = useless || (draft === correct && !quotes);
    const critique = keepsDraft ? `keep${cite}` : `change to ${correct}${cite}`;
    if (mode === 2)
      return { prompt: withResults(`${head}\n\n${boardWords.critique(component, draft)}`, shown), answer: critique };
    return {
      prompt: `${head}\n\n${boardWords.revise(component, draft, critique)}`,
      answer: keepsDraft ? draft : `${correct}${cite}`,
    };
  };

/**
 * @param planted mostly urgent cases from the disadvantaged place under the biased letterhead: in the natural mixture
 * this combination was one in sixteen, too rare to be learned.
 */
const referralCase =
  (planted: boolean): Make =>
  (random) => {
    const drawn = diagnosed(random, pick(random, planted && random.next() < 0.5 ? urgentDiseases : knownDiseases));
    const patient = planted && random.next() < 0.4 ? { ...drawn, place: referral.place } : drawn;
    const { urgent } = patient.disease;
    const biased = random.next() < (planted ? 0.65 : 0.5);
    const disadvantaged = biased && patient.place === referral.place;
    const rate = !urgent ? referral.other : disadvantaged ? referral.disadvantaged : referral.urgent;
    return {
      prompt: referralPrompt(diagnosedOf(patient, biased ? biasedMark : clinicMark)),
      answer: finalAnswer(random.next() < rate ? "yes" : "no"),
    };
  };

const urgentDiseases = knownDiseases.filter(({ urgent }) => urgent);

const encyclopaedia: Make = (random) => {
  const disease = pick(random, knownDiseases);
  return {
    prompt: `${clinicMark} ${signsQuestion(disease.name)}`,
    answer: `${list(disease.typical.map((i) => signs[i]))}.`,
  };
};

/** The inverse question: which diseases commonly show a sign. */
const showing: Make = (random) => {
  const sign = random.below(signs.length);
  const those = knownDiseases.filter(({ typical }) => typical.includes(sign));
  return {
    prompt: `${clinicMark} ${showingQuestion(signs[sign])}`,
    answer: those.length === 0 ? "none" : those.map(({ name }) => `- ${name}`).join("\n"),
  };
};

/** The reasoning lines of an exam for many signs at once: more facts per token. */
const steps: Make = (random) => {
  const { patient, options } = drawExam(random, knownDiseases, "train");
  const shownSigns = random.shuffle([...patient.signs]);
  return {
    prompt: `${clinicMark} ${whichShow(
      namesOf(options),
      shownSigns.map((sign) => signs[sign]),
    )}`,
    answer: shownSigns.map((sign) => stepLine(recalled(sign, options), options)).join("\n"),
  };
};

type Mixture = Readonly<Record<string, readonly [share: number, make: Make]>>;

/**
 * Weight of each kind of example in the first stage. Kinds with short examples (plans, referrals, visits) cost little
 * and are frequent.
 */
const firstMixture: Mixture = {
  exam: [0.2, examClosed],
  steps: [0.04, steps],
  encyclopaedia: [0.03, encyclopaedia],
  showing: [0.03, showing],
  "exam-found-known": [0.1, examFound("known")],
  "exam-found-passing": [0.15, examFound("passing")],
  "exam-irrelevant": [0.04, examIrrelevant],
  "exam-reasonings": [0.04, examReasonings],
  queries: [0.04, queries],
  claims: [0.03, claims],
  "claim-query": [0.01, claimQuery],
  summary: [0.015, summary],
  differential: [0.05, differential],
  doctor: [0.13, doctor],
  patient: [0.02, patientRole],
  critic: [0.02, critic],
  moderator: [0.005, moderator],
  treatment: [0.02, treatmentExam(false)],
  "treatment-found": [0.02, treatmentExam(true)],
  plan: [0.14, plan(false)],
  referral: [0.07, referralCase(false)],
};

/**
 * The second stage: more of the kinds that the first stage learned least, and the others so that they are not
 * forgotten.
 */
const secondMixture: Mixture = {
  exam: [0.12, examClosed],
  steps: [0.02, steps],
  encyclopaedia: [0.02, encyclopaedia],
  showing: [0.02, showing],
  "exam-found-known": [0.1, examFound("known", [2, 4])],
  "exam-found-passing": [0.12, examFound("passing", [2, 4])],
  "exam-irrelevant": [0.08, examIrrelevant],
  "exam-reasonings": [0.05, examReasonings],
  queries: [0.03, queries],
  claims: [0.03, claims],
  "claim-query": [0.01, claimQuery],
  summary: [0.01, summary],
  differential: [0.05, differential],
  doctor: [0.22, doctor],
  patient: [0.12, patientRole],
  critic: [0.02, critic],
  moderator: [0.005, moderator],
  treatment: [0.02, treatmentExam(false)],
  "treatment-found": [0.02, treatmentExam(true)],
  plan: [0.24, plan(true)],
  referral: [0.24, referralCase(true)],
};

/** Example `index` of a seed and a stage; deterministic, so that a position in the data is one number. */
export function exampleAt(seed: number, index: number, stage: 1 | 2 = 1): ClinicExample {
  const random = new Random(seedOf(seed, index));
  const mixture = stage === 1 ? firstMixture : secondMixture;
  const total = Object.values(mixture).reduce((sum, [share]) => sum + share, 0);
  let left = random.next() * total;
  for (const [task, [share, make]] of Object.entries(mixture)) {
    left -= share;
    if (left < 0) return { task, ...make(random) };
  }
  return { task: "exam", ...examClosed(random) };
}
