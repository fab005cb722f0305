import { describe, expect, test } from "vitest";
import { PolyclinicError } from "../base/errors.ts";
import type { Message } from "../model/contract.ts";
import { compareAnswer, finalAnswer, reportAnswer } from "../prompts/index.ts";
import { studyOf } from "../study/study.ts";
import { ask, classify, compare, extract, layOut, locate, prefillLayout, report } from "./index.ts";
import { film, mri, note, scripted, study } from "./testing.ts";

const said = (messages: readonly Message[]) =>
  messages.map(
    ({ role, content }) =>
      `${role}: ${content.map((item) => (item.type === "image" ? "<image>" : item.text)).join("|")}`,
  );

describe("what is asked", () => {
  test("a film: the image, then the question in the family's closed form", async () => {
    const model = scripted([finalAnswer("yes")]);
    await ask(study(film()), model, { question: "Is there pneumonia?" });
    expect(said(model.calls[0].messages)).toEqual([
      'user: <image>|Is there pneumonia?\nYou MUST end your responce with either "Final Answer: yes" or "Final Answer: no"',
    ]);
    expect(model.calls[0].options).toMatchObject({ temperature: 0, maxTokens: 500 });
  });

  test("a volume with a long context: introduction, every slice with its label, the question after a blank line", async () => {
    const model = scripted(["ok"], { contextTokens: 32768 });
    await ask(study(mri(6)), model, { question: "What is seen?" });
    const [turn] = said(model.calls[0].messages);
    expect(turn).toMatch(
      /^user: You are an instructor .* MRI slices of the head\..*\|<image>\|SLICE 1\|<image>\|SLICE 2\|/s,
    );
    expect(turn).toMatch(/\|<image>\|SLICE 6\n\nWhat is seen\?$/);
  });

  test("a question in millimetres about a volume is asked with the scale of its slices", async () => {
    const model = scripted([finalAnswer("anterior hippocampus 1503 mm3")]);
    const question = "What is the volume of the anterior hippocampus in mm3?";
    const { answer, prompt } = await ask(study(mri(6)), model, { question });
    // Slices of 8 x 6 pixels of 1 mm are shown as squares of 8 mm.
    expect(prompt).toBe(`Each slice is 8 mm wide, slices are 1.0 mm apart; together they show 0.384 cm3.\n${question}`);
    expect(answer).toMatchObject({
      question,
      quantities: [{ name: "anterior hippocampus", value: 1503, unit: "mm3" }],
    });
    expect((await ask(study(film()), model, { question })).prompt).toBe(question);
  });

  test("thinking is switched on by the system text and gets more tokens", async () => {
    const model = scripted([{ text: finalAnswer("no"), thought: "hm" }]);
    const result = await ask(study(film()), model, { question: "Is there pneumonia?", think: true });
    expect(said(model.calls[0].messages)[0]).toBe("system: SYSTEM INSTRUCTION: think silently if needed.");
    expect(model.calls[0].options.maxTokens).toBe(2000);
    expect(result).toMatchObject({ thought: "hm", answer: { answer: "no" } });
  });
});

test("a closed answer carries the probability of each choice; not after a thought, and not at the cost of the answer", async () => {
  const model = scripted([finalAnswer("yes")], {});
  const question = { question: "Is there pneumonia?" };
  const { answer } = await ask(study(film()), model, question);
  expect(answer?.probabilities?.map(({ label }) => label)).toEqual(["yes", "no"]);
  expect(answer?.probabilities?.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1);
  expect((await ask(study(film()), model, { ...question, think: true })).answer).not.toHaveProperty("probabilities");
  expect((await ask(study(film()), model, { question: "What is seen?" })).answer).not.toHaveProperty("probabilities");
  model.score = () => Promise.reject(new PolyclinicError("remote/server", "does not score"));
  expect((await ask(study(film()), model, question)).answer).toEqual({
    kind: "closed",
    question: question.question,
    answer: "yes",
    choices: ["yes", "no"],
  });
});

