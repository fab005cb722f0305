/** The table's arithmetic against the fictional clinic's exact posterior, which is computed by other code. */
import { expect, test } from "vitest";
import { Random } from "../../base/random.ts";
import { ScriptedModel } from "../../model/scripted/index.ts";
import { ratesJson } from "../../recipes/clinic/text/books.ts";
import { vignetteOf } from "../../recipes/clinic/text/sentences.ts";
import { signs } from "../../recipes/clinic/world/names.ts";
import {
  drawDisease,
  drawPatient,
  informationGain,
  mostInformative,
  posterior,
} from "../../recipes/clinic/world/patient.ts";
import { knownDiseases } from "../../recipes/clinic/world/world.ts";
import type { Study } from "../../study/types.ts";
import { run } from "../run.ts";
import { ddxTask } from "./ddx.ts";
import { type RateTable, ratesOf, statedFindings } from "./rates.ts";
import { evidenceOf, nextFindings, posteriorOf } from "./weigh.ts";

const table = ratesJson(knownDiseases);
// The table's weights have three decimals; the clinic's own have all.
const rates = ratesOf(table);

test("posterior, evidence and the next question are those of the clinic's own Bayes, over 100 patients", () => {
  const random = new Random(7);
  for (let n = 0; n < 100; n++) {
    const patient = drawPatient(random, drawDisease(random, knownDiseases));
    const told = statedFindings(vignetteOf(patient), rates.findings);
    const present = patient.signs.filter((i) => rates.findings.includes(signs[i]));
    expect(told.present.map((i) => rates.findings[i]).sort()).toEqual(present.map((i) => signs[i]).sort());
    const p = posterior(knownDiseases, { present, absent: [] });
    for (const [d, own] of posteriorOf(rates, told).entries()) expect(own).toBeCloseTo(p[d], 3);
    const [next] = nextFindings(rates, told);
    const telling = mostInformative(knownDiseases, { present, absent: [] })!;
    expect(next.finding).toBe(signs[telling]);
    const gain = informationGain(knownDiseases, { present, absent: [] }, telling);
    expect(next.bits).toBeCloseTo(gain / Math.LN2, 3);
    if (n > 9) continue;
    for (const [d, list] of evidenceOf(rates, told).entries())
      for (const { finding, bits } of list) {
        const less = posterior(knownDiseases, { present: present.filter((i) => signs[i] !== finding), absent: [] })[d];
        expect(bits).toBeCloseTo(Math.log2(p[d] / (1 - p[d])) - Math.log2(less / (1 - less)), 2);
      }
  }
});

test("what a case denies is absent, and what it says in both ways is not known", () => {
  const findings = ["fever", "chest pain", "cough"];
  expect(statedFindings("Fever and cough, no chest pain.", findings)).toEqual({ present: [0, 2], absent: [1] });
  expect(statedFindings("Denies fever or cough but has chest pain.", findings)).toEqual({
    present: [1],
    absent: [0, 2],
  });
  expect(statedFindings("Fever. Later no fever.", findings)).toEqual({ present: [], absent: [] });
  expect(statedFindings("Her mother had chest pain. Possible fever.", findings)).toEqual({ present: [], absent: [] });
  expect(statedFindings("Cough. Her father had no cough.", findings)).toEqual({ present: [2], absent: [] });
});

test.each<[RateTable, RegExp]>([
  [{ ...table, otherwise: 0 }, /rates\.otherwise/],
  [{ ...table, diagnoses: [] }, /two diagnoses or more/],
  [
    {
      otherwise: 0.1,
      diagnoses: [
        { name: "a", shows: { x: 1 } },
        { name: "b", shows: {} },
      ],
    },
    /diagnoses\[0\]\.shows\[x\]/,
  ],
  [
    {
      otherwise: 0.1,
      diagnoses: [
        { name: "a", shows: {} },
        { name: "b", shows: {}, weight: -1 },
      ],
    },
    /\[1\]\.weight/,
  ],
  [
    {
      otherwise: 0.1,
      diagnoses: [
        { name: "Gout", shows: {} },
        { name: " gout", shows: {} },
      ],
    },
    /\[1\]\.name: .*each diagnosis once/,
  ],
  [
    {
      otherwise: 0.1,
      diagnoses: [
        { name: "a", shows: {}, wieght: 3 } as RateTable["diagnoses"][number],
        { name: "b", shows: { x: 0.5, X: 0.7 } },
      ],
    },
    /\[0\]\.wieght/,
  ],
])("a table that holds no probabilities is refused by its place (%#)", (bad, message) => {
  expect(() => ratesOf(bad)).toThrow(message);
});

test("a list is weighed by the table; what is not in either is said", async () => {
  const study = {
    parts: [
      {
        kind: "text",
        label: "case.txt",
        modality: "DOC",
        origin: { files: [], sha256: "0".repeat(64) },
        warnings: [],
        text: "Fever, no rash.",
      },
    ],
    leftOut: [],
    warnings: [],
    close: async () => {},
  } as unknown as Study;
  const diagnoses: RateTable["diagnoses"] = [
    { name: "a", shows: { fever: 0.9, rash: 0.5 } },
    { name: "b", shows: { rash: 0.9, cough: 0.5 } },
    { name: "c", shows: { fever: 0.5 } },
  ];
  const model = new ScriptedModel(["- A\n- b\n- gout"], { scope: undefined });
  const { answer, text, parse } = await run(ddxTask, study, model, { count: 3, rates: { otherwise: 0.1, diagnoses } });
  // By hand: .9 x .5, .1 x .1, .5 x .9.
  expect(answer!.diagnoses.map(({ probability }) => probability?.toFixed(4))).toEqual(["0.4945", "0.0110", undefined]);
  expect(answer!.weighed).toMatchObject({ present: ["fever"], absent: ["rash"], missing: [{ name: "c" }] });
  expect(answer!.weighed!.next.map(({ finding }) => finding)).toEqual(["cough"]);
  expect(answer!.diagnoses[0].against).toMatchObject([{ finding: "rash", present: false }]);
  expect(answer!.diagnoses[1].against!.map(({ finding }) => finding)).toEqual(["rash", "fever"]);
  expect(parse.problems).toEqual(["not in the table of rates: gout"]);
  expect(text).toContain("gout");
  const reversed = new ScriptedModel(["- b\n- A\n- c"], { scope: undefined });
  const { cautions } = await run(ddxTask, study, reversed, { count: 3, rates: { otherwise: 0.1, diagnoses } });
  expect(cautions).toContainEqual(expect.stringMatching(/contradicts the table: A \(49 %\) is more probable.*than b/));
});
