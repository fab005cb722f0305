/** The parser on shapes of answers as models write them (`fixtures/answer-shapes.json`: shape, text, options, and what a person reads in it). */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Option } from "../benchmark/item.ts";
import { parseClosed } from "./closed.ts";
import { parseAnswer } from "./parse.ts";

const shapes = JSON.parse(readFileSync(new URL("fixtures/answer-shapes.json", import.meta.url), "utf8")) as {
  shape: string;
  text: string;
  options: [string, string][];
  expected: string | null;
}[];

const read = ({ text, options }: (typeof shapes)[number]) => {
  const closed = parseClosed(
    text,
    options.map(([key, label]): Option => ({ key, text: label })),
  );
  return "choice" in closed ? closed.choice : null;
};

test("no answer is guessed from prose, and none is read as another", () => {
  const wrong = shapes.filter((shape) => read(shape) !== null && read(shape) !== shape.expected);
  expect(wrong.map((shape) => `${shape.shape}: ${JSON.stringify(shape.text)} read as ${read(shape)}`)).toEqual([]);
});

test("at least 99.5 % of 300 shapes are read as a person reads them", () => {
  expect(shapes.length).toBeGreaterThanOrEqual(300);
  const missed = shapes.filter((shape) => read(shape) !== shape.expected);
  expect(missed.map(({ shape, text }) => `${shape}: ${JSON.stringify(text)}`)).toHaveLength(0);
});

test("what is not read says why, and a refusal is not the same as unreadable", () => {
  const options = ["A", "B"].map((key) => ({ key, text: `option ${key}` }));
  expect(parseAnswer("letter", { text: "Both would do." }, { options })).toEqual({
    status: "unparsed",
    why: "no answer is marked",
  });
  expect(parseAnswer("letter", { text: "I'm sorry, I can't help with that." }, { options }).status).toBe("refused");
  expect(parseAnswer("letter", { text: "Let me", finishReason: "length" }, { options })).toEqual({
    status: "unparsed",
    why: "no answer is marked; the text was truncated",
  });
  expect(parseAnswer("letter", { text: "Final Answer: A", unclosedThought: true }, { options }).status).toBe(
    "unparsed",
  );
});

test("short answers, numbers, lists, rows and boxes", () => {
  const of = (form: Parameters<typeof parseAnswer>[0], text: string) => {
    const parsed = parseAnswer(form, { text }, {});
    return parsed.status === "parsed" ? parsed.answer : parsed;
  };
  expect(of("short", "Chest.\n\nFinal Answer: left lung.")).toEqual({ kind: "text", text: "left lung" });
  expect(of("short", "First sentence.\nSecond sentence.")).toMatchObject({ status: "unparsed" });
  expect(of("number", "Final Answer: 1,250")).toEqual({ kind: "number", value: 1250 });
  expect(of("number", "Final Answer: 10 to 20")).toMatchObject({ status: "unparsed" });
  expect(of("list", "1. Pneumonia\n2) Asthma")).toEqual({ kind: "list", list: ["Pneumonia", "Asthma"] });
  expect(of("rows", '```json\n[{"name":"Sodium","result":140}]\n```')).toEqual({
    kind: "rows",
    rows: [{ name: "Sodium", result: "140" }],
  });
  expect(of("boxes", '[{"box_2d":[0,0,500,500],"label":"lung"}]')).toMatchObject({
    kind: "boxes",
    boxes: [{ x0: 0, y0: 0, x1: 0.5, y1: 0.5 }],
  });
});