describe("what comes back", () => {
  test("a result says which model, what it saw, how, why it stopped, and that it is not for clinical use", async () => {
    const result = await ask(study(film()), scripted([finalAnswer("yes")]), {
      question: "Is there pneumonia?",
      seed: 3,
    });
    expect(result).toMatchObject({
      schema: "polyclinic.result/1",
      task: "ask",
      promptVersion: "ask-closed-brief@1",
      answer: { kind: "closed", answer: "yes", choices: ["yes", "no"] },
      parse: { status: "parsed", problems: [] },
      model: { name: "scripted" },
      saw: { recipe: "image-2d", images: [{ part: 0, width: 32, height: 32 }], sources: ["00"] },
      sampling: { temperature: 0, seed: 3 },
      finishReason: "stop",
      notice: expect.stringContaining("Not a medical device"),
    });
    expect(result.saw.images[0].sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  test("the same twice is the same bytes", async () => {
    const once = () => ask(study(film()), scripted([finalAnswer("yes")]), { question: "Is there pneumonia?", seed: 3 });
    expect(JSON.stringify(await once())).toBe(JSON.stringify(await once()));
  });

  test("an answer that cannot be read is unparsed and keeps its text", async () => {
    const result = await ask(study(film()), scripted(["I cannot say."]), { question: "Is there pneumonia?" });
    expect(result).toMatchObject({ text: "I cannot say.", parse: { status: "unparsed" } });
    expect(result.answer).toBeUndefined();
  });

  test("a thought that never ended is no answer, whatever it said", async () => {
    const model = scripted([{ text: finalAnswer("yes"), unclosedThought: true, thought: finalAnswer("yes") }]);
    const result = await ask(study(film()), model, { question: "Is there pneumonia?" });
    expect(result.parse).toEqual({
      status: "unparsed",
      problems: [expect.stringContaining("before the thought ended")],
    });
  });

  test("a cut answer says so", async () => {
    const result = await ask(study(film()), scripted(["one two three four"]), {
      question: "What is seen?",
      maxTokens: 2,
    });
    expect(result).toMatchObject({
      finishReason: "length",
      parse: { problems: [expect.stringContaining("reached the token limit")] },
    });
  });

  test("a report in sections", async () => {
    const written = { findings: ["Clear lungs."], impression: "Normal." };
    const result = await report(study(film()), scripted([reportAnswer(written)]), { indication: "cough" });
    expect(result.answer).toMatchObject(written);
    expect(result.prompt).toMatch(/^Indication: cough\n/);
  });
});

describe("compare", () => {
  test("prior first; the course, its probabilities and the words before it", async () => {
    const model = scripted([`The opacity is smaller.\n${compareAnswer("improved")}`]);
    const result = await compare({ prior: study(film(10, 10)), current: study(film(20, 20)) }, model, {
      finding: "pneumonia",
    });
    expect(result.answer).toMatchObject({
      finding: "pneumonia",
      course: "improved",
      description: "The opacity is smaller.",
    });
    expect(result.answer?.probabilities?.map(({ label }) => label)).toEqual(["improved", "stable", "worsened"]);
    expect(result.saw.images.map(({ part }) => part)).toEqual([0, 1]);
  });

  test("other words for a course are understood; volumes are counted in the question", async () => {
    const model = scripted([finalAnswer("unchanged")]);
    const result = await compare({ prior: study(mri(5)), current: study(mri(6)) }, model);
    expect(result.answer?.course).toBe("stable");
    expect(result.prompt).toContain("The first 5 images are the prior, the following 6 are the current.");
  });

  test("one study, or three, is no pair", async () => {
    const misfit = {
      code: "task/does-not-fit",
      message: expect.stringMatching(/^task compare, image "film".*a prior and a current/),
    };
    await expect(compare(study(film()), scripted([]))).rejects.toMatchObject(misfit);
    await expect(compare(study(film(), film(), film()), scripted([]))).rejects.toMatchObject(misfit);
  });
});

describe("a task that does not fit the study or the model is one error that names task, part and model", () => {
  const text = study(note("Cough for a week."));
  const blind = () => scripted([], { imageSize: undefined });
  test.each([
    [
      "boxes of a text",
      () => locate(text, scripted([]), { object: "heart" }),
      /^task locate, text "note", model scripted: .*expected parts of these kinds: image/,
    ],
    [
      "a comparison of an image with a text",
      () => compare(study(film(), note("x")), scripted([])),
      /^task compare, image "film", text "note", model scripted/,
    ],
    [
      "an image for a model without images",
      () => ask(study(film()), blind(), { question: "?" }),
      /^task ask, image "film", model scripted: the model does not accept images.*Choose a model that accepts images/,
    ],
    [
      "boxes from a model without images",
      () => locate(study(film()), blind(), { object: "heart" }),
      /the model does not accept images/,
    ],
  ])("%s", async (_, made, message) => {
    await expect(made()).rejects.toMatchObject({ code: "task/does-not-fit", message: expect.stringMatching(message) });
  });
});

describe("no image is needed", () => {
  test("a text is put before the question, and the record says what was read", async () => {
    const model = scripted(["A week."], { imageSize: undefined });
    const result = await ask(study(note("Cough for a week.")), model, { question: "How long?" });
    expect(said(model.calls[0].messages)).toEqual(["user: Cough for a week.\n\nHow long?"]);
    expect(result.saw).toMatchObject({
      recipe: "text",
      images: [],
      texts: [{ part: 0, partLabel: "note", characters: 17, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) }],
    });
    expect((await report(study(note("x")), scripted(["x"]))).prompt).toMatch(/^Write a report of this text /);
  });
  test("text and image stand in the study's order", async () => {
    const model = scripted(["ok"]);
    await ask(study(film(), note("Cough.")), model, { question: "What is seen?" });
    expect(said(model.calls[0].messages)).toEqual(["user: <image>|Cough.\n\nWhat is seen?"]);
    const boxes = await locate(study(film(), note("Cough.")), scripted(["[[0, 0, 500, 500]]"]), { object: "heart" });
    expect(boxes.saw).toMatchObject({
      images: [{ part: 0 }],
      leftOut: [expect.stringContaining("text of the study: boxes")],
    });
    expect(boxes.saw.texts).toBeUndefined();
  });
});

test("a kept layout answers follow-ups after its images, and nothing leaks between them", async () => {
  const model = scripted([finalAnswer("yes"), "Second."]);
  const layout = await prefillLayout(await layOut(study(film()), model), model);
  const first = await ask(layout, model, { question: "Is there pneumonia?" });
  const second = await ask(layout, model, { question: "What is seen?" });
  await layout.close();
  expect([first.usage.cachedTokens, second.usage.cachedTokens]).toEqual([layout.prefix!.tokens, layout.prefix!.tokens]);
  expect(first.usage.cachedTokens).toBeGreaterThan(0);
});

test("an empty study and an absurd option are errors that say what to do", async () => {
  const empty = studyOf([], { leftOut: [{ file: "a.txt", reason: "not an image" }] });
  await expect(ask(empty, scripted([]), { question: "?" })).rejects.toThrow(/a\.txt \(not an image\)/);
  await expect(ask(study(film()), scripted([]), { question: "?", maxTokens: 0 })).rejects.toMatchObject({
    code: "task/option",
  });
});

test("an abort is an error, not an answer", async () => {
  const stop = new AbortController();
  const asking = ask(study(film()), scripted(["a b c d"]), {
    question: "What?",
    signal: stop.signal,
    onText: () => stop.abort(),
  });
  await expect(asking).rejects.toMatchObject({ code: "abort/aborted" });
});

describe("wrong arguments are errors that name the field", () => {
  // Through `unknown`, as a JavaScript caller would.
  const call = (task: unknown, ...args: unknown[]) => (task as (...all: unknown[]) => Promise<unknown>)(...args);
  const model = scripted(["Final Answer: yes"]);
  const some = study(film());
  test.each([
    ["no study", () => call(ask, undefined, model, { question: "What?" }), /^study: .*expected a study/],
    ["a path", () => call(report, "film.png", model), /^study: .*found string/],
    ["an open promise", () => call(report, Promise.resolve(some), model), /await it first/],
    ["no model", () => call(report, some, undefined), /^model: .*from loadModel/],
    ["a model's name", () => call(report, some, "nano"), /^model: /],
    ["no options", () => call(ask, some, model), /^options: /],
    ["no question", () => call(ask, some, model, {}), /^question: .*expected text/],
    ["an empty question", () => call(ask, some, model, { question: "  " }), /^question: is empty/],
    ["choices that are no list", () => call(ask, some, model, { question: "x?", choices: "a" }), /^choices: /],
    [
      "free and choices",
      () => call(ask, some, model, { question: "x", choices: ["a"], free: true }),
      /^choices: .*exclude/,
    ],
    ["no schema", () => call(extract, some, model, { question: "x" }), /^schema: .*an object/],
    ["labels that are no list", () => call(classify, some, model, { labels: "a,b" }), /^labels: .*a list of texts/],
    ["a label that is no text", () => call(classify, some, model, { labels: ["a", 2] }), /^labels\[1\]: /],
    ["no object", () => call(locate, some, model, {}), /^object: /],
    ["no prior", () => call(compare, { prior: undefined, current: some }, model), /^prior: /],
    ["a temperature in words", () => call(report, some, model, { temperature: "hot" }), /^temperature: .*a number/],
  ])("%s", async (_, made, message) => {
    await expect(made()).rejects.toMatchObject({ name: "PolyclinicError", message: expect.stringMatching(message) });
  });
});
