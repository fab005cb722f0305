/** Checks whether a model was trained on a request: task, options, wording. */
import type { Ability, Ask, Scope } from "../../model/scope/scope.ts";
import { letteredOptions } from "../lettered.ts";
import { normalise, Wording } from "../wording/index.ts";
import type { Reason } from "./reason.ts";

/** A request that a model was trained on. */
export interface InScope {
  readonly ability: Ability;
  readonly ask: Ask;
  /** The options in the wording of the training. */
  readonly options: Readonly<Record<string, unknown>>;
}

export interface OutOfScope {
  readonly reason: Reason;
  /** The most similar request that the model was trained on. */
  readonly nearest?: Ask;
}

/** Tasks whose name is not a verb. */
export const verbs: Readonly<Record<string, string>> = {
  ddx: "list diagnoses",
  board: "plan a treatment",
  consult: "take a history",
  when: "say when something happens",
  "critical-view": "score the critical view of safety",
};

const wordings = new WeakMap<Scope, Wording>();

/** The compiled wordings of a scope. */
export function wordingOf(scope: Scope): Wording {
  const known = wordings.get(scope);
  if (known !== undefined) return known;
  const made = new Wording(scope);
  wordings.set(scope, made);
  return made;
}

/**
 * @param options the task's own options, without sampling and layout.
 * @returns for `ask`, possibly a request of another task that the question corresponds to.
 */
export function findRequest(
  scope: Scope,
  task: string,
  options: Readonly<Record<string, unknown>>,
): InScope[] | OutOfScope {
  const given = Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined && value !== false),
  );
  const lettered = typeof given.question === "string" ? letteredOptions(given.question) : undefined;
  for (const ability of scope.abilities)
    for (const ask of ability.requests) {
      if (ask.task !== task && ask.task !== "*") continue;
      // An exam question is matched by its stem; its options are accepted if `choices` is open.
      if (lettered !== undefined && ask.options?.question !== undefined && given.choices === undefined) {
        const letters = lettered.options.map(({ letter }) => letter);
        const stem = acceptedOptions(ask, { ...given, question: lettered.stem, choices: letters });
        if (stem !== undefined) return [{ ability, ask, options: given }];
      }
      const accepted = acceptedOptions(ask, given);
      if (accepted !== undefined) return [{ ability, ask, options: accepted }];
    }
  if (task === "ask") return findQuestion(scope, given);
  if (task === "classify" && given.multi === true) return findLabels(scope, given);
  const same = scope.abilities.flatMap(({ requests }) => requests).filter((ask) => ask.task === task);
  if (same.length === 0)
    return {
      reason: { code: "task", message: `${scope.model} was not trained to ${verbs[task] ?? task}.` },
      nearest: anyAsk(scope),
    };
  const verb = verbs[task] ?? task;
  const words = Object.entries(given).map(([name, value]) => `${name} ${shown(value)}`);
  const what = words.length === 0 ? `to ${verb} without further options` : `to ${verb} with ${words.join(", ")}`;
  return {
    reason: { code: task === "classify" ? "labels" : "words", message: `${scope.model} was not trained ${what}.` },
    nearest: nearestOf(same, given),
  };
}

function findQuestion(scope: Scope, given: Readonly<Record<string, unknown>>): InScope[] | OutOfScope {
  const question = String(given.question ?? "");
  const match = wordingOf(scope).match(question);
  if ("ask" in match) {
    const { ask } = match;
    const choices = given.choices;
    // With other choices than in training it is a different question.
    if (Array.isArray(choices) && !sameList(choices, ask.options?.choices ?? ask.options?.labels))
      return {
        reason: {
          code: "labels",
          message: `${scope.model} was trained on this question, but not with the answers ${shown(choices)}.`,
        },
        nearest: ask,
      };
    // Without the trained choices, a small model answers with anything it has learned to write: a box, or the label of
    // another question.
    if (given.free === true && ask.options?.choices !== undefined)
      return {
        reason: {
          code: "free",
          message: `${scope.model} was trained to answer this question only with ${shown(ask.options.choices)}.`,
        },
        nearest: ask,
      };
    return [{ ability: scope.abilities[match.ability], ask, options: { ...ask.options } }];
  }
  const { part, why, words } = match;
  const unknown = words.length === 0 ? "" : ` (not understood: ${words.join(", ")})`;
  const message =
    why === "several"
      ? `The question has several parts, and "${part}" is a different question from the first: ask one question at a time.`
      : part !== question && normalise(part) !== normalise(question)
        ? `"${part}", a part of the question, is not something that ${scope.model} was trained to answer${unknown}.`
        : `This is not a question that ${scope.model} was trained to answer${unknown}.`;
  return {
    reason: { code: why === "several" ? "several" : "words", message },
    nearest: nearestQuestion(scope, question),
  };
}

