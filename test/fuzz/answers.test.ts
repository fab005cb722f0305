/**
 * Texts that keep a reader busy: long runs of one character, of pairs, and of the words that parsers look for. Every reader of what a model or a
 * server wrote is given all of them and has to be done in time that grows with the length alone. `ANSWER_CHARACTERS=1000000` tries a megabyte.
 */
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { parseCsv } from "../../src/base/csv.ts";
import { printable } from "../../src/base/printable.ts";
import { parseClosed } from "../../src/evaluate/parse/closed.ts";
import { AnswerReader } from "../../src/model/remote/answer.ts";
import { ThoughtFilter } from "../../src/model/remote/thought-filter.ts";
import { checkAnswer } from "../../src/records/check/check.ts";
import type { HealthRecord } from "../../src/records/record.ts";
import { openStudy } from "../../src/study/index.ts";
import { type Layout, layOut } from "../../src/task/layout.ts";
import { parseBoxes } from "../../src/task/parse/boxes.ts";
import { parseChoice } from "../../src/task/parse/choice.ts";
import { undecorated } from "../../src/task/parse/final-answer.ts";
import { plain, statementsOf } from "../../src/task/parse/sections.ts";
import { tasks } from "../../src/task/tasks.ts";
import { film, scripted, study } from "../../src/task/testing.ts";
import { parseTherapeuticAnswer } from "../../src/task/therapeutics/answers.ts";
import { endsInRepetition } from "../../src/text/repetition.ts";
import { StopStrings } from "../../src/text/stop-strings.ts";

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

const inPieces = (text: string, push: (piece: string) => unknown) => {
  for (let at = 0; at < text.length; at += 4) push(text.slice(at, at + 4));
};

async function asStream(text: string, field: "content" | "reasoning_content"): Promise<void> {
  const reader = new AnswerReader("server", undefined);
  async function* body() {
    const events: string[] = [];
    inPieces(text, (piece) => events.push(`data: ${JSON.stringify({ choices: [{ delta: { [field]: piece } }] })}\n\n`));
    yield new TextEncoder().encode(`${events.join("")}data: [DONE]\n\n`);
  }
  for await (const _ of reader.stream(body()));
  reader.result();
}

let layout: Layout;
let record: HealthRecord;
beforeAll(async () => {
  layout = await layOut(study(film()), scripted([]), {});
  const chart = await openStudy(fileURLToPath(new URL("../../samples/chart.json", import.meta.url)));
  const [part] = chart.parts;
  if (part.kind !== "record") throw new Error("no record");
  record = part.record;
});

const options = { question: "What is it?", labels: ["a", "b"], object: "heart", schema: { type: "object" } };
const lettered = ["A", "B"].map((key) => ({ key, text: `option ${key}` }));
const readers: Readonly<Record<string, (text: string) => unknown>> = {
  ...Object.fromEntries(
    tasks().map((task) => [
      `task ${task.name}`,
      // Three answers: as many as the task with the most prompts gets.
      (text: string) => task.parse({ texts: [text, text, text] }, options, layout),
    ]),
  ),
  boxes: parseBoxes,
  choice: (text) => parseChoice(text, ["normal", "pneumonia", "bacterial pneumonia"]),
  letters: (text) => parseChoice(text, ["A", "B"]),
  undecorated,
  statements: statementsOf,
  plain,
  repetition: endsInRepetition,
  binary: (text) => parseTherapeuticAnswer(text, "binary"),
  regression: (text) => parseTherapeuticAnswer(text, "regression"),
  closed: (text) => parseClosed(text, lettered),
  "claims about a record": (text) => checkAnswer(record, text),
  "a thought in pieces": (text) => inPieces(`<think>${text}`, (piece) => filter.push(piece)),
  "stop strings in pieces": (text) => inPieces(text, (piece) => stops.push(piece)),
  "an answer as a stream": (text) => asStream(text, "content"),
  "a thought as a stream": (text) => asStream(`<think>${text}`, "content"),
  printable,
  csv: (text) => {
    try {
      parseCsv(text, { where: "list", code: "batch/row" });
    } catch {
      // Refused by name.
    }
  },
};
let filter: ThoughtFilter;
let stops: StopStrings;

/** Every claim is looked up in the record. */
const slowly: Readonly<Record<string, number>> = { "claims about a record": 4 };

/** Milliseconds of processor time of one reading, by fresh filters. */
async function timeOf(reading: () => unknown, text: string): Promise<number> {
  filter = new ThoughtFilter();
  stops = new StopStrings(["\n\n\n\nx", `${text.slice(0, 30)}!`]);
  const began = process.cpuUsage();
  await reading();
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1000;
}

test.each(Object.entries(readers))("%s: linear in any text", async (reader, read) => {
  const slow: string[] = [];
  for (const [name, text] of texts(characters)) {
    const most = limit * (slowly[reader] ?? 1);
    let ms = await timeOf(() => read(text), text);
    // The whole process is timed: its other threads collect garbage or finish a model's work. A slow reader is slow again.
    for (let again = 0; again < 2 && ms > most && ms < 20 * limit; again++)
      ms = Math.min(ms, await timeOf(() => read(text), text));
    if (ms > most) slow.push(`${JSON.stringify(name)}: ${Math.round(ms)} ms`);
    // The rest would take as long.
    if (slow.length > 3 || ms > 20 * limit) break;
  }
  expect(slow).toEqual([]);
});
