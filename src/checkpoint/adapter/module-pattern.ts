/**
 * Module patterns as PEFT matches them: `re.match(rf"(.*\.)?({key})$", module)`. A key is a regular expression from a file, so it is run here as
 * a finite automaton, in time linear in the name: a backtracking engine can be kept busy for hours by a key of thirty characters.
 */
import { PolyclinicError } from "../../base/errors.ts";

/** Longer keys, or keys that expand to more states, are rejected. */
const maxKeyLength = 1000;
const maxStates = 5000;

type Test = (code: number) => boolean;

/** One state: what it consumes (or an assertion, or nothing), and its successors. */
interface State {
  readonly test?: Test;
  readonly assertion?: "start" | "end";
  next: number[];
}

export class ModulePattern {
  private readonly literal: boolean;
  private readonly states: State[] = [];
  private readonly start: number = 0;
  private readonly accept: number = 0;

  /** @throws PolyclinicError `checkpoint/adapter` for an invalid regular expression, or one outside the supported subset. */
  constructor(
    readonly key: string,
    where: string,
  ) {
    const refuse = (found: string): never => {
      throw new PolyclinicError("checkpoint/adapter", "the module pattern is not supported", {
        where,
        expected: "a module name, or a regular expression of literals, classes, groups, alternatives and repetitions",
        found: `${key.slice(0, 80)}: ${found}`,
      });
    };
    // In a name without other special characters only the dot is special, and it matches any character.
    this.literal = /^[\w.-]*$/.test(key);
    if (key.length > maxKeyLength) refuse(`${key.length} characters`);
    if (this.literal) return;
    const parser = new Parser(key, this.states, refuse);
    const fragment = parser.alternatives();
    if (!parser.atEnd) refuse(`unexpected ${parser.rest[0]}`);
    this.accept = this.add({ next: [] });
    for (const end of fragment.ends) this.states[end].next.push(this.accept);
    this.start = fragment.start;
  }

  /** Whether the key matches the whole name, or its end after a dot. */
  matches(module: string): boolean {
    if (this.literal) return this.matchesLiteral(module);
    let current = new Set<number>();
    for (let at = 0; at <= module.length; at++) {
      // A match begins with the name, or after any dot.
      if (at === 0 || module[at - 1] === ".")
        for (const id of this.closure([this.start], at === 0, at === module.length)) current.add(id);
      if (at === module.length) break;
      const code = module.charCodeAt(at);
      const moved: number[] = [];
      for (const id of current) if (this.states[id].test?.(code)) moved.push(...this.states[id].next);
      current = this.closure(moved, false, at + 1 === module.length);
    }
    return current.has(this.accept);
  }

  private matchesLiteral(module: string): boolean {
    const { key } = this;
    const from = module.length - key.length;
    if (from < 0 || (from > 0 && module[from - 1] !== ".")) return false;
    for (let i = 0; i < key.length; i++) if (key[i] !== "." && key[i] !== module[from + i]) return false;
    return true;
  }

  /** Every state reached without consuming anything. */
  private closure(ids: readonly number[], atStart: boolean, atEnd: boolean): Set<number> {
    const found = new Set<number>();
    const open = [...ids];
    while (open.length > 0) {
      const id = open.pop()!;
      if (found.has(id)) continue;
      const { test, assertion, next } = this.states[id];
      if (assertion === "start" ? !atStart : assertion === "end" ? !atEnd : false) continue;
      found.add(id);
      if (test === undefined) open.push(...next);
    }
    return found;
  }

  private add(state: State): number {
    return this.states.push(state) - 1;
  }
}

/** Part of an automaton: its start state, and the states whose successor is not yet set. */
interface Fragment {
  readonly start: number;
  readonly ends: readonly number[];
}

class Parser {
  private at = 0;
  private depth = 0;

  constructor(
    private readonly source: string,
    private readonly states: State[],
    private readonly refuse: (found: string) => never,
  ) {}

  get atEnd(): boolean {
    return this.at >= this.source.length;
  }

  get rest(): string {
    return this.source.slice(this.at);
  }

  alternatives(): Fragment {
    const fragments = [this.sequence()];
    while (this.take("|")) fragments.push(this.sequence());
    if (fragments.length === 1) return fragments[0];
    return {
      start: this.add({ next: fragments.map(({ start }) => start) }),
      ends: fragments.flatMap(({ ends }) => ends),
    };
  }

  private sequence(): Fragment {
    let whole = this.empty();
    while (!this.atEnd && this.rest[0] !== "|" && this.rest[0] !== ")") whole = this.join(whole, this.repeated());
    return whole;
  }

