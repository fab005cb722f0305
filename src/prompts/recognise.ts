/** The reverse of the prompts of this module: which request of which task a text is, for datasets that were made with them. */
import type { PromptForm } from "./form.ts";
import { locatePrompt } from "./locate.ts";

/** A request by the name of its task and the options that determine its words. */
export type Recognised =
  | { readonly task: "ask"; readonly options: { readonly question: string; readonly choices?: readonly string[] } }
  | { readonly task: "classify"; readonly options: { readonly labels: readonly string[] } }
  | { readonly task: "locate"; readonly options: { readonly object: string } }
  | { readonly task: "report"; readonly options: Readonly<Record<string, never>> };

/**
 * @param text the text of a user turn, without its images. @param labels the dataset's labels, if it states them: one of
 * them may contain a comma. A text in none of the known forms is a free question.
 */
export function recognisePrompt(text: string, labels: readonly string[] = []): Recognised {
  const questionText = text.trim();
  const object = objectOf(questionText, "brief") ?? objectOf(questionText, "instructed");
  if (object !== undefined) return { task: "locate", options: { object } };
  if (/^(?:Indication: .*\n)?Write a report of .+ with the sections Findings and Impression\./.test(questionText))
    return { task: "report", options: {} };
  const [, question, list] = /^([\s\S]+)\nChoose one of: (.+)\.\nYou may argue first/.exec(questionText) ?? [];
  if (question !== undefined) {
    const choices = list === labels.join(", ") ? labels : list.split(", ");
    return /^Which of these describes (?:this|these|the) .+ best\?$/.test(question)
      ? { task: "classify", options: { labels: choices } }
      : { task: "ask", options: { question, choices } };
  }
  const [, yesNo] =
    /^([\s\S]+)\nYou MUST end your responce with either "Final Answer: yes" or "Final Answer: no"$/.exec(
      questionText,
    ) ?? [];
  if (yesNo !== undefined) return { task: "ask", options: { question: yesNo, choices: ["yes", "no"] } };
  return { task: "ask", options: { question: questionText } };
}

/** What a text asks to locate; undefined if it is not such a prompt. */
function objectOf(text: string, form: PromptForm): string | undefined {
  const mark = "\u0000";
  const [before, after] = locatePrompt(mark, form).after.split(mark);
  if (!text.startsWith(before) || !text.endsWith(after) || text.length <= before.length + after.length)
    return undefined;
  const object = text.slice(before.length, text.length - after.length);
  return object.includes("\n") ? undefined : object;
}
