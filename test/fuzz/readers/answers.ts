/** Every reader of what a model or a server wrote. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseCsv } from "../../../src/base/csv.ts";
import { PolyclinicError } from "../../../src/base/errors.ts";
import { printable } from "../../../src/base/printable.ts";
import { parseClosed } from "../../../src/evaluate/parse/closed.ts";
import { AnswerReader } from "../../../src/model/remote/answer.ts";
import { ThoughtFilter } from "../../../src/model/remote/thought-filter.ts";
import { checkAnswer } from "../../../src/records/check/check.ts";
import { type HealthRecord, readFhirText } from "../../../src/records/index.ts";
import { boundaryOf, readParts } from "../../../src/server/dicomweb/multipart.ts";
import { parseQuery } from "../../../src/server/dicomweb/qido.ts";
import { type Layout, layOut } from "../../../src/task/layout.ts";
import { parseBoxes } from "../../../src/task/parse/boxes.ts";
import { parseChoice } from "../../../src/task/parse/choice.ts";
import { undecorated } from "../../../src/task/parse/final-answer.ts";
import { plain, statementsOf } from "../../../src/task/parse/sections.ts";
import { tasks } from "../../../src/task/tasks.ts";
import { film, scripted, study } from "../../../src/task/testing.ts";
import { parseTherapeuticAnswer } from "../../../src/task/therapeutics/answers.ts";
import { endsInRepetition } from "../../../src/text/repetition.ts";
import { StopStrings } from "../../../src/text/stop-strings.ts";
import { root, type Seed, textBytes } from "../seed.ts";

const options = { question: "What is it?", labels: ["a", "b"], object: "heart", schema: { type: "object" } };
const lettered = ["A", "B"].map((key) => ({ key, text: `option ${key}` }));

const inPieces = (text: string, push: (piece: string) => unknown) => {
  for (let at = 0; at < text.length; at += 4) push(text.slice(at, at + 4));
};

async function* once(bytes: Uint8Array) {
  yield bytes;
}

/** An event stream as it arrives, to its end. */
async function readStream(events: string): Promise<void> {
  const reader = new AnswerReader("server", undefined);
  for await (const _ of reader.stream(once(textBytes(events))));
  reader.result();
}

const event = (field: "content" | "reasoning_content", piece: string) =>
  `data: ${JSON.stringify({ choices: [{ delta: { [field]: piece } }] })}\n\n`;

function asStream(text: string, field: "content" | "reasoning_content"): Promise<void> {
  const events: string[] = [];
  inPieces(text, (piece) => events.push(event(field, piece)));
  return readStream(`${events.join("")}data: [DONE]\n\n`);
}

export type AnswerReaders = Readonly<Record<string, (text: string) => unknown>>;

/** One function for each reader of an answer; each may throw named errors only. */
export async function answerReaders(): Promise<AnswerReaders> {
  const layout: Layout = await layOut(study(film()), scripted([]), {});
  const chart = readFileSync(join(root, "samples/chart.json"), "utf8");
  const record: HealthRecord = readFhirText(chart).records[0];
  return {
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
    "a thought in pieces": (text) => {
      const filter = new ThoughtFilter();
      inPieces(`<think>${text}`, (piece) => filter.push(piece));
    },
    "stop strings in pieces": (text) => {
      const stops = new StopStrings(["\n\n\n\nx", `${text.slice(0, 30)}!`]);
      inPieces(text, (piece) => stops.push(piece));
    },
    "an answer as a stream": (text) => asStream(text, "content"),
    "a thought as a stream": (text) => asStream(`<think>${text}`, "content"),
    printable,
    csv: (text) => parseCsv(text, { where: "list", code: "batch/row" }),
  };
}

/** Answers as models write them: each is broken for every reader in turn. */
const answers: readonly string[] = [
  "FINDINGS:\nThe lungs are clear. No pleural effusion or pneumothorax. The heart measures 12.5 cm.\n\nIMPRESSION:\n1. No acute disease.\n2. Nodule of 5 mm, see [F1].",
  '<think>First, the image.</think>```json\n[{"box_2d": [100, 200, 300, 400], "label": "heart"}, {"box_2d": [1, 2, 3, 4], "label": "a \\"lung\\""}]\n```\nFinal Answer: [{"box_2d": [100, 200, 300, 400], "label": "heart"}]',
  "The hemoglobin was 10.2 g/dL on 2024-01-02, above 9.8 in March 2023; she takes atorvastatin 20 mg daily and has no allergy to penicillin.\n**Final Answer: (B) $\\boxed{pneumonia}$**",
  '{"answer": "yes", "confidence": 0.87, "reasons": ["a", "b"], "from": "00:01:02.5", "to": "00:01:10"}',
];

const stream = `: hello\nevent: message\n${event("reasoning_content", "thinking")}${event("content", "The lungs ")}${event("content", "are clear.")}data: {"choices":[{"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":12,"completion_tokens":7}}\n\ndata: [DONE]\n\n`;
const complete = JSON.stringify({
  id: "x",
  model: "m",
  choices: [
    {
      index: 0,
      message: { role: "assistant", content: "<think>a</think>Clear." },
      finish_reason: "stop",
      logprobs: null,
    },
  ],
  usage: { prompt_tokens: 12, completion_tokens: 7 },
});
const multipart = `--b\r\nContent-Type: application/dicom\r\n\r\nDICM\r\n--b\r\nContent-Type: application/dicom; transfer-syntax=*\r\nContent-Length: 4\r\n\r\nDICM\r\n--b--\r\n`;

export async function answerSeeds(): Promise<Seed[]> {
  const readers = Object.values(await answerReaders());
  // What one reader refuses is still given to the others.
  const each = async (text: string) => {
    for (const read of readers)
      try {
        await read(text);
      } catch (error) {
        if (!PolyclinicError.is(error)) throw error;
      }
  };
  const seed = (name: string, text: string, parse: Seed["parse"]): Seed => ({ name, bytes: textBytes(text), parse });
  return [
    ...answers.map((answer, i) => seed(`answer ${i}`, answer, each)),
    seed("a stream of events", stream, readStream),
    seed("a complete answer", complete, (text) => {
      const reader = new AnswerReader("server", undefined);
      reader.whole(text);
      reader.result();
    }),
    seed("a multipart body", multipart, async (text) => {
      const boundary = boundaryOf('multipart/related; type="application/dicom"; boundary=b');
      for await (const part of readParts(once(textBytes(text)), boundary)) for await (const _ of part.body);
    }),
    seed("a query", "PatientName=Doe*&StudyDate=20240101-20240301&limit=10&offset=0&includefield=00081030", (text) =>
      parseQuery(new URLSearchParams(text)),
    ),
  ];
}
