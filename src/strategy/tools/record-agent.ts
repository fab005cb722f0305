/**
 * Answers a question about a health record that is too long for a model's context: the model calls tools that read and compute, one at a time,
 * constrained by the JSON schema of a step, and then answers. At most eight rounds; the steps are those of Google's MedGemma EHR navigator, as tools. Tools are read-only, and
 * record text is passed to the model as data.
 */
import { createHash } from "node:crypto";
import { PolyclinicError, throwIfAborted } from "../../base/errors.ts";
import type { GenerateOptions, GenerationResult, Generator, JsonSchema, Message, Usage } from "../../model/contract.ts";
import { clockToday } from "../../records/dates.ts";
import type { Fact } from "../../records/fact.ts";
import {
  agentPrompt,
  agentStepSchema,
  checkAnswer,
  type HealthRecord,
  manifest,
  maxRounds,
  referencesOf,
  runTool,
  type ToolResult,
  toolResultPrompt,
} from "../../records/index.ts";
import { factLine } from "../../records/view/lines.ts";
import type { RecordPart, Study } from "../../study/types.ts";
import { citedFact } from "../../task/ask/record.ts";
import { recordOf } from "../../task/fits.ts";
import { findJson } from "../../task/parse/json.ts";
import { recordRefused } from "../../task/record.ts";
import { notForClinicalUse, type SeenText } from "../../task/result.ts";
import { samplingOf } from "../../task/sampling.ts";
import { noScope } from "../../task/scope/judge.ts";
import { recordRefusal } from "../../task/scope/records.ts";
import type { AskResult } from "../../task/verbs.ts";

/** Question, reference date and limits of the record agent. */
export interface AgentOptions {
  question: string;
  /** ISO date that counts as today. Default: the system clock. */
  today?: string;
  /** Maximum number of tool calls; default and limit 8. */
  rounds?: number;
  signal?: AbortSignal;
  onRound?: (round: AgentRound) => void;
}

/** One step: the model's text and its result. */
export interface AgentRound {
  /** As the model wrote it. */
  readonly wrote: string;
  /** Name of the tool, or `finish`; absent if the step could not be parsed. */
  readonly tool?: string;
  readonly arguments?: unknown;
  /** The result returned to the model; absent for `finish`. */
  readonly result?: string;
}

/** The answer of the record agent, with every tool call. */
export interface AgentResult extends AskResult {
  readonly trace: readonly AgentRound[];
}

const finishOnly: JsonSchema = agentStepSchema.anyOf[agentStepSchema.anyOf.length - 1];
/** Token limit of one step: tool arguments, or the answer. */
const stepTokens = 500;

/**
 * @param study with one health record.
 * @throws PolyclinicError `task/does-not-fit` unless the study contains exactly one record; errors of the model. A model whose scope does not include records refuses.
 */
export async function askRecordAgent(study: Study, model: Generator, options: AgentOptions): Promise<AgentResult> {
  const { question, today = clockToday(), rounds = maxRounds, signal } = options;
  const part = recordOf(study, "the agent works on");
  const { record } = part;
  const sampling = samplingOf(stepTokens, { temperature: 0 });
  const sources = study.parts.map(({ origin }) => origin.sha256);
  const refusal = recordRefusal(study.parts, model);
  if (refusal !== undefined) {
    const saw = { recipe: "none", images: [], leftOut: [], sources };
    return { ...recordRefused("ask", model, saw, refusal, sampling), trace: [] } as AgentResult;
  }
  const overview = manifest(record, today).text;
  const messages: Message[] = [turn("user", agentPrompt({ question, today, manifest: overview }))];
  const texts: SeenText[] = [seen(study, part, overview)];
  const trace: AgentRound[] = [];
  const shown = new Set<Fact>();
  let usage: Usage = { promptTokens: 0, completionTokens: 0, cachedTokens: 0 };
  let written = "";
  let last = "";
  for (let left = Math.min(rounds, maxRounds); left >= 0 && written === ""; left--) {
    throwIfAborted(signal);
    const schema = left === 0 ? finishOnly : (agentStepSchema as unknown as JsonSchema);
    const reply = await replyOf(model, messages, { ...sampling, schema, signal });
    throwIfAborted(signal);
    last = reply.text;
    usage = added(usage, reply.usage);
    const step = stepOf(reply.text);
    if (step?.tool === "finish") {
      written = String((step.arguments as { answer?: unknown } | undefined)?.answer ?? "").trim();
      trace.push({ wrote: reply.text, ...step });
      options.onRound?.(trace[trace.length - 1]);
      if (written !== "") break;
    }
    const result = left === 0 ? outOfRounds : await shorten(outcome(record, step, trace, today), model);
    for (const fact of result.facts) shown.add(fact);
    const round = { wrote: reply.text, ...step, result: result.text };
    if (step?.tool !== "finish") {
      trace.push(round);
      options.onRound?.(round);
    }
    texts.push(seen(study, part, result.text));
    messages.push(
      turn("assistant", reply.text),
      turn("user", toolResultPrompt(step?.tool ?? "step", result.text, Math.max(0, left - 1))),
    );
  }
  const { text, facts, unknown } = cited(record, written, shown);
  const check = written === "" ? [] : checkAnswer(record, text, { question, today }).cautions;
  const cautions = [
    ...check,
    ...unknown.map((reference) => `the answer cites ${reference}, which no tool showed`),
    ...(written !== "" && facts.length === 0 ? ["the answer cites no fact of the record"] : []),
    ...(model.scope === undefined ? [noScope(model.identity.name)] : (model.scope.limits ?? [])),
  ];
  const problems = written === "" ? [unfinished(record, Math.min(rounds, maxRounds), shown)] : [];
  return {
    schema: "polyclinic.result/1",
    task: "ask",
    promptVersion: "record-agent@1",
    prompt: agentPrompt({ question, today, manifest: overview }),
    ...(written !== "" && {
      answer: { kind: "free" as const, question, answer: text, ...(facts.length > 0 && { facts }) },
    }),
    parse: { status: written === "" ? "unparsed" : "parsed", problems },
    ...(cautions.length > 0 && { cautions }),
    text: written === "" ? last : written,
    model: model.identity,
    saw: { recipe: "record-agent", images: [], texts, leftOut: [], sources },
    sampling,
    finishReason: written === "" ? "length" : "stop",
    usage,
    notice: notForClinicalUse,
    trace,
  };
}

