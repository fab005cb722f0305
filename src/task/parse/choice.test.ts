import fc from "fast-check";
import { expect, test } from "vitest";
import { parseChoice } from "./choice.ts";

const yesNo = ["yes", "no"];
const courses = ["improved", "stable", "worsened"];
const letters = ["A", "B", "C", "D"];

test.each([
  ["Final Answer: yes", "yes"],
  ["The opacity is dense.\n\nFinal Answer: No.", "no"],
  ["**Final Answer: yes**", "yes"],
  ["**Final Answer:** no", "no"],
  ["Final Answer:\n\nyes", "yes"],
  ["## Final answer\nYes", "yes"],
  ['Final Answer: "yes"', "yes"],
  ["The final answer is $\\boxed{no}$.", "no"],
  ["Final Answer: yes or no? Let me see.\nFinal Answer: no", "no"],
  ["Yes, there is a consolidation.", "yes"],
  ["No", "no"],
  ["Final Answer: yes, there is no doubt", "yes"],
])("yes or no: %j", (text, choice) => {
  expect(parseChoice(text, yesNo)?.choice).toBe(choice);
});

test.each([
  ["There is no consolidation and yes is not said."],
  ["Final Answer: possibly"],
  ["Final Answer:"],
  ["Final Answer: yes or no"],
  ["Nothing to see."],
  ["November"],
])("is no answer: %j", (text) => {
  expect(parseChoice(text, yesNo)).toBeUndefined();
});

test("letters need a boundary: Amlodipine is not A", () => {
  expect(parseChoice("Final Answer: Amlodipine", letters)).toBeUndefined();
  expect(parseChoice("Final Answer: a fracture", letters)).toBeUndefined();
  expect(parseChoice("Final Answer: (B)", letters)?.choice).toBe("B");
  expect(parseChoice("Final Answer: b", letters)?.choice).toBe("B");
  expect(parseChoice("The final answer is (C) oedema", letters)?.choice).toBe("C");
  expect(parseChoice("Final Answer: D: stroma", letters)?.choice).toBe("D");
});

test("of labels that begin alike the longest one named is meant", () => {
  const labels = ["pneumonia", "pneumonia, viral", "normal"];
  expect(parseChoice("Final Answer: pneumonia, viral", labels)?.choice).toBe("pneumonia, viral");
  expect(parseChoice("Final Answer: Pneumonia.", labels)?.choice).toBe("pneumonia");
  expect(parseChoice("Final Answer: normal or pneumonia", labels)).toBeUndefined();
});

test("the question repeated as a list is no answer", () => {
  expect(parseChoice("improved\nstable\nworsened", courses)).toBeUndefined();
});

test("what stands before the final answer is the reasoning", () => {
  expect(parseChoice("The effusion is smaller.\nFinal Answer: improved", courses)).toEqual({
    choice: "improved",
    reasoning: "The effusion is smaller.",
  });
});

test("whatever is written, the answer is one of the choices or nothing", () => {
  fc.assert(
    fc.property(fc.string(), fc.constantFrom("", "Final Answer: ", "**Final Answer:** "), (text, mark) => {
      const chosen = parseChoice(mark + text, courses);
      return chosen === undefined || courses.includes(chosen.choice);
    }),
  );
});
