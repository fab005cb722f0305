/**
 * TxGemma's prompts: one template per task, read from `tdc_prompts.json` in the user's checkpoint folder. The model card asks that only the
 * placeholders be changed, so templates are filled in and otherwise left as they are, including unusual spaces. Few-shot examples repeat the template's input lines with
 * their answers, before the actual question (Tx-LLM, table A.5).
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { PolyclinicError } from "../../base/errors.ts";

export interface PromptTemplate {
  task: string;
  text: string;
  /** In order of their first appearance: `Drug SMILES`, `Target amino acid sequence`. */
  placeholders: string[];
}

export type PromptInputs = Readonly<Record<string, string>>;

export interface PromptExample {
  inputs: PromptInputs;
  /** As the model would write it: `(B)`, `417`. */
  answer: string;
}

export const promptFileName = "tdc_prompts.json";
const placeholder = /\{([^{}]+)\}/g;

/**
 * The templates of a checkpoint folder, by task.
 *
 * @throws PolyclinicError `therapeutics/prompts` when the file is missing or is not an object of texts with placeholders.
 */
export async function readPromptFile(folder: string): Promise<Map<string, PromptTemplate>> {
  const path = join(folder, promptFileName);
  const text = await readFile(path, "utf8").catch((cause) => {
    throw new PolyclinicError("therapeutics/prompts", "has no prompt file", {
      where: path,
      hint: `TxGemma's repositories contain ${promptFileName} next to the weights: download it too.`,
      cause,
    });
  });
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new PolyclinicError("therapeutics/prompts", "is not JSON", { where: path, cause });
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed))
    throw new PolyclinicError("therapeutics/prompts", "is not a list of prompts by task", {
      where: path,
      expected: "an object that maps task names to texts",
    });
  return new Map(
    Object.entries(parsed).map(([task, template]) => {
      if (typeof template !== "string")
        throw new PolyclinicError("therapeutics/prompts", "is not a text", {
          where: `${path}, ${task}`,
          found: typeof template,
        });
      return [task, promptTemplate(task, template, path)];
    }),
  );
}

/** @throws PolyclinicError `therapeutics/prompts` when the text has no placeholder. */
export function promptTemplate(task: string, text: string, where = "template"): PromptTemplate {
  const placeholders = [...new Set([...text.matchAll(placeholder)].map((match) => match[1]))];
  if (placeholders.length === 0)
    throw new PolyclinicError("therapeutics/prompts", "has no placeholder", {
      where: `${where}, ${task}`,
      expected: "a placeholder such as {Drug SMILES}",
    });
  return { task, text, placeholders };
}

/**
 * @param inputs one for each placeholder, no others.
 * @param examples few-shot examples, shown before the question in the given order.
 * @throws PolyclinicError `therapeutics/inputs` when inputs are missing, unknown, empty or of several lines.
 */
export function fillPrompt(
  template: PromptTemplate,
  inputs: PromptInputs,
  examples: readonly PromptExample[] = [],
): string {
  if (examples.length === 0) return fill(template, template.text, inputs);
  const at = inputBlockStart(template.text);
  const [head, block] = [template.text.slice(0, at), template.text.slice(at)];
  const shots = examples.map(({ inputs: given, answer }) => `${fill(template, block, given).trimEnd()} ${answer}\n`);
  return `${fillAny(head, inputs)}${shots.join("")}${fill(template, block, inputs)}`;
}

/** Where the input lines begin: the lines with placeholders directly above the last `Answer:`. */
function inputBlockStart(text: string): number {
  const lines = text.split("\n");
  let line = lines.length - 1;
  while (line > 0 && !/^\s*Answer:/.test(lines[line])) line--;
  while (line > 0 && /\{[^{}]+\}/.test(lines[line - 1])) line--;
  return lines.slice(0, line).reduce((sum, each) => sum + each.length + 1, 0);
}

function fill(template: PromptTemplate, text: string, inputs: PromptInputs): string {
  const missing = template.placeholders.filter((name) => inputs[name] === undefined);
  const unknown = Object.keys(inputs).filter((name) => !template.placeholders.includes(name));
  if (missing.length > 0 || unknown.length > 0)
    throw new PolyclinicError("therapeutics/inputs", "the inputs do not match the placeholders of the prompt", {
      where: template.task,
      expected: template.placeholders.join(", "),
      found: Object.keys(inputs).join(", ") || "none",
    });
  for (const [name, value] of Object.entries(inputs))
    if (value.trim() === "" || /[\r\n]/.test(value))
      throw new PolyclinicError("therapeutics/inputs", "an input is empty or has several lines", {
        where: `${template.task}, ${name}`,
        expected: "one line of text",
      });
  return fillAny(text, inputs);
}

/** One pass, so that braces inside an input are not taken for placeholders. */
function fillAny(text: string, inputs: PromptInputs): string {
  return text.replace(placeholder, (whole, name: string) => inputs[name] ?? whole);
}
