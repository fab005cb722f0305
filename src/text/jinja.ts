/**
 * Runs a Jinja program within limits. A template is untrusted input: a few characters can request a loop of a billion iterations
 * or a string of a gigabyte. It also fixes the library's `break` and `continue`, which drop what their iteration has already rendered.
 */
import { Environment, Interpreter, parse, tokenize } from "@huggingface/jinja";

/** A chat template takes about a hundred steps per message, so this allows thousands of messages. */
const maxSteps = 500_000;
const maxCharacters = 1 << 25;
const maxItems = 100_000;
const maxInteger = 1 << 24;
const maxSourceLength = 1 << 20;

/** Thrown when a template exceeds a limit. */
export class TemplateBound extends Error {}

export type JinjaProgram = ReturnType<typeof parse>;

/** @throws the library's error for invalid Jinja; `TemplateBound` for a source that is too long. */
export function parseJinja(source: string): JinjaProgram {
  if (source.length > maxSourceLength) throw new TemplateBound(`${source.length} characters`);
  return parse(tokenize(source, { lstrip_blocks: true, trim_blocks: true }));
}

interface RuntimeValue {
  readonly type: string;
  readonly value: unknown;
}
interface Statement {
  readonly type: string;
  readonly body?: unknown;
}
/** The interpreter's methods that are wrapped; they are private in its types. */
interface Methods {
  evaluate(statement: Statement, environment: Environment): RuntimeValue;
  evaluateBlock(statements: readonly Statement[], environment: Environment): RuntimeValue;
}

/** The globals that transformers passes to every template (its `_compile_jinja_template`). */
function globals(spend: (steps: number) => void): Environment {
  const environment = new Environment();
  for (const [name, value] of [
    ["true", true],
    ["True", true],
    ["false", false],
    ["False", false],
    ["none", null],
    ["None", null],
  ] as const)
    environment.set(name, value);
  environment.set("raise_exception", (message: string) => {
    throw new Error(message);
  });
  environment.set("strftime_now", (format: string) => strftime(new Date(), format));
  environment.set("range", (start: number, stop?: number, step = 1) => {
    const [from, to] = stop === undefined ? [0, start] : [start, stop];
    if (step === 0) throw new Error("range() step must not be zero");
    const length = Math.max(0, Math.ceil((to - from) / step));
    if (length > maxItems) throw new TemplateBound(`a range of ${length} items`);
    // The library creates a value for each item before the loop starts.
    spend(length);
    return Array.from({ length }, (_, i) => from + i * step);
  });
  return environment;
}

export function renderJinja(program: JinjaProgram, variables: Readonly<Record<string, unknown>>): string {
  let steps = 0;
  const spend = (more: number) => {
    steps += more;
    if (steps > maxSteps) throw new TemplateBound(`more than ${maxSteps} steps`);
  };
  const environment = globals(spend);
  for (const [name, value] of Object.entries(variables)) environment.set(name, value);
  const interpreter = new Interpreter(environment);
  bound(interpreter as unknown as Methods, spend);
  return String(interpreter.run(program).value);
}

function bound(methods: Methods, spend: (steps: number) => void): void {
  const evaluate = methods.evaluate.bind(methods);
  const evaluateBlock = methods.evaluateBlock.bind(methods);
  /** Bodies of the active loops, and whether a `break` has ended one. */
  const running = new Map<unknown, { broken: boolean }>();

  methods.evaluate = (statement, environment) => {
    spend(1);
    if (statement?.type !== "For") return checked(evaluate(statement, environment));
    const outer = running.get(statement.body);
    running.set(statement.body, { broken: false });
    try {
      return checked(evaluate(statement, environment));
    } finally {
      if (outer === undefined) running.delete(statement.body);
      else running.set(statement.body, outer);
    }
  };

  methods.evaluateBlock = (statements, environment) => {
    const loop = running.get(statements);
    const text = (value: string): RuntimeValue => {
      const empty = evaluateBlock([], environment);
      return Object.assign(empty, { value });
    };
    if (loop?.broken) return text("");
    let rendered = "";
    for (const statement of statements) {
      try {
        // One statement at a time, so that the output before a `break` is kept.
        rendered += String(evaluateBlock([statement], environment).value);
      } catch (error) {
        if (!isControl(error)) throw error;
        const partial = rendered + (error.rendered ?? "");
        if (loop === undefined) throw Object.assign(error, { rendered: partial });
        loop.broken = error.constructor.name.startsWith("Break");
        return text(partial);
      }
      if (rendered.length > maxCharacters) throw new TemplateBound(`${rendered.length} characters`);
    }
    return text(rendered);
  };
}

/** The library throws its `break` and `continue` as errors of classes it does not export. */
function isControl(error: unknown): error is Error & { rendered?: string } {
  return error instanceof Error && /^(?:Break|Continue)Control$/.test(error.constructor.name);
}

function checked(value: RuntimeValue): RuntimeValue {
  const { type, value: inner } = value;
  if (type === "StringValue" && (inner as string).length > maxCharacters)
    throw new TemplateBound(`a string of ${(inner as string).length} characters`);
  if (type === "ArrayValue" && (inner as unknown[]).length > maxItems)
    throw new TemplateBound(`a list of ${(inner as unknown[]).length} items`);
  if (type === "IntegerValue" && Math.abs(inner as number) > maxInteger) throw new TemplateBound(`the number ${inner}`);
  return value;
}

const two = (n: number) => String(n).padStart(2, "0");

/** The directives that chat templates use. */
function strftime(date: Date, format: string): string {
  const name = (options: Intl.DateTimeFormatOptions) => date.toLocaleDateString("en-US", options);
  const directives: Readonly<Record<string, () => string>> = {
    Y: () => String(date.getFullYear()),
    m: () => two(date.getMonth() + 1),
    d: () => two(date.getDate()),
    H: () => two(date.getHours()),
    M: () => two(date.getMinutes()),
    S: () => two(date.getSeconds()),
    y: () => two(date.getFullYear() % 100),
    B: () => name({ month: "long" }),
    b: () => name({ month: "short" }),
    A: () => name({ weekday: "long" }),
    a: () => name({ weekday: "short" }),
    "%": () => "%",
  };
  return format.replace(/%([a-zA-Z%])/g, (whole, letter: string) => directives[letter]?.() ?? whole);
}
