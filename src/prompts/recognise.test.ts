/** Prompts recognised again: a round trip through every form that this module writes. */
import { expect, test } from "vitest";
import { askPrompt } from "./ask.ts";
import { classifyPrompt } from "./classify.ts";
import type { PromptForm } from "./form.ts";
import { locatePrompt } from "./locate.ts";
import { recognisePrompt } from "./recognise.ts";
import { reportPrompt } from "./report.ts";

test.each<PromptForm>(["brief", "instructed"])("every prompt of a task is recognised as that task (%s)", (form) => {
  const question = "Is it broken, or\nonly bruised?";
  const choices = ["broken", "bruised"];
  for (const subject of ["image", "chest X-ray", "images", "whole slide"] as const) {
    const shown = { subject, form };
    expect(recognisePrompt(reportPrompt(shown).after)).toEqual({ task: "report", options: {} });
    expect(recognisePrompt(reportPrompt({ ...shown, indication: "cough" }).after)).toEqual({
      task: "report",
      options: {},
    });
    expect(recognisePrompt(classifyPrompt({ ...shown, labels: choices }).after)).toEqual({
      task: "classify",
      options: { labels: choices },
    });
    expect(recognisePrompt(askPrompt({ ...shown, question, choices }).after)).toEqual({
      task: "ask",
      options: { question, choices },
    });
    expect(recognisePrompt(askPrompt({ ...shown, question, choices: ["yes", "no"] }).after)).toEqual({
      task: "ask",
      options: { question, choices: ["yes", "no"] },
    });
    expect(recognisePrompt(askPrompt({ ...shown, question }).after)).toEqual({ task: "ask", options: { question } });
  }
  expect(recognisePrompt(locatePrompt("left lung", form).after)).toEqual({
    task: "locate",
    options: { object: "left lung" },
  });
});

test("a label with a comma stays whole where the dataset states its labels", () => {
  const labels = ["none", "mass, solid"];
  const { after } = classifyPrompt({ labels, subject: "image", form: "brief" });
  expect(recognisePrompt(after, labels)).toEqual({ task: "classify", options: { labels } });
  expect(recognisePrompt("Dark or bright?", labels)).toEqual({ task: "ask", options: { question: "Dark or bright?" } });
});