  private repeated(): Fragment {
    const from = this.at;
    const item = this.item();
    const text = this.source.slice(from, this.at);
    const [least, most] = this.quantifier();
    if (least === 1 && most === 1) return item;
    // Repetitions are expanded by parsing the item's text again.
    const copy = (): Fragment => {
      const parser = new Parser(text, this.states, this.refuse);
      parser.depth = this.depth;
      return parser.item();
    };
    let whole = this.empty();
    for (let i = 0; i < least; i++) whole = this.join(whole, i === 0 ? item : copy());
    if (most === Number.POSITIVE_INFINITY) {
      const again = least === 0 ? item : copy();
      const loop = this.add({ next: [again.start] });
      for (const end of again.ends) this.states[end].next.push(loop);
      return this.join(whole, { start: loop, ends: [loop] });
    }
    for (let i = least; i < most; i++) {
      const optional = i === 0 ? item : copy();
      const choice = this.add({ next: [optional.start] });
      whole = this.join(whole, { start: choice, ends: [choice, ...optional.ends] });
    }
    return whole;
  }

  private quantifier(): [least: number, most: number] {
    let range: [number, number] = [1, 1];
    if (this.take("*")) range = [0, Number.POSITIVE_INFINITY];
    else if (this.take("+")) range = [1, Number.POSITIVE_INFINITY];
    else if (this.take("?")) range = [0, 1];
    else {
      const braces = /^\{(\d{0,3})(,?)(\d{0,3})\}/.exec(this.rest);
      if (braces === null || (braces[1] === "" && braces[3] === "")) return range;
      this.at += braces[0].length;
      const least = Number(braces[1] || 0);
      range = [least, braces[2] === "" ? least : braces[3] === "" ? Number.POSITIVE_INFINITY : Number(braces[3])];
      if (range[1] < range[0]) this.refuse(`the range ${braces[0]}`);
    }
    // Lazy or greedy makes no difference to whether there is a match.
    this.take("?");
    if (/^[*+?]/.test(this.rest)) this.refuse(`a repetition of a repetition`);
    return range;
  }

  private item(): Fragment {
    const char = this.source[this.at++];
    switch (char) {
      case "(": {
        if (this.take("?:") || !this.rest.startsWith("?")) {
          if (++this.depth > 50) this.refuse("groups that are nested too deeply");
          const inner = this.alternatives();
          this.depth--;
          if (!this.take(")")) this.refuse("a group that is not closed");
          return inner;
        }
        return this.refuse(`the construct (${this.rest.slice(0, 3)}`);
      }
      case "[":
        return this.one(this.characterClass());
      case ".":
        return this.one((code) => code !== 10);
      case "^":
        return this.assertion("start");
      case "$":
        return this.assertion("end");
      case "\\":
        return this.one(this.escape());
      case "*":
      case "+":
      case "?":
        return this.refuse(`${char} with nothing to repeat`);
      default:
        return this.one(equal(char));
    }
  }

  private characterClass(): Test {
    const negated = this.take("^");
    const tests: Test[] = [];
    for (let first = true; first || this.rest[0] !== "]"; first = false) {
      if (this.atEnd) this.refuse("a character class that is not closed");
      const char = this.source[this.at++];
      if (char === "\\") {
        tests.push(this.escape());
        continue;
      }
      if (this.rest[0] === "-" && this.rest.length > 1 && this.rest[1] !== "]") {
        const to = this.source[this.at + 1];
        if (to === "\\" || to < char) this.refuse(`the range ${char}-${to}`);
        const [low, high] = [char.charCodeAt(0), to.charCodeAt(0)];
        tests.push((code) => code >= low && code <= high);
        this.at += 2;
      } else tests.push(equal(char));
    }
    this.at++;
    return (code) => tests.some((test) => test(code)) !== negated;
  }

  private escape(): Test {
    const char = this.source[this.at++];
    if (char === undefined) return this.refuse("a trailing backslash");
    const known = classes[char.toLowerCase()];
    if (known !== undefined) return char === char.toLowerCase() ? known : (code) => !known(code);
    if (/[a-zA-Z0-9]/.test(char)) return this.refuse(`the escape \\${char}`);
    return equal(char);
  }

  private take(text: string): boolean {
    if (!this.source.startsWith(text, this.at)) return false;
    this.at += text.length;
    return true;
  }

  private join(a: Fragment, b: Fragment): Fragment {
    for (const end of a.ends) this.states[end].next.push(b.start);
    return { start: a.start, ends: b.ends };
  }

  private one(test: Test): Fragment {
    const id = this.add({ test, next: [] });
    return { start: id, ends: [id] };
  }

  private assertion(assertion: "start" | "end"): Fragment {
    const id = this.add({ assertion, next: [] });
    return { start: id, ends: [id] };
  }

  private empty(): Fragment {
    const id = this.add({ next: [] });
    return { start: id, ends: [id] };
  }

  private add(state: State): number {
    if (this.states.length >= maxStates) this.refuse("a repetition count that is too large");
    return this.states.push(state) - 1;
  }
}

const equal = (char: string): Test => {
  const expectedCode = char.charCodeAt(0);
  return (code) => code === expectedCode;
};

const classes: Readonly<Record<string, Test>> = {
  d: (code) => code >= 48 && code <= 57,
  w: (code) => (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || code === 95 || (code >= 97 && code <= 122),
  s: (code) => code === 32 || (code >= 9 && code <= 13),
};
