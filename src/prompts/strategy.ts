/** The text strategies add to a question. The layouts follow the papers named; the wording is ours where a paper prints none. */

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

/** Uncertainty-guided search (Med-Gemini): queries are written from the answers that conflict. The paper prints no wording; this is ours. */
export function queriesFromConflict(responses: readonly string[], queries: number): string {
  const numbered = responses.map((text, i) => `Response ${i + 1}: ${text}`).join("\n\n");
  return (
    `These responses to the question above contradict each other:\n\n${numbered}\n\nWrite ${queries} search queries whose results would settle which ` +
    "response is right. Write one query on each line and nothing else."
  );
}

/** Passages found, numbered as an answer cites them. */
export function searchResults(passages: readonly { readonly source: string; readonly text: string }[]): string {
  return `Search results:\n\n${passages.map(({ source, text }, i) => `[${i + 1}] (${source}) ${text}`).join("\n\n")}`;
}
