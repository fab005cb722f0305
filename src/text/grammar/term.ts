/**
 * A grammar as terms that are derived byte by byte (Brzozowski 1964; with references expanded on demand, after Might,
 * Darais and Spiewak 2011). The term remaining after some bytes is the state: equal states are one object, so results
 * for a state (its next states, its allowed tokens) are computed once.
 */

/** The language of possible continuations; `nullable` tells whether it contains the empty one. */
export abstract class Term {
  private readonly after: (Term | undefined)[] = [];
  private measured = 0;
  private measuredIn = -1;

  /** @param key unique per distinct term; identifies equal terms. */
  constructor(
    readonly terms: Terms,
    readonly id: number,
    readonly nullable: boolean,
  ) {}

  /** Length of the shortest completion in bytes; Infinity if there is none. */
  get shortest(): number {
    if (this.measuredIn !== this.terms.round) {
      this.measured = this.measure();
      this.measuredIn = this.terms.round;
    }
    return this.measured;
  }

  protected abstract measure(): number;
  protected abstract derive(byte: number): Term;

  /** The term remaining after this byte; `terms.none` if the byte cannot follow. */
  next(byte: number): Term {
    return (this.after[byte] ??= this.derive(byte));
  }
}

/** The empty language: nothing can follow and the answer may not end here. */
class None extends Term {
  protected measure(): number {
    return Infinity;
  }
  protected derive(): Term {
    return this;
  }
}

/** Only the empty continuation. */
class End extends Term {
  protected measure(): number {
    return 0;
  }
  protected derive(): Term {
    return this.terms.none;
  }
}

/** One byte of a set. */
class OneOf extends Term {
  constructor(
    terms: Terms,
    id: number,
    private readonly bytes: readonly boolean[],
  ) {
    super(terms, id, false);
  }
  protected measure(): number {
    return 1;
  }
  protected derive(byte: number): Term {
    return this.bytes[byte] ? this.terms.end : this.terms.none;
  }
}

export class Sequence extends Term {
  constructor(
    terms: Terms,
    id: number,
    readonly first: Term,
    readonly rest: Term,
  ) {
    super(terms, id, first.nullable && rest.nullable);
  }
  protected measure(): number {
    return this.first.shortest + this.rest.shortest;
  }
  protected derive(byte: number): Term {
    const through = this.terms.sequence(this.first.next(byte), this.rest);
    return this.first.nullable ? this.terms.either([through, this.rest.next(byte)]) : through;
  }
}

export class Either extends Term {
  constructor(
    terms: Terms,
    id: number,
    readonly choices: readonly Term[],
  ) {
    super(
      terms,
      id,
      choices.some((choice) => choice.nullable),
    );
  }
  protected measure(): number {
    return Math.min(...this.choices.map((choice) => choice.shortest));
  }
  protected derive(byte: number): Term {
    return this.terms.either(this.choices.map((choice) => choice.next(byte)));
  }
}

/**
 * Equivalent to its content, but kept as one unit at the head of a sequence: the tokens that a string allows up to its
 * closing quote are then computed once for all strings, whatever follows them.
 */
class Group extends Term {
  constructor(
    terms: Terms,
    id: number,
    private readonly inner: Term,
  ) {
    super(terms, id, inner.nullable);
  }
  protected measure(): number {
    return this.inner.shortest;
  }
  protected derive(byte: number): Term {
    return this.terms.group(this.inner.next(byte));
  }
}

/** `least` to `most` repetitions of the item, which is never empty. */
class Repeat extends Term {
  constructor(
    terms: Terms,
    id: number,
    private readonly item: Term,
    private readonly least: number,
    private readonly most: number,
  ) {
    super(terms, id, least === 0);
  }
  protected measure(): number {
    return this.least === 0 ? 0 : this.least * this.item.shortest;
  }
  protected derive(byte: number): Term {
    const rest = this.terms.repeat(this.item, Math.max(0, this.least - 1), this.most - 1);
    return this.terms.sequence(this.item.next(byte), rest);
  }
}

/** A named rule, which may be recursive. */
export class Reference extends Term {
  private target: Term | undefined;
  private known = Infinity;