/** In multi-label mode each label is a yes/no question, and the model must have been trained on each. */
function findLabels(scope: Scope, given: Readonly<Record<string, unknown>>): InScope[] | OutOfScope {
  const labels = (given.labels ?? []) as readonly string[];
  const found: InScope[] = [];
  for (const label of labels) {
    const match = wordingOf(scope).match(label);
    const closed = "ask" in match && match.ask.task === "ask" ? match : undefined;
    if (closed === undefined)
      return {
        reason: { code: "labels", message: `${scope.model} was not trained to say whether there is "${label}".` },
        nearest: anyAsk(scope, "ask"),
      };
    found.push({ ability: scope.abilities[closed.ability], ask: { ...closed.ask, task: "classify" }, options: given });
  }
  return found;
}

/** The options in the wording of the training; undefined if one was not part of it. */
function acceptedOptions(
  { options = {}, open = [] }: Ask,
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> | undefined {
  const all = open.includes("*");
  const accepted: Record<string, unknown> = { ...given };
  for (const [name, value] of Object.entries(given)) {
    const learned = options[name];
    if (learned === undefined) {
      if (all || open.includes(name)) continue;
      return undefined;
    }
    if (Array.isArray(learned)) {
      if (!sameList(value, learned)) return undefined;
      // Labels keep the caller's order, with the spelling used in training.
      accepted[name] = (value as string[]).map((label) => learned.find((own) => normalise(own) === normalise(label)));
    } else if (typeof learned === "string") {
      if (typeof value !== "string" || normalise(value) !== normalise(learned)) return undefined;
      accepted[name] = learned;
    } else if (value !== learned) return undefined;
  }
  const missing = Object.keys(options).filter((name) => !(name in given) && name !== "choices");
  return missing.length > 0 ? undefined : accepted;
}

function sameList(value: unknown, learned: unknown): boolean {
  if (!Array.isArray(value) || !Array.isArray(learned) || value.length !== learned.length) return false;
  const sorted = (list: readonly unknown[]) => list.map((item) => normalise(String(item))).sort();
  const [a, b] = [sorted(value), sorted(learned)];
  return a.every((item, i) => item === b[i]);
}

/** The trained request with the most words in common with the given one. */
function nearestOf(asks: readonly Ask[], given: Readonly<Record<string, unknown>>): Ask {
  const words = new Set(normalise(JSON.stringify(given)).split(" "));
  const common = (ask: Ask) =>
    normalise(JSON.stringify(ask.options ?? {}))
      .split(" ")
      .filter((word) => words.has(word)).length;
  return asks.reduce((a, b) => (common(b) > common(a) ? b : a));
}

function nearestQuestion(scope: Scope, question: string): Ask | undefined {
  const asks = scope.abilities.flatMap(({ requests }) => requests).filter(({ task }) => task === "ask");
  return asks.length === 0 ? anyAsk(scope) : nearestOf(asks, { question });
}

function anyAsk({ abilities }: Scope, task?: string): Ask | undefined {
  return abilities.flatMap(({ requests }) => requests).find((ask) => task === undefined || ask.task === task);
}

export function shown(value: unknown): string {
  return Array.isArray(value) ? value.join(", ") : typeof value === "string" ? `"${value}"` : JSON.stringify(value);
}
