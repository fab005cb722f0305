/**
 * Texts that keep a reader busy: long runs of one character, of pairs, and of the words that parsers look for. Every reader of what a model or a
 * server wrote is given all of them and has to be done in time that grows with the length alone. `ANSWER_CHARACTERS=1000000` tries a megabyte.
 */
import { expect, test } from "vitest";
import { PolyclinicError } from "../../src/base/errors.ts";
import { answerReaders } from "./readers/answers.ts";

const characters = Number(process.env.ANSWER_CHARACTERS ?? 20_000);
/** Milliseconds of processor time; a reader that is quadratic takes seconds for 20,000 characters. */
const limit = Math.max(150, characters / 2000);

const repeated = [
  ..." \n\t\ra1[]{}()\"'*_`#-.,:;<>\\$%~“",
  ...[
    "[]",
    "{}",
    "[{",
    '["',
    "a ",
    "a\n",
    "\n ",
    "**",
    "* ",
    "_a",
    "1.",
    "1,",
    "1 ",
    "- ",
    "\n-",
    "\n1",
    "a.",
    ". ",
    ": ",
  ],
  ...[
    "(a",
    "''",
    "# ",
    ">\n",
    "[1",
    "[,",
    '"\\',
    "mm",
    "1m",
    "Aa",
    "A. ",
    "final answer ",
    "Final Answer: ",
    "\\boxed{",
  ],
  ...["$\\boxed{a}", "(A) ", "FINDINGS: a\nIMPRESSION:", "\n- ", "5 mm ", '{"box_2d": [1,2,3,4]}, ', "```", "Answer: "],
  ...[
    "the answer is ",
    "the ",
    "<think>",
    "</think>",
    "<eos> ",
    "yes ",
    "yes or no ",
    "haemoglobin 12.3 g/dL on 2024-01-02. ",
  ],
  ...["No evidence of ", "2024-01-02 ", "a: 1, ", "no ", "not ", "[F1]", "[Observation/"],
];
const texts = (n: number): [string, string][] => [
  ...repeated.map((unit): [string, string] => [unit, unit.repeat(Math.ceil(n / unit.length)).slice(0, n)]),
  ...[" ", "\n", "[", "*", "1", "a "].flatMap((unit): [string, string][] => {
    const run = unit.repeat(n / unit.length);
    return [
      [`word, ${unit}`, `The lungs are clear${run}.`],
      [`mark, ${unit}`, `Final Answer: ${run}x`],
      [`unit, ${unit}`, `of 5${run}mm`],
    ];
  }),
  ...["[]", "{}", "()"].map(([open, close]): [string, string] => [
    `nested ${open}`,
    open.repeat(n / 2) + close.repeat(n / 2),
  ]),
  ["nested objects", '{"a":'.repeat(n / 6) + "}".repeat(n / 6)],
];

const readers = await answerReaders();

/** Every claim is looked up in the record. */
const slowly: Readonly<Record<string, number>> = { "claims about a record": 4 };

/** Milliseconds of processor time of one reading; a text that is refused by name is read as well. */
async function timeOf(reading: () => unknown): Promise<number> {
  const began = process.cpuUsage();
  try {
    await reading();
  } catch (error) {
    if (!PolyclinicError.is(error)) throw error;
  }
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1000;
}

test.each(Object.entries(readers))("%s: linear in any text", async (reader, read) => {
  const slow: string[] = [];
  for (const [name, text] of texts(characters)) {
    const most = limit * (slowly[reader] ?? 1);
    let ms = await timeOf(() => read(text));
    // The whole process is timed: its other threads collect garbage or finish a model's work. A slow reader is slow again.
    for (let again = 0; again < 2 && ms > most && ms < 20 * limit; again++)
      ms = Math.min(ms, await timeOf(() => read(text)));
    if (ms > most) slow.push(`${JSON.stringify(name)}: ${Math.round(ms)} ms`);
    // The rest would take as long.
    if (slow.length > 3 || ms > 20 * limit) break;
  }
  expect(slow).toEqual([]);
});
