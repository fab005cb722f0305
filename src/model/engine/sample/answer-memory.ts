/**
 * What drafts are made of beside the prompt: each caller's own recent answers. A draft never changes an answer, but it changes how long one takes, and by that one caller
 * could probe what another was answered. So callers share none, and what is remembered can be forgotten.
 */
import type { ChosenTokens, CompiledSchema } from "../../../text/index.ts";
import { RecentAnswers } from "./token-index.ts";

/** Callers remembered; the one silent longest is forgotten first. A caller's tokens and their index take about 2 MB. */
const mostCallers = 32;
const tokensOfCaller = 1 << 14;

export interface AnswerMemory {
  readonly recent: RecentAnswers;
  /** Tokens that answers to a schema last took. */
  chosen(schema: CompiledSchema): ChosenTokens;
}

export class AnswerMemories {
  private shared = newMemory();
  /** In order of use, the latest last. */
  private readonly own = new Map<string, AnswerMemory>();

  /** @param caller without one, the memory of all calls that name none: those of a program with a single user. */
  of(caller: string | undefined): AnswerMemory {
    if (caller === undefined) return this.shared;
    const memory = this.own.get(caller) ?? newMemory(tokensOfCaller);
    this.own.delete(caller);
    this.own.set(caller, memory);
    if (this.own.size > mostCallers) this.own.delete(this.own.keys().next().value!);
    return memory;
  }

  /** An answer that is being written keeps the memory it began with, which goes with it. */
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
