/**
 * Constrains generation to a JSON Schema: before every token, a bit mask of the allowed ids; after it, one step of the
 * grammar. Given the number of remaining tokens, it also ensures that the answer is completed within them.
 */
import { PolyclinicError } from "../../base/errors.ts";
import { compileSchema } from "./schema.ts";
import { Either, Sequence, type Term } from "./term.ts";
import type { Vocabulary } from "./vocabulary.ts";

interface StateMask {
  readonly mask: Uint32Array;
  /** Upper bound of the shortest completions, in bytes, over the states that the allowed tokens lead to. */
  readonly worst: number;
}

/** The mask of tokens that stay inside a term. */
interface InsideMask extends StateMask {
  /** Trie nodes at which the term can be complete: from there a token continues into whatever follows. */
  readonly exits: readonly number[];
}

/** Number of cached masks; a state's mask takes vocabulary / 8 bytes. */
const keptMasks = 2048;

/** Maximum length of forced text computed at once, bytes. */
const maxForcedTokens = 64;

/** The token last chosen in each state of the grammar. */
export type ChosenTokens = Map<Term, number>;

/** A schema compiled for a vocabulary; masks are computed once per state and shared by all answers. */
export class CompiledSchema {
  private readonly start: Term;
  private readonly masks = new Map<Term, StateMask>();
  private readonly insides = new Map<Term, InsideMask>();
  /** The forced next byte of each state, or -1. */
  private readonly forced = new Map<Term, number>();

  /** Throws `text/schema` for a keyword outside the supported subset (see `schema.ts`). */
  constructor(
    schema: unknown,
    private readonly vocabulary: Vocabulary,
    private readonly stopTokenIds: readonly number[] = [],
  ) {
    this.start = compileSchema(schema);
  }

  /** Lower bound of an answer's tokens: its fewest bytes, one per token. */
  get shortest(): number {
    return this.start.shortest;
  }

  /**
   * @param chosen tokens that the same caller's answers chose at each place, used for drafts; updated by the answer.
   */
  begin(chosen: ChosenTokens = new Map()): Constraint {
    return new Constraint(this, this.start, this.vocabulary, new Set(this.stopTokenIds), chosen);
  }

  /** Internal to `Constraint`: the only byte that can follow; -1 if there are several, or none. */
  forcedByte(state: Term): number {
    let known = this.forced.get(state);
    if (known === undefined) {
      known = -1;
      for (let byte = 0; byte < 256 && !state.nullable; byte++) {
        if (state.next(byte).shortest === Infinity) continue;
        if (known >= 0) {
          known = -1;
          break;
        }
        known = byte;
      }
      if (this.forced.size >= keptMasks) this.forced.clear();
      this.forced.set(state, known);
    }
    return known;
  }

  /** Internal to `Constraint`. */
  maskOf(state: Term, remaining: number): Uint32Array {
    let known = this.masks.get(state);
    if (known === undefined) {
      known = this.compose(state);
      if (this.masks.size >= keptMasks) this.masks.clear();
      this.masks.set(state, known);
    }
    if (known.worst < remaining) return known.mask;
    const mask = this.emptyMask(state);
    this.walk(0, state, mask, remaining);
    return mask;
  }

  /**
   * A choice allows what its parts allow; a sequence allows what stays inside its head, and past the head's exits what
   * the rest allows. The part inside is expensive, and is shared by all states with that head.
   */
  private compose(state: Term): StateMask {
    const mask = this.emptyMask(state);
    let worst = 0;
    const add = (term: Term) => {
      if (term instanceof Either) return term.choices.forEach(add);
      const [head, rest] = term instanceof Sequence ? [term.first, term.rest] : [term, term.terms.end];
      if (rest.shortest === Infinity) return;
      const inside = this.insideOf(head);
      for (let i = 0; i < mask.length; i++) mask[i] |= inside.mask[i];
      worst = Math.max(worst, inside.worst + rest.shortest);
      if (rest === rest.terms.end) return;
      for (const exit of inside.exits) worst = Math.max(worst, this.walk(exit, rest, mask).worst);
      if (head.nullable) add(rest);
    };
    add(state);
    return { mask, worst };
  }

  private insideOf(head: Term): InsideMask {
    let known = this.insides.get(head);
    if (known === undefined) {
      const mask = this.emptyMask();
      known = { mask, ...this.walk(0, head, mask) };
      if (this.insides.size >= keptMasks) this.insides.clear();
      this.insides.set(head, known);
    }
    return known;
  }

  private emptyMask(state?: Term): Uint32Array {
    const mask = new Uint32Array(
      Math.ceil(Math.max(this.vocabulary.size, ...this.stopTokenIds.map((id) => id + 1)) / 32),
    );
    if (state?.nullable) for (const id of this.stopTokenIds) mask[id >>> 5] |= 1 << (id & 31);
    return mask;
  }

