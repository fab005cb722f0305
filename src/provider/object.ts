/** The answer of a model with a limited scope as the object an application asked for: a single property that the answer determines. */
import { PolyclinicError } from "../base/errors.ts";
import type { Generator, JsonSchema } from "../model/contract.ts";
import type { AskAnswer } from "../task/ask/ask.ts";
import type { TaskResult } from "../task/result.ts";
import { refusalText } from "../task/scope/reason.ts";
import { wordingOf } from "../task/scope/request.ts";

/** Property names that ask for nothing beyond the question. */
const plain = /^(?:answer|result|present|value|label|class|finding)$/i;

/** @throws PolyclinicError `scope/refused` when the question was refused, or the schema asks for more than the answer contains. */
export function objectOf(result: TaskResult, schema: JsonSchema | undefined, model: Generator): string {
  if (result.answer === undefined)
    throw new PolyclinicError("scope/refused", "the question was not answered", {
      where: model.identity.name,
      hint:
        result.refusal === undefined
          ? result.parse.problems.join("; ")
          : refusalText(model.identity.name, result.refusal),
    });
  const properties = Object.entries((schema?.properties ?? {}) as Record<string, JsonSchema>);
  const { answer, question } = result.answer as AskAnswer;
  const [only] = properties;
  const value = properties.length === 1 ? propertyValue(only[1], answer) : undefined;
  if (value === undefined || !(plain.test(only[0]) || asksTheSame(only[0], question, model)))
    throw new PolyclinicError("scope/refused", "the model cannot fill this object", {
      where: properties.map(([name]) => name).join(", ") || "schema",
      expected:
        "a single property that holds the answer to the question: a boolean for yes or no, an enum of its labels, or a string",
      hint: `${model.identity.name} answers only the questions it was trained on; values for other fields would be invented.`,
    });
  return JSON.stringify({ [only[0]]: value });
}

function propertyValue(schema: JsonSchema, answer: string): unknown {
  if (schema.type === "boolean") return answer === "yes" ? true : answer === "no" ? false : undefined;
  if (Array.isArray(schema.enum)) return schema.enum.find((one) => String(one).toLowerCase() === answer.toLowerCase());
  return schema.type === "string" ? answer : undefined;
}

/** `pneumonia` as a property asks the same as `Is there pneumonia?`. */
function asksTheSame(name: string, question: string, { scope }: Generator): boolean {
  if (scope === undefined) return false;
  const words = name.replace(/([a-z])([A-Z])/g, "$1 $2").replace(/_/g, " ");
  const [nameMatch, questionMatch] = [wordingOf(scope).match(words), wordingOf(scope).match(question)];
  return "ask" in nameMatch && "ask" in questionMatch && nameMatch.ask === questionMatch.ask;
}
