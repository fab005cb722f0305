import { expect, test } from "vitest";
import { ScriptedModel } from "../../model/scripted/index.ts";
import { callsTo } from "../index.ts";
import { expected, ownLists, statementsOf } from "./own-lists.ts";

const shares = (entries: Record<string, number>) => new Map(Object.entries(entries));

test("an answer tells what the lists under it differ by, with the probability that makes them cohere", () => {
  // Half gout and half flu, told apart completely: one bit.
  const clear = expected(shares({ gout: 0.5, flu: 0.5 }), shares({ gout: 1 }), shares({ flu: 1 }));
  expect(clear.bits).toBeCloseTo(1, 10);
  expect([clear.probability, clear.unexplained]).toEqual([0.5, 0]);
  const rare = expected(shares({ gout: 0.1, flu: 0.9 }), shares({ gout: 1 }), shares({ flu: 1 }));
  expect(rare.probability).toBeCloseTo(0.1, 10);
  expect(rare.bits).toBeCloseTo(-(0.1 * Math.log2(0.1) + 0.9 * Math.log2(0.9)), 10);
  expect(expected(shares({ gout: 1 }), shares({ gout: 1 }), shares({ gout: 1 }))).toEqual({
    bits: 0,
    probability: 0.5,
    unexplained: 0,
  });
  // Neither answer leads to what the model says without one.
  expect(expected(shares({ cold: 1 }), shares({ gout: 1 }), shares({ flu: 1 })).unexplained).toBe(1);
});

test("statements are the later sentences and the members of a list", () => {
  expect(
    statementsOf("A man has fever, cough and a rash. He smokes.").map(({ statement, rest }) => [statement, rest]),
  ).toEqual([
    ["cough", "A man has fever and a rash. He smokes."],
    ["a rash", "A man has fever, cough. He smokes."],
    ["He smokes.", "A man has fever, cough and a rash."],
  ]);
  expect(statementsOf("A man with fever.")).toEqual([]);
});

/** Gout if the toe hurts; flu with fever. `chills` decides, `nail colour` does not. */
const doctor = () =>
  new ScriptedModel((messages, { seed = 0 }) => {
    const [part] = messages[0].content;
    const text = part.type === "text" ? part.text : "";
    if (text.includes("would best tell these apart")) return "- chills\n- nail colour\n- fever";
    const flu = text.includes("Also known: chills") || (!text.includes("no chills") && seed % 2 === 0);
    if (!text.includes("fever")) return "1. gout\n2. flu";
    return flu ? "1. flu: fever\n2. gout" : "1. gout\n2. flu";
  });

test("the finding that decides between the first diagnoses is asked first; evidence is what its statement changes", async () => {
  const { call, trace } = callsTo(doctor());
  const found = await ownLists(call, "A man has a sore toe and fever.", { samples: 10 });
  expect(found.diagnoses.map(({ name }) => name)).toEqual(["flu", "gout"]);
  expect(found.diagnoses[0].share + found.diagnoses[1].share).toBeCloseTo(1, 10);
  expect(found.next.map(({ finding }) => finding)).toEqual(["chills", "nail colour"]);
  expect(found.next[0]).toMatchObject({ ifPresent: "flu", ifAbsent: "gout" });
  expect(found.next[0].bits).toBeGreaterThan(0.05);
  expect(found.next[1].bits).toBe(0);
  const [flu, gout] = found.diagnoses;
  expect([flu.for.map(({ statement }) => statement), gout.against.map(({ statement }) => statement)]).toEqual([
    ["fever"],
    ["fever"],
  ]);
  expect([found.lists, found.unparsed, found.endedBy]).toEqual([60, 0, undefined]);
  expect(trace.map(({ role }) => role)).toEqual(["list", "findings", "list", "list", "list", "list", "list"]);
});

test("it ends with what the budget allows, and says what was no list", async () => {
  const within = (budget: number) => ownLists(callsTo(doctor(), { budget }).call, "A man has a sore toe and fever.");
  expect(await within(0)).toEqual({ diagnoses: [], next: [], lists: 0, unparsed: 0, endedBy: "budget" });
  const some = await within(10);
  expect([some.diagnoses.length, some.next, some.endedBy]).toEqual([2, [], "budget"]);
  const refuses = callsTo(new ScriptedModel(["I cannot help with that."])).call;
  expect(await ownLists(refuses, "A case.")).toMatchObject({ diagnoses: [], unparsed: 7, endedBy: "no list" });
});
