/** The probability that a model answers yes, from likelihoods if it can score, otherwise from sampled replies. */
import type { Generator } from "../../model/contract.ts";
import { askPrompt, finalAnswer } from "../../prompts/index.ts";
import { callsTo } from "../calls.ts";
import { userSays } from "../messages.ts";

/** Number of sampled replies if likelihoods are not available. */
const replies = 21;

/** @param caseText a case. @param question a yes/no question. @returns 0 to 1; NaN if no reply could be parsed. */
export async function probabilityOf(
  model: Generator,
  caseText: string,
  question: string,
  signal?: AbortSignal,
): Promise<number> {
  const { after } = askPrompt({ question, choices: ["yes", "no"], subject: "text", form: "brief" });
  const messages = userSays(`${caseText}\n\n${after}`);
  if (model.score !== undefined) {
    const [yes, no] = await model.score(messages, [finalAnswer("yes"), finalAnswer("no")], {
      ...(signal && { signal }),
    });
    return 1 / (1 + Math.exp(no.logLikelihood - yes.logLikelihood));
  }
  const { call } = callsTo(model, { ...(signal && { signal }) });
  const texts = await call("answer", messages, { n: replies, temperature: 1, maxTokens: 256 });
  const verdicts = texts.flatMap(({ text }) => /final answer:\W*(yes|no)\b/i.exec(text)?.[1].toLowerCase() ?? []);
  return verdicts.filter((word) => word === "yes").length / verdicts.length;
}