/** A reply outside the schema, from a server that does not enforce it, is a mistake to tell the model, not the end. */
async function replyOf(model: Generator, messages: readonly Message[], options: GenerateOptions) {
  try {
    return await model.generate(messages, options).result;
  } catch (error) {
    if (!PolyclinicError.is(error) || error.code !== "remote/schema-ignored") throw error;
    return error.cause as GenerationResult;
  }
}

const outOfRounds: ToolResult = { text: "No rounds were left: no tool was called.", facts: [] };
/** Maximum number of facts named when the model ends without an answer. */
const maxNamedFacts = 10;

/** What was found, when the model never answered. */
function unfinished(record: HealthRecord, rounds: number, shown: ReadonlySet<Fact>): string {
  const reason = `no answer after ${rounds} ${rounds === 1 ? "round" : "rounds"}`;
  if (shown.size === 0) return `${reason}; no tool showed a fact`;
  const references = referencesOf(record);
  const lines = [...shown].slice(0, maxNamedFacts).map((fact) => factLine(fact, references.get(fact)!).text);
  const more = shown.size > maxNamedFacts ? `; and ${shown.size - maxNamedFacts} more` : "";
  return `${reason}; the tools showed: ${lines.join("; ")}${more}`;
}

/** The result of a step; an error by the model is reported back to it and uses up the round. */
function outcome(
  record: HealthRecord,
  step: { tool: string; arguments: unknown } | undefined,
  trace: readonly AgentRound[],
  today: string,
): ToolResult {
  const textOnly = (text: string): ToolResult => ({ text, facts: [] });
  if (step === undefined)
    return textOnly('This was no step. Write one JSON object: {"tool": "...", "arguments": {...}}.');
  if (step.tool === "finish")
    return textOnly("The answer was empty. Say what the record holds, or that it does not say.");
  const same = JSON.stringify([step.tool, step.arguments]);
  if (trace.some((round) => JSON.stringify([round.tool, round.arguments]) === same))
    return textOnly(
      "This was called before with the same arguments; its result stands above. Call another tool or finish.",
    );
  try {
    const result = runTool(record, step.tool, step.arguments, { today });
    return result.text.trim() === "" ? textOnly("Nothing in the record fits this.") : result;
  } catch (error) {
    if (!PolyclinicError.is(error)) throw error;
    return textOnly(`Error: ${error.message}`);
  }
}

/** The results of all rounds must fit in the context together: each gets at most a twelfth of it, and truncation is stated in the text. */
async function shorten(result: ToolResult, model: Generator): Promise<ToolResult> {
  const room = Math.floor(model.limits.contextTokens / (maxRounds + 4));
  let { text } = result;
  for (let tokens = await count(text, model); tokens > room; tokens = await count(text, model)) {
    const lines = text.split("\n").filter((line) => line !== cutLine);
    const fitting = lines.slice(0, Math.floor((lines.length * room) / tokens) || 0);
    text = [...(fitting.length === lines.length ? fitting.slice(0, -1) : fitting), cutLine].join("\n");
    if (fitting.length === 0) break;
  }
  return { ...result, text };
}

const cutLine = "(cut for length: ask for less, by name or dates)";
const count = (text: string, model: Generator) => model.countTokens([turn("user", text)]);

function stepOf(text: string): { tool: string; arguments: unknown } | undefined {
  for (const { value } of findJson(text)) {
    const { tool, arguments: given } = (value ?? {}) as { tool?: unknown; arguments?: unknown };
    if (typeof tool === "string") return { tool, arguments: given ?? {} };
  }
  return undefined;
}

/** Replaces tool references (`[F12]`) by citation numbers (`[1]`) with their facts; references that no tool showed are left unchanged. */
function cited(record: HealthRecord, answer: string, shown: ReadonlySet<Fact>) {
  const byReference = new Map([...referencesOf(record)].map(([fact, reference]) => [reference, fact]));
  const facts: Fact[] = [];
  const unknown: string[] = [];
  const text = answer.replace(/\[?\b(F\d+)\b\]?/g, (whole, reference: string) => {
    const fact = byReference.get(reference);
    if (fact === undefined || !shown.has(fact)) {
      unknown.push(reference);
      return whole;
    }
    if (!facts.includes(fact)) facts.push(fact);
    return `[${facts.indexOf(fact) + 1}]`;
  });
  return { text, facts: facts.map(citedFact), unknown: [...new Set(unknown)] };
}

const turn = (role: "user" | "assistant", text: string): Message => ({ role, content: [{ type: "text", text }] });

function seen({ parts }: Study, part: RecordPart, text: string): SeenText {
  const sha256 = createHash("sha256").update(text).digest("hex");
  return { part: parts.indexOf(part), partLabel: part.label, characters: text.length, sha256 };
}

function added(a: Usage, b: Usage): Usage {
  return {
    promptTokens: a.promptTokens + b.promptTokens,
    completionTokens: a.completionTokens + b.completionTokens,
    cachedTokens: a.cachedTokens + b.cachedTokens,
  };
}
