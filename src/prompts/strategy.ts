/**
 * The text that strategies add to a question. The layouts follow the cited papers; where a paper gives no wording, it
 * is this project's own.
 */

/** The opening of a chain of thought (Med-PaLM, Med-PaLM 2). */
export const stepByStep = "Let's solve this step-by-step, referring to authoritative sources as needed.";

/** Ensemble refinement (Med-PaLM 2, tables A.15 and A.16): the second stage reads the rationales of the first, without their answers. */
export function readReasonings(reasonings: readonly string[]): string {
  const numbered = reasonings.map((text, i) => `${i + 1} reasoning: ${text}`).join("\n\n");
  return (
    "We provide several student reasonings for the last question. Some of them may be correct and some incorrect. You can use the best correct " +
    "arguments from these reasonings. Beware of wrong reasoning and do not repeat wrong reasoning.\n\n" +
    `Students' reasonings:\n\n${numbered}\n\nExplanation:`
  );
}

/**
 * Uncertainty-guided search (Med-Gemini): queries are written from the conflicting answers. The paper gives no wording;
 * this is the project's own.
 */
export function queriesFromConflict(responses: readonly string[], queries: number): string {
  const numbered = responses.map((text, i) => `Response ${i + 1}: ${text}`).join("\n\n");
  return (
    `These responses to the question above contradict each other:\n\n${numbered}\n\nWrite ${queries} search queries whose results would settle which ` +
    "response is right. Write one query on each line and nothing else."
  );
}

/** Retrieved passages, numbered for citation. */
export function searchResults(passages: readonly { readonly source: string; readonly text: string }[]): string {
  return `Search results:\n\n${passages.map(({ source, text }, i) => `[${i + 1}] (${source}) ${text}`).join("\n\n")}`;
}

/**
 * Chain of retrieval (Med-PaLM 2, Nature Medicine), step 2: the claims of the draft. The papers give no wording; these
 * are the project's own.
 */
export function claimsOf(draft: string): string {
  return `Draft: ${draft}\n\nList the claims of the draft, one on each line and nothing else.`;
}

/** Step 3: a query for one claim. */
export function queryForClaim(claim: string): string {
  return `Claim: ${claim}\n\nWrite one search query whose results would confirm or refute the claim.`;
}

/** Step 5: a summary of one document as far as it concerns the claim. */
export function summaryOf(claim: string, { source, text }: { readonly source: string; readonly text: string }): string {
  return `Claim: ${claim}\n\nDocument: (${source}) ${text}\n\nSay in one sentence what the document says.`;
}

/** Differential diagnosis (McDuff et al.): a ranked list. */
export function differentialWords(count: number): string {
  return `What are the ${count} most likely diagnoses? Write one diagnosis on each line, the most likely first.`;
}

/** What a model would ask to tell the diagnoses of its list apart. This project's own. */
export function findingsToAsk(diagnoses: readonly string[], count: number): string {
  return (
    `Differential diagnosis: ${diagnoses.join(", ")}.\n\nName ${count} findings or tests that the case does not mention and that would best tell these apart. ` +
    "Write one on each line and nothing else."
  );
}

/** Consultation (AMIE): the prompts of each agent. This project's own; the paper's are unpublished. */
export const consultationWords = {
  transcript: (lines: readonly string[]) => `Consultation so far:\n${lines.join("\n")}`,
  next: "Write the doctor's next words.",
  patientAnswer: "Write the patient's answer.",
  patient: (question: string) => `Doctor: ${question}\n\n${consultationWords.patientAnswer}`,
  moderator: "Has the doctor named a diagnosis? Answer yes or no.",
  critic: "Which question did the doctor ask twice? Write it, or none.",
  /** For a critic that was not trained on the words above. @param redFlags signs that have to be asked about. */
  criteria: (redFlags: readonly string[]) =>
    "You review how the doctor takes the history; the patient is to be told no diagnosis and no advice. Write one fault of the doctor on each line, with the words it is about, " +
    "or none. Faults are: a question that was asked or answered before; a question that suggests its answer; more than two questions in one turn; " +
    `${redFlags.length === 0 ? "a warning sign that this complaint calls for and nobody asked about" : `a warning sign nobody asked about (${redFlags.join(", ")})`}; a diagnosis or advice told to the patient; ` +
    "an end without a summary of what the patient said; words that are not kind or not plain. Do not name the diagnosis.",
  criticism: (text: string) => `Critic: ${text}`,
};

/** Tumour board (AMIE oncology): draft, critique and revision of one component of a plan. */
export const boardWords = {
  component: (component: string) => `Plan: name the ${component} in a few words.`,
  queries: (component: string, draft: string, count: number) =>
    `Plan: name the ${component} in a few words.\nDraft: ${draft}\n\nWrite ${count} search queries whose results would confirm or refute the draft. Write one query on each line and nothing else.`,
  critique: (component: string, draft: string) =>
    `Plan: name the ${component} in a few words.\nDraft: ${draft}\n\nDo the search results agree with the draft? Write keep, or change to and what they say.`,
  revise: (component: string, draft: string, critique: string) =>
    `Plan: name the ${component} in a few words.\nDraft: ${draft}\nCritique: ${critique}\n\nWrite the revised plan.`,
};

/**
 * AgentClinic's protocol (Schmidgall et al.) in this project's wording, except for the two marks that a program parses:
 * tests are requested, a diagnosis ends the visit.
 */
export function examinationWords(objective: string, turns: number): string {
  return (
    `You are a doctor with a patient. ${objective} You have at most ${turns} turns; in each, ask one question in one line. ` +
    'To see a test or an examination, write "REQUEST TEST: name". When you are sure, write "DIAGNOSIS READY: name".'
  );
}

/** Reports of similar studies as prior context. RepsNet trains a decoder on them and has no prompt; this is ours. @param reports the most similar first. */
export function similarReports(reports: readonly string[]): string {
  const numbered = reports.map((text, i) => `[${i + 1}] ${text.trim()}`).join("\n\n");
  return (
    "Reports of similar studies of other patients, the most similar first. They are not about this study: what they say holds here only if this study " +
    `shows it.\n\n${numbered}`
  );
}