  constructor(terms: Terms, id: number) {
    super(terms, id, false);
  }

  /** Sets the rule's definition, which must not be empty or left-recursive. */
  define(target: Term): void {
    this.target = target;
  }

  /** One iteration towards the shortest length; true while it decreases. */
  relax(): boolean {
    const found = this.target!.shortest;
    const shrinks = found < this.known;
    if (shrinks) this.known = found;
    return shrinks;
  }

  protected measure(): number {
    return this.known;
  }

  protected derive(byte: number): Term {
    return this.target!.next(byte);
  }
}

/** Creates terms; equal terms are one object. */
export class Terms {
  private readonly made = new Map<string, Term>();
  private count = 0;
  private readonly references: Reference[] = [];
  /** Lengths are recomputed in every round of `settle`, and cached after it. */
  round = 0;
  private settled = false;
  readonly none: Term = new None(this, this.count++, false);
  readonly end: Term = new End(this, this.count++, true);

  /** One byte from any of the inclusive ranges. */
  bytes(...ranges: readonly (readonly [number, number])[]): Term {
    return this.once(`b${ranges.join(";")}`, (id) => {
      const set = Array.from({ length: 256 }, (_, byte) => ranges.some(([low, high]) => byte >= low && byte <= high));
      return new OneOf(this, id, set);
    });
  }

  /** Exactly this text, as UTF-8. */
  text(text: string): Term {
    return this.all([...new TextEncoder().encode(text)].map((byte) => this.bytes([byte, byte])));
  }

  all(items: readonly Term[]): Term {
    return items.reduceRight((rest, item) => this.sequence(item, rest), this.end);
  }

  sequence(first: Term, rest: Term): Term {
    if (first === this.none || rest === this.none) return this.none;
    if (first === this.end) return rest;
    if (rest === this.end) return first;
    if (first instanceof Sequence) {
      // A sequence is nested on its right side; its links are prepended to `rest` iteratively, however long it is.
      const links: Term[] = [];
      let link: Term = first;
      for (; link instanceof Sequence; link = link.rest) links.push(link.first);
      return [...links, link].reduceRight((tail, each) => this.sequence(each, tail), rest);
    }
    return this.once(`s${first.id},${rest.id}`, (id) => new Sequence(this, id, first, rest));
  }

  either(choices: readonly Term[]): Term {
    const flat = new Set<Term>();
    for (const choice of choices) {
      if (choice instanceof Either) for (const inner of choice.choices) flat.add(inner);
      else if (choice !== this.none) flat.add(choice);
    }
    if (flat.size === 0) return this.none;
    const sorted = [...flat].sort((a, b) => a.id - b.id);
    if (sorted.length === 1) return sorted[0];
    return this.once(`e${sorted.map((term) => term.id).join(",")}`, (id) => new Either(this, id, sorted));
  }

  group(inner: Term): Term {
    if (inner === this.none || inner === this.end) return inner;
    return this.once(`g${inner.id}`, (id) => new Group(this, id, inner));
  }

  optional(item: Term): Term {
    return this.either([item, this.end]);
  }

  repeat(item: Term, least: number, most = Infinity): Term {
    if (least > most) return this.none;
    if (most === 0) return this.end;
    if (item === this.none) return least === 0 ? this.end : this.none;
    return this.once(`r${item.id},${least},${most}`, (id) => new Repeat(this, id, item, least, most));
  }

  reference(): Reference {
    const reference = new Reference(this, this.count++);
    this.references.push(reference);
    return reference;
  }

  /** Computes the shortest length of every reference; must be called when all are defined. */
  settle(): void {
    do {
      this.round++;
      // Parts are created before the terms that contain them: measured in that order, no measurement recurses.
      for (const term of this.made.values()) void term.shortest;
    } while (this.references.map((reference) => reference.relax()).includes(true));
    this.settled = true;
  }

  private once<T extends Term>(key: string, make: (id: number) => T): T {
    let term = this.made.get(key);
    if (term === undefined) {
      term = make(this.count++);
      this.made.set(key, term);
      if (this.settled) void term.shortest;
    }
    return term as T;
  }
}
