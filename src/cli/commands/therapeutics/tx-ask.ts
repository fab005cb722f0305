/**
 * `polyclinic tx ask`: a chat model about molecules, with tools (Agentic-Tx) or after its own prediction
 * (TxGemma-Chat).
 */
import type { Command } from "commander";
import { PolyclinicError } from "../../../base/errors.ts";
import { requireFree, writeWhole } from "../../../base/files.ts";
import type { Generator, Message } from "../../../model/contract.ts";
import { readSmiles } from "../../../molecules/index.ts";
import { notForClinicalUse } from "../../../task/result.ts";
import { fillPrompt, readPromptFile } from "../../../task/therapeutics/index.ts";
import { openModel } from "../../shared/session.ts";
import { dim, interrupted, note, print, strong } from "../../shared/terminal.ts";
import { embeddedProperties, openProperties, therapeuticsFolderOf } from "../../shared/tx-model.ts";
import { whole } from "../../shared/values.ts";

interface AskOptions {
  model: string;
  tools?: boolean;
  rounds?: number;
  corpus?: string;
  genes?: string;
  proteins?: string;
  properties: string;
  molecule?: string;
  task?: string;
  saveJson?: string;
  json?: boolean;
  quiet?: boolean;
}

export function registerTxAsk(tx: Command): void {
  tx.command("ask")
    .description("ask a chat model about molecules, with tools or for the reasons for its own prediction")
    .argument("<question>", "the question")
    .requiredOption("-m, --model <name>", "a chat model: a folder, a pulled name, or a server's address")
    .option(
      "--tools",
      "let the model use tools: property models, structure, similar molecules, texts; every step is shown",
    )
    .option("--rounds <n>", "maximum number of tool rounds (5)", whole)
    .option("--corpus <folder>", "texts (.txt, .md) for the tools to search")
    .option("--genes <file>", "genes for the tools to look up: HGNC's complete set (.txt)")
    .option("--proteins <file>", "proteins for the tools to look up: UniProt as FASTA or tab-separated")
    .option("--properties <folder>", "folder of the property model used by the tools", embeddedProperties)
    .option("--molecule <smiles>", "without tools: the molecule whose property the model predicts first")
    .option("--task <name>", "without tools: the property to predict, by the name of its prompt in the model's folder")
    .option("--save-json <file.json>", "write question, trace and answer as JSON")
    .option("--json", "print question, trace and answer as JSON")
    .option("--quiet", "no steps on stderr; cautions remain")
    .addHelpText(
      "after",
      `
The embedded model predicts properties but cannot chat: use --model to choose a chat model.

Examples:
  $ polyclinic tx ask "Does aspirin cross the blood-brain barrier, and is it soluble?" --tools -m http://localhost:8000/v1#gemma
  $ polyclinic tx ask "Why?" --molecule "CC(=O)Oc1ccccc1C(=O)O" --task BBB_Martins -m ./txgemma-9b-chat`,
    )
    .action(ask);
}

async function ask(question: string, options: AskOptions): Promise<void> {
  if (options.saveJson !== undefined) await requireFree(options.saveJson);
  if (options.tools && (options.molecule !== undefined || options.task !== undefined))
    throw new PolyclinicError("usage/conflict", "--tools and --molecule exclude each other", {
      where: "tx ask",
      hint: "With --tools, name the molecule in the question.",
    });
  const onlyTools = (["corpus", "genes", "proteins"] as const).find((name) => options[name] !== undefined);
  if (!options.tools && onlyTools !== undefined)
    throw new PolyclinicError("usage/conflict", "is read by tools only", {
      where: `--${onlyTools}`,
      expected: "--tools with it",
    });
  const model = await openModel({ model: options.model });
  try {
    const result = options.tools
      ? await withTools(model, question, options)
      : await explained(model, question, options);
    for (const caution of result.cautions) note(strong(`Caution: ${caution}`));
    const json = `${JSON.stringify(result, undefined, 2)}\n`;
    print(options.json ? json : result.answer);
    if (options.saveJson !== undefined) {
      await writeWhole(options.saveJson, json);
      if (!options.quiet) note(`Wrote ${options.saveJson}`);
    }
    if (!options.quiet && !options.json) note(dim(notForClinicalUse));
  } finally {
    await model.close();
  }
}

async function withTools(
  model: Generator,
  question: string,
  { rounds, corpus, genes, proteins, properties, quiet }: AskOptions,
) {
  const {
    askWithTools,
    Corpus,
    geneTool,
    literatureTool,
    propertyTools,
    proteinTools,
    readGenes,
    readProteins,
    similarTool,
    structureTool,
  } = await import("../../../strategy/index.ts");
  const texts = [
    ...(corpus === undefined ? [] : [literatureTool(await Corpus.open(corpus))]),
    ...(genes === undefined ? [] : [geneTool(await readGenes(genes))]),
    ...(proteins === undefined ? [] : proteinTools(await readProteins(proteins))),
  ];
  const therapeutics = await openProperties({ model: properties });
  try {
    const tools = [structureTool, ...similarTool(therapeutics), ...propertyTools(therapeutics), ...texts];
    let done = 0;
    return await askWithTools(model, {
      question,
      tools,
      signal: interrupted,
      ...(rounds !== undefined && { rounds }),
      onRound: ({ thought, tool, argument, observation }) => {
        done++;
        if (!quiet)
          note(
            dim(
              `Thought ${done}: ${thought}\nAction ${done}: ${tool ?? "none"} ${argument ?? ""}\nObservation ${done}: ${observation}`,
            ),
          );
      },
    });
  } finally {
    await therapeutics.model.close();
  }
}

/**
 * The protocol of TxGemma-Chat: first the prompt of the task, which the model answers, then the question about that
 * answer.
 */
async function explained(model: Generator, question: string, { molecule, task, model: folder }: AskOptions) {
  const messages: Message[] = [];
  const say = (role: "user" | "assistant", text: string) => messages.push({ role, content: [{ type: "text", text }] });
  let prediction: string | undefined;
  if ((molecule === undefined) !== (task === undefined))
    throw new PolyclinicError("usage/molecule", "--molecule and --task must be given together", { where: "tx ask" });
  if (molecule !== undefined && task !== undefined) {
    readSmiles(molecule);
    const prompts = await readPromptFile(therapeuticsFolderOf({ model: folder }));
    const template = prompts.get(task);
    if (template === undefined)
      throw new PolyclinicError("therapeutics/task", "is not a task of this model", {
        where: `--task ${task}`,
        expected: [...prompts.keys()].slice(0, 12).join(", "),
      });
    say("user", fillPrompt(template, { "Drug SMILES": molecule }));
    const { text } = await model.generate(messages, { maxTokens: 8, temperature: 0, signal: interrupted }).result;
    prediction = text.trim();
    say("assistant", prediction);
  }
  say("user", question);
  const { text } = await model.generate(messages, { maxTokens: 500, temperature: 0, signal: interrupted }).result;
  return {
    question,
    ...(prediction !== undefined && { molecule, task, prediction }),
    answer: text.trim(),
    cautions: ["Research only: the reasons a model gives are not how its prediction was computed."],
    model: model.identity,
    notice: notForClinicalUse,
  };
}
