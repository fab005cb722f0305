/**
 * Answers a question with named tools, in turns of thought, action and observation (ReAct, in the format of Agentic-Tx). Works with any generative
 * model. The last step has no tools. Tools only compute and look up; their results are passed to the model as data and recorded in the trace.
 */
import { PolyclinicError, throwIfAborted } from "../../base/errors.ts";
import type { Generator, ModelIdentity, Usage } from "../../model/contract.ts";
import {
  actionPrompt,
  finalPrompt,
  type ToolDescription,
  type ToolRound,
  thoughtPrompt,
} from "../../prompts/tool-agent.ts";
import { notForClinicalUse } from "../../task/result.ts";

/** A tool that an agent may call: its description for the model, and its implementation. */
export interface Tool extends ToolDescription {
  /** @throws PolyclinicError if it fails; the error is reported to the model. */
  run(argument: string, signal?: AbortSignal): Promise<string>;
}

/** Question, tools and limits of the tool agent. */
export interface ToolAgentOptions {
  readonly question: string;
  readonly tools: readonly Tool[];
  /** Maximum number of rounds of thought, action and observation; default 5. */
  readonly rounds?: number;
  readonly signal?: AbortSignal;
  readonly onRound?: (round: TracedRound) => void;
}

/** One round of thought, action and observation, as traced. */
export interface TracedRound extends ToolRound {
  /** Absent if the action could not be parsed. */
  readonly tool?: string;
  readonly argument?: string;
}

/** The answer of the tool agent, with every round and cautions about its citations. */
export interface ToolAgentResult {
  readonly question: string;
  readonly answer: string;
  readonly trace: readonly TracedRound[];
  readonly cautions: readonly string[];
  readonly model: ModelIdentity;
  readonly usage: Usage;
  readonly notice: string;
}

export const defaultRounds = 5;
const [thoughtTokens, actionTokens, answerTokens] = [120, 400, 600];
/** Maximum share of the context per observation, so that those of all rounds fit together. */
const observationShare = 1 / 12;
const noTool = "No tool match. Write one fenced block that begins with the name of a tool.";

/**
 * Answers a question with tools. @throws PolyclinicError `task/argument` for an invalid number of rounds, and the
 * errors of the model; a tool's error is reported to the model instead.
 */
export async function askWithTools(model: Generator, options: ToolAgentOptions): Promise<ToolAgentResult> {
  const { question, tools, rounds = defaultRounds, signal, onRound } = options;
  if (!Number.isInteger(rounds) || rounds < 0)
    throw new PolyclinicError("task/argument", "is not a valid number of rounds", {
      where: "rounds",
      expected: "a whole number >= 0",
      found: String(rounds),
    });
  const trace: TracedRound[] = [];
  let usage: Usage = { promptTokens: 0, completionTokens: 0, cachedTokens: 0 };
  const write = async (text: string, maxTokens: number): Promise<string> => {
    throwIfAborted(signal);
    const messages = [{ role: "user" as const, content: [{ type: "text" as const, text }] }];
    const reply = await model.generate(messages, { maxTokens, temperature: 0, ...(signal && { signal }) }).result;
    throwIfAborted(signal);
    usage = {
      promptTokens: usage.promptTokens + reply.usage.promptTokens,
      completionTokens: usage.completionTokens + reply.usage.completionTokens,
      cachedTokens: usage.cachedTokens + reply.usage.cachedTokens,
    };
    return reply.text.trim();
  };
  for (let i = 0; i < rounds && tools.length > 0; i++) {
    const thought = await write(thoughtPrompt(question, trace, tools), thoughtTokens);
    const action = await write(actionPrompt(question, trace, thought, tools), actionTokens);
    const called = calledTool(action, tools);
    const observation = called === undefined ? noTool : await observe(called, trace, model, signal);
    const round = {
      thought,
      action,
      observation,
      ...(called && { tool: called.tool.name, argument: called.argument }),
    };
    trace.push(round);
    onRound?.(round);
  }
  const answer = await write(finalPrompt(question, trace), answerTokens);
  return {
    question,
    answer,
    trace,
    cautions: cautionsOf(answer, trace),
    model: model.identity,
    usage,
    notice: notForClinicalUse,
  };
}

/** The first fenced block whose info string is a tool's name; later ones are ignored: one tool per turn. */
function calledTool(action: string, tools: readonly Tool[]): { tool: Tool; argument: string } | undefined {
  for (const [, name, body] of action.matchAll(/```([^\n`]*)\n([\s\S]*?)(?:```|$)/g)) {
    const tool = tools.find((each) => each.name === name.trim());
    if (tool !== undefined) return { tool, argument: body.trim() };
  }
  return undefined;
}

async function observe(
  { tool, argument }: { tool: Tool; argument: string },
  trace: readonly TracedRound[],
  model: Generator,
  signal?: AbortSignal,
): Promise<string> {
  const before = trace.findIndex((round) => round.tool === tool.name && round.argument === argument);
  if (before >= 0) return `The same call was made in action ${before + 1}; its observation stands there. Try another.`;
  if (argument === "") return "The block was empty.";
  let text: string;
  try {
    text = await tool.run(argument, signal);
  } catch (error) {
    if (!PolyclinicError.is(error) || error.code.startsWith("abort/")) throw error;
    return `Error: ${error.message}`;
  }
  // Three characters per token is a low estimate.
  const room = Math.floor(model.limits.contextTokens * observationShare * 3);
  return text.length <= room ? text : `${text.slice(0, room)}\n(cut for length)`;
}

function cautionsOf(answer: string, trace: readonly TracedRound[]): string[] {
  const cited = [...answer.matchAll(/\[(\d+)\]/g)].map(([, number]) => Number(number));
  const missing = cited.filter((number) => number < 1 || number > trace.length);
  const worked = trace.filter(({ tool, observation }) => tool !== undefined && !observation.startsWith("Error:"));
  return [
    "Research only: the answer was written by a model; the observations were computed by tools.",
    ...(worked.length === 0 ? ["No tool returned a result: the answer is based on the model alone."] : []),
    ...(worked.length > 0 && cited.length === 0 ? ["The answer cites no observation."] : []),
    ...[...new Set(missing)].map((number) => `The answer cites observation ${number}, which does not exist.`),
  ];
}
