/**
 * The source of drafts besides the prompt: each caller's own recent answers. A draft never changes an answer, but it
 * changes the time it takes, from which one caller could infer what another was told. Callers therefore share nothing,
 * and the memory can be cleared.
 */
import type { ChosenTokens, CompiledSchema } from "../../../text/index.ts";
import { RecentAnswers } from "./token-index.ts";

/**
 * Maximum number of callers; the one inactive for longest is evicted. A caller's tokens and their index take about 2
 * MB.
 */
const maxCallers = 32;
const tokensOfCaller = 1 << 14;

export interface AnswerMemory {
  readonly recent: RecentAnswers;
  /** The tokens chosen by the last answers to a schema. */
  chosen(schema: CompiledSchema): ChosenTokens;
}

export class AnswerMemories {
  private shared = newMemory();
  /** In order of use, the latest last. */
  private readonly own = new Map<string, AnswerMemory>();

  /** @param caller without one, the memory shared by all calls that name none, as in a program with a single user. */
  of(caller: string | undefined): AnswerMemory {
    if (caller === undefined) return this.shared;
    const memory = this.own.get(caller) ?? newMemory(tokensOfCaller);
    this.own.delete(caller);
    this.own.set(caller, memory);
    if (this.own.size > maxCallers) this.own.delete(this.own.keys().next().value!);
    return memory;
  }

  /** An answer in progress keeps its reference to the old memory, which is then discarded with it. */
  clear(): void {
    this.shared = newMemory();
    this.own.clear();
  }
}

function newMemory(most?: number): AnswerMemory {
  const bySchema = new WeakMap<CompiledSchema, ChosenTokens>();
  return {
    recent: new RecentAnswers(most),
    chosen(schema) {
      let tokens = bySchema.get(schema);
      if (tokens === undefined) bySchema.set(schema, (tokens = new Map()));
      return tokens;
    },
  };
}