  /**
   * Follows the trie below a node (0: all of it) from a state. Adds to the mask the tokens after which the answer can
   * be completed with fewer than `remaining` bytes, at most one token each.
   */
  private walk(top: number, from: Term, mask: Uint32Array, remaining = Infinity): { worst: number; exits: number[] } {
    const { byte, depth, skip, firstToken, tokens } = this.vocabulary;
    const [base, begin, end] = top === 0 ? [0, 1, byte.length] : [depth[top], top + 1, skip[top]];
    const states: Term[] = [from];
    const exits: number[] = [];
    let worst = 0;
    for (let node = begin; node < end; ) {
      const level = depth[node] - base;
      const next = states[level - 1].next(byte[node]);
      const length = next.shortest;
      if (length === Infinity) {
        node = skip[node];
        continue;
      }
      states[level] = next;
      if (next.nullable) exits.push(node);
      const [first, last] = [firstToken[node], firstToken[node + 1]];
      if (first < last && length < remaining) {
        if (length > worst) worst = length;
        for (let i = first; i < last; i++) mask[tokens[i] >>> 5] |= 1 << (tokens[i] & 31);
      }
      node++;
    }
    return { worst, exits };
  }
}

/** The state of constrained decoding of one answer: which tokens may come next. */
export class Constraint {
  /** Made by `CompiledSchema.begin`. */
  constructor(
    private readonly compiled: CompiledSchema,
    private state: Term,
    private readonly vocabulary: Vocabulary,
    private readonly stops: ReadonlySet<number>,
    private readonly chosen: ChosenTokens,
  ) {}

  /**
   * Bit `id & 31` of word `id >> 5` tells whether the token is allowed next; stop tokens are included where the answer
   * may end.
   *
   * @param remaining number of tokens left, including this one; with it the answer is always complete by then. Throws
   * `text/schema-budget` if it is too small for any answer. The result is shared and must not be modified.
   */
  mask(remaining = Infinity): Uint32Array {
    if (this.state.shortest > remaining) {
      throw new PolyclinicError(
        "text/schema-budget",
        "is too small for the shortest answer that satisfies the schema",
        {
          where: "maxTokens",
          expected: `at least ${this.state.shortest}`,
          found: `${remaining}`,
          hint: "Raise maxTokens.",
        },
      );
    }
    return this.compiled.maskOf(this.state, remaining);
  }

  /** Advances by the chosen token; throws `text/schema-token` for a token that the mask does not allow. */
  accept(id: number): void {
    if (this.stops.has(id) && this.state.nullable) return;
    const state = this.after(id);
    if (state === undefined) {
      throw new PolyclinicError("text/schema-token", "is not allowed by the schema here", { where: `token id ${id}` });
    }
    if (this.chosen.size >= keptMasks) this.chosen.clear();
    this.chosen.set(this.state, id);
    this.state = state;
  }

  /** A copy of the state, for lookahead. */
  fork(): Constraint {
    return new Constraint(this.compiled, this.state, this.vocabulary, this.stops, this.chosen);
  }

  /** Advances by a token if it is allowed; for lookahead, so nothing is recorded. */
  tryAccept(id: number): boolean {
    const state = this.after(id);
    if (state === undefined) return false;
    this.state = state;
    return true;
  }

  /** The text that must come next, up to the first byte with a choice; only whole characters. */
  forcedText(): string {
    const bytes: number[] = [];
    let { state } = this;
    for (let byte = this.compiled.forcedByte(state); byte >= 0 && bytes.length < maxForcedTokens; ) {
      bytes.push(byte);
      state = state.next(byte);
      byte = this.compiled.forcedByte(state);
    }
    // With `stream`, the decoder holds back an incomplete character.
    return new TextDecoder().decode(Uint8Array.from(bytes), { stream: true });
  }

  /** The token last chosen in this state. */
  chosenBefore(): number | undefined {
    return this.chosen.get(this.state);
  }

  private after(id: number): Term | undefined {
    const bytes = this.vocabulary.bytes(id);
    if (bytes === undefined) return undefined;
    let { state } = this;
    for (const byte of bytes) state = state.next(byte);
    return state.shortest === Infinity ? undefined : state;
  }

  /** The answer is complete if it ends here. */
  get canStop(): boolean {
    return this.state.nullable;
  }

  /** The answer is complete and nothing may follow, so the model need not generate the end token. */
  get finished(): boolean {
    return this.state === this.state.terms.end;
  }
}

/** Sets the logits of tokens the mask does not allow to minus infinity. Ids beyond the mask are forbidden. */
export function applyMask(logits: Float32Array, mask: Uint32Array): void {
  for (let id = 0; id < logits.length; id++) {
    if ((mask[id >>> 5] & (1 << (id & 31))) === 0) logits[id] = -Infinity;
  }
}
