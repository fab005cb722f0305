import { readFile } from "node:fs/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { parseScope } from "../../model/scope/read-scope.ts";
import type { Recognition, Scope } from "../../model/scope/scope.ts";
import { type Script, ScriptedModel } from "../../model/scripted/index.ts";
import { deidentifiedStudy } from "../../study/open/deidentify.ts";
import type { ImagePart } from "../../study/types.ts";
import { ask, classify, compare, locate, report } from "../index.ts";
import { tasks } from "../tasks.ts";
import { film, mri, study } from "../testing.ts";
import { verbs } from "./request.ts";
import { judgeText, type TextRequest } from "./text.ts";

let scope: Scope;
beforeAll(async () => {
  scope = parseScope(await readFile(new URL("../../../models/nano/scope.json", import.meta.url), "utf8"), "scope.json");
});

/** A model of nano's scope that says what it is told, and sees in every image what it is told. */
const nano = (script: Script = ["Final Answer: yes"], within: readonly string[] = ["child-chest"]) =>
  new ScriptedModel(script, {
    name: "nano",
    limits: { imageSize: 32 },
    scope,
    recognise: async (): Promise<Recognition> => ({ within, scores: [] }),
    // Bacterial pneumonia is most likely, then viral.
    score: (_messages, word) =>
      word.includes("bacterial") ? -1 : word.includes("viral") ? -1.5 : word.includes("normal") ? -3 : 0,
  });
const child = (changes: Partial<ImagePart> = {}, attributes: Record<string, string | string[]> = {}) => {
  const part = film(200, 160, "DX");
  const dicom = { instances: [], attributes };
  return study({ ...part, ...changes, origin: { ...part.origin, dicom } });
};
const codes = ({ refusal }: { refusal?: { reasons: readonly { code: string }[] } }) =>
  refusal?.reasons.map(({ code }) => code);

describe("a question", () => {
  test("in free wording is put in the words the model learned, and answered as it was asked", async () => {
    const model = nano();
    const { answer, cautions, prompt, parse } = await ask(child(), model, {
      question: "Hat das Kind eine Lungenentzündung?",
    });
    expect(answer).toMatchObject({ question: "Hat das Kind eine Lungenentzündung?", answer: "yes", kind: "closed" });
    // Composed of the kinds, so that it cannot contradict a question about them.
    expect(prompt).toMatch(/normal, bacterial pneumonia, viral pneumonia/);
    expect(parse.status).toBe("parsed");
    // The limit comes first.
    expect(cautions?.[0]).toMatch(/children's chest X-rays/);
  });

  test("nobody trained it on is refused, names what can be answered and the nearest request; the model is not asked", async () => {
    const model = nano();
    const result = await ask(child(), model, { question: "How old is the patient?" });
    expect(result).toMatchObject({ parse: { status: "refused" }, finishReason: "refused", text: "" });
    expect(result.answer).toBeUndefined();
    expect(result.refusal?.reasons[0].message).toMatch(/not understood: how/);
    expect(result.refusal?.answers.length).toBe(scope.abilities.length);
    expect(result.refusal?.nearest).toMatch(/^ask "Is there /);
    expect(model.calls.length).toBe(0);
  });

  test("of two parts is refused when one of them is out of scope, and that one is named", async () => {
    const { refusal } = await ask(child(), nano(), { question: "Is there pneumonia, and how old is the child?" });
    expect(refusal?.reasons[0].message).toMatch(/"how old is the child\?", a part of the question/);
    const several = await ask(child(), nano(), { question: "Is there pneumonia? Where is the right lung?" });
    expect(codes(several)).toEqual(["several"]);
  });

  test("that means another task is put as that task", async () => {
    const written = "Findings: Opacity of the lungs.\nImpression: Pneumonia.";
    const { task, answer } = await ask(child(), nano([written]), { question: "describe this X-ray" });
    expect(task).toBe("ask");
    expect(answer).toMatchObject({ kind: "free", answer: expect.stringMatching(/Opacity of the lungs/) });
  });

  test("with other answers than the learned ones is another question", async () => {
    expect(codes(await ask(child(), nano(), { question: "Is there pneumonia?", choices: ["left", "right"] }))).toEqual([
      "labels",
    ]);
  });
});

test("a yes/no question answered freely is another request: a small model writes a box under it", async () => {
  const model = nano(['[{"box_2d": [11, 188, 1000, 522], "label": "left lung"}]']);
  expect(codes(await ask(child(), model, { question: "Is there pneumonia?", free: true }))).toEqual(["free"]);
  expect(model.calls.length).toBe(0);
});

describe("a pair", () => {
  const of = (PatientID: string, StudyDate: string, more = {}) => child({}, { PatientID, StudyDate, ...more });
  const asked = (prior: ReturnType<typeof child>, current: ReturnType<typeof child>, model = nano(["improved"])) =>
    compare({ prior, current }, model).then(codes);
  test("of two patients, or backwards in time, is refused for every model", async () => {
    expect(await asked(of("A", "20200101"), of("B", "20200201"))).toEqual(["patients"]);
    const born = { PatientBirthDate: "20120101" };
    expect(await asked(of("", "20200101", born), of("A", "20200201", { PatientBirthDate: "20130101" }))).toEqual([
      "patients",
    ]);
    const [here, there] = ["North", "South"].map((IssuerOfPatientID) => ({ IssuerOfPatientID }));
    expect(await asked(of("A", "20200101", here), of("A", "20200201", there))).toEqual(["patients"]);
    expect(await asked(of("A", "20200101", here), of("A", "20200201"))).toBeUndefined();
    expect(await asked(of("A", "20200101"), of("A", "20190101"))).toEqual(["order"]);
    const unknown = new ScriptedModel(["improved"], { limits: { imageSize: 32 } });
    expect(await asked(of("A", "20200101"), of("B", "20200201"), unknown)).toEqual(["patients"]);
    expect(unknown.calls.length).toBe(0);
  });

  test("of one number but another sex, date of birth or impossible ages is of two people", async () => {
    const age = (PatientAge: string) => ({ PatientAge });
    expect(await asked(of("A", "20200101", { PatientSex: "M" }), of("A", "20200201", { PatientSex: "f" }))).toEqual([
      "patients",
    ]);
    expect(
      await asked(of("A", "20200101", { PatientSex: "M" }), of("A", "20200201", { PatientSex: "O" })),
    ).toBeUndefined();
    expect(
      await asked(
        of("A", "20200101", { PatientBirthDate: "20100101" }),
        of("A", "20200201", { PatientBirthDate: "20100110" }),
      ),
    ).toEqual(["patients"]);
    expect(await asked(of("A", "20200101", age("004Y")), of("A", "20200201", age("011Y")))).toEqual(["patients"]);
    expect(await asked(of("A", "", age("011Y")), of("A", "", age("004Y")))).toEqual(["patients"]);
    expect(await asked(of("A", "20100101", age("004Y")), of("A", "20200201", age("014Y")))).toBeUndefined();
    // Backwards in time, of one person.
    expect(await asked(of("A", "20200201", age("014Y")), of("A", "20100101", age("004Y")))).toEqual(["order"]);
  });

  test("of one number and two names is answered with a caution, which names nobody", async () => {
    const named = (PatientName: string) => of("A", "20200101", { PatientName });
    const { cautions } = await compare(
      { prior: named("Meyer^Anna"), current: named("Huber^Anna") },
      nano(["improved"]),
    );
    expect(cautions?.filter((caution) => /have different patient names/.test(caution))).toHaveLength(1);
    expect(cautions?.join()).not.toMatch(/Meyer|Huber/);
    const same = await compare({ prior: named("Meyer^Anna"), current: named("ANNA  MEYER") }, nano(["improved"]));
    expect(same.cautions?.join()).not.toMatch(/differently/);
  });

  test("that was de-identified is checked by what its headers said, and no value of them is named", async () => {
    const hidden = (...given: Parameters<typeof of>) => deidentifiedStudy(of(...given));
    const born = { PatientBirthDate: "20120101" };
    for (const [prior, current, code, says] of [
      [hidden("A-1234", "20200101"), hidden("B-1234", "20200201"), "patients", /PatientID differs/],
      [
        hidden("", "20200101", born),
        hidden("", "20200201", { PatientBirthDate: "20130303" }),
        "patients",
        /PatientBirthDate differs/,
      ],
      [hidden("A-1234", "20200101"), hidden("A-1234", "20190101"), "order", /later than the current/],
      [
        hidden("A-1234", "20200101", { PatientAge: "098Y" }),
        hidden("A-1234", "20200101", { PatientAge: "091Y" }),
        "patients",
        /ages do not match/,
      ],
    ] as const) {
      const result = await compare({ prior, current }, nano(["improved"]));
      expect(codes(result)).toContain(code);
      expect(result.refusal?.reasons[0].message).toMatch(says);
      expect(JSON.stringify([result.refusal?.reasons, result.parse, result.cautions])).not.toMatch(
        /-1234|2012|2013|2019|2020|098|91/,
      );
    }
    expect(await asked(hidden("A", "20200101", born), hidden("A", "20200201", born))).toBeUndefined();
  });

  test("of one patient in order, of one day, or without a header is answered", async () => {
    expect(await asked(of("A", "20200101"), of("A", "20200201"))).toBeUndefined();
    expect(await asked(of("A", "20200101"), of("A", "20200101"))).toBeUndefined();
    expect(await asked(child(), child())).toBeUndefined();
  });
});

describe("an age", () => {
  const asked = (attributes: Record<string, string>) =>
    ask(child({}, attributes), nano(), { question: "Is there pneumonia?" });
  test.each(["12", "9Y", "abc", "012X", "999Y"])("written as %s is unknown, and that is said", async (PatientAge) => {
    const { answer, cautions } = await asked({ PatientAge });
    expect(answer).toBeDefined();
    expect(cautions?.join()).toMatch(`PatientAge ("${PatientAge}") is not a DICOM age`);
  });

  test("by the dates counts where the header states none, and beside the one it states", async () => {
    const dates = { PatientBirthDate: "19500101", StudyDate: "20200101" };
    expect(codes(await asked(dates))).toEqual(["age"]);
    const lying = await asked({ ...dates, PatientAge: "005Y" });
    expect(lying.refusal?.reasons[0].message).toMatch(
      /an age of 70 years \(computed from the dates of birth and study\)/,
    );
    const doubtful = await asked({ ...dates, PatientBirthDate: "20050101", PatientAge: "005Y" });
    expect(doubtful.cautions?.join()).toMatch(/PatientAge is 5 years, but the dates of birth and study give 15 years/);
    expect(codes(await asked({ ...dates, PatientAge: "5" }))).toEqual(["age"]);
    const unborn = await asked({ PatientBirthDate: "20210101", StudyDate: "20200101" });
    expect(unborn.cautions?.join()).toMatch(/give an impossible age/);
    const fine = await asked({ PatientBirthDate: "20100101", StudyDate: "20200101", PatientAge: "009Y" });
    expect([codes(fine), fine.cautions?.join().includes("header")]).toEqual([undefined, false]);
  });
});

test("a view that a description names counts, unless the same text names a frontal one", async () => {
  const asked = async (attributes: Record<string, string>) =>
    codes(await ask(child({}, attributes), nano(), { question: "Is there pneumonia?" }));
  for (const SeriesDescription of [
    "CHEST LATERAL",
    "W Chest lat.",
    "Thorax seitlich",
    "Thorax, profil",
    "decubitus, left",
  ])
    expect(await asked({ SeriesDescription })).toEqual(["view"]);
  expect(await asked({ StudyDescription: "Chest 2 views PA and lateral" })).toBeUndefined();
  expect(await asked({ SeriesDescription: "PA", StudyDescription: "Chest lateral" })).toBeUndefined();
  expect(await asked({ SeriesDescription: "LAT", ViewPosition: "AP" })).toEqual(["view"]);
  expect(await asked({ SeriesDescription: "Thorax", StudyDescription: "Chest X-ray" })).toBeUndefined();
});

test("a modality is said to be from where it is: the header, the option, or a guess", async () => {
  const says = async (part: ImagePart | ReturnType<typeof mri>) =>
    (await ask(study(part), nano(), { question: "Is there pneumonia?" })).refusal?.reasons[0].message;
  expect(await says(film(200, 160, "MR"))).toMatch(/^The option --modality states that "film" is MR/);
  const header = {
    ...film(200, 160, "MR"),
    origin: { files: ["x"], sha256: "", dicom: { instances: [], attributes: {} } },
  };
  expect(await says(header)).toMatch(/^The header of "film" states modality MR/);
});

describe("other requests", () => {
  test("labels in any order and case, but no others; several labels only where each is a learned yes/no question", async () => {
    const model = nano(() => "Final Answer: pneumonia");
    const kept = await classify(child(), model, { labels: ["Pneumonia", "normal"] });
    expect(kept.parse.status).toBe("parsed");
    expect(codes(await classify(child(), nano(), { labels: ["normal", "fracture"] }))).toEqual(["labels"]);
    expect(codes(await classify(child(), nano(), { labels: ["normal", "benign", "malignant"] }))).toEqual(["labels"]);
    const multi = await classify(child(), nano(), { labels: ["pneumonia", "gout"], multi: true });
    expect(multi.refusal?.reasons[0].message).toMatch(/"gout"/);
    expect((await classify(child(), nano(), { labels: ["pneumonia"], multi: true })).parse.status).toBe("parsed");
  });

  test("objects, indications and tasks that were not learned", async () => {
    expect(codes(await locate(child(), nano([], ["adult-chest"]), { object: "heart" }))).toEqual(["words"]);
    expect(codes(await report(child(), nano(), { indication: "cough" }))).toEqual(["words"]);
    expect(codes(await compare({ prior: child(), current: child() }, nano(), { finding: "effusion" }))).toEqual([
      "words",
    ]);
  });
});

describe("a picture", () => {
  const asked = (of: ReturnType<typeof child>, model = nano()) =>
    ask(of, model, { question: "Is there pneumonia?" }).then(codes);
  test("whose header says another modality, body part, view or age", async () => {
    expect(await asked(child({ modality: "MR" }))).toEqual(["modality"]);
    expect(await asked(child({ bodyPart: "EYE" }))).toEqual(["body-part"]);
    expect(await asked(child({ bodyPart: "CHEST" }))).toBeUndefined();
    for (const words of ["KNEE LEFT AP", "Röntgen Schädel", "XR ABDOMEN"])
      expect(await asked(child({}, { StudyDescription: words }))).toEqual(["body-part"]);
    for (const words of [
      "PA",
      "Chest and abdomen",
      "Radiografía de tórax",
      "CXR 2 views",
      "Radio pulmonaire, côté gauche",
      "MAIN",
    ])
      expect(await asked(child({}, { SeriesDescription: words }))).toBeUndefined();
    expect(await asked(child({ bodyPart: "CHEST" }, { StudyDescription: "KNEE" }))).toBeUndefined();
    expect(await asked(child({}, { PatientSpeciesDescription: "Feline" }))).toEqual(["species"]);
    expect(await asked(child({}, { PatientSpeciesDescription: "Homo sapiens" }))).toBeUndefined();
    expect(await asked(child({}, { ViewPosition: "LL" }))).toEqual(["view"]);
    expect(await asked(child({}, { ViewPosition: "PA", SeriesDescription: "Lateral" }))).toEqual(["view"]);
    expect(await asked(child({}, { ViewPosition: "PA", StudyDescription: "Chest PA and lateral" }))).toBeUndefined();
    expect(await asked(child({}, { PatientOrientation: ["P", "F"] }))).toEqual(["view"]);
    expect(await asked(child({}, { PatientOrientation: ["L", "F"] }))).toBeUndefined();
    expect(await asked(child({}, { QualityControlImage: "YES" }))).toEqual(["quality-control"]);
    expect(await asked(child({}, { PatientAge: "054Y" }))).toEqual(["age"]);
    expect(await asked(child({}, { PatientAge: "018M" }))).toBeUndefined();
    expect(await asked(child({}, { PatientBirthDate: "19500101", StudyDate: "20200101" }))).toEqual(["age"]);
    expect(await asked(study(mri(3)))).toEqual(["count", "part"]);
  });

  test("of 16 x 16 pixels, or animated", async () => {
    expect(await asked(study(film(16, 16)))).toEqual(["size"]);
    const warnings = [{ code: "photo/left-out", message: "the first of 12 frames of an animation is read" }];
    expect(await asked(child({ warnings }))).toEqual(["animation"]);
  });

  test("whose pixels are of another kind, whatever the header says", async () => {
    const lying = await ask(child({ bodyPart: "CHEST" }), nano([], ["lung-ct"]), { question: "Is there pneumonia?" });
    expect(codes(lying)).toEqual(["picture"]);
    expect(lying.refusal?.reasons[0].message).toMatch(
      /does not look like a frontal chest X-ray of a child: its pixels look like an axial CT/,
    );
    expect(await asked(child(), nano([], ["adult-chest"]))).toEqual(["picture"]);
    expect(await asked(child(), nano([], []))).toEqual(["picture"]);
    // Boxes of the lungs were learned on adults.
    expect((await locate(child(), nano([], ["child-chest"]), { object: "right lung" })).refusal).toBeDefined();
  });

  test("one odd picture among several is named", async () => {
    let call = 0;
    const model = new ScriptedModel(["Final Answer: stable"], {
      limits: { imageSize: 32 },
      scope,
      recognise: async () => ({ within: call++ === 0 ? ["child-chest"] : [], scores: [] }),
    });
    const { refusal } = await compare({ prior: child(), current: child({ label: "odd one" }) }, model, {
      finding: "pneumonia",
    });
    expect(refusal?.reasons.map(({ message }) => message)).toEqual([expect.stringMatching(/^"odd one"/)]);
  });
});

test("anyway: answered, and branded first", async () => {
  const { parse, answer, cautions, refusal } = await ask(child({ bodyPart: "EYE" }), nano(), {
    question: "Is there pneumonia?",
    anyway: true,
  });
  expect(parse.status).toBe("parsed");
  expect(answer).toMatchObject({ answer: "yes" });
  expect(refusal?.reasons[0].code).toBe("body-part");
  expect(cautions?.[0]).toMatch(
    /^OUT OF SCOPE, answered on explicit request, the answer is meaningless: The header .* EYE/,
  );
});

test("a model whose scope is not known is asked, and the answer says that nothing was checked", async () => {
  const unknown = Object.assign(new ScriptedModel(["yes"], { name: "theirs", limits: { imageSize: 32 } }), {
    scope: undefined,
  });
  const { cautions } = await ask(child(), unknown, { question: "Is there a fracture?" });
  expect(cautions).toEqual([expect.stringMatching(/it is not known what theirs was trained/)]);
});

test("a model that writes one phrase over and over is said to", async () => {
  const looping = new ScriptedModel(["normal ".repeat(60)], { limits: { imageSize: 32 } });
  const { parse } = await report(child(), looping);
  expect(parse.problems).toContainEqual(expect.stringMatching(/^repetition:/));
});

describe("a text for a plan, a visit or a swap", () => {
  const read = async (file: string) =>
    parseScope(await readFile(new URL(`../../../models/${file}`, import.meta.url), "utf8"), file);
  const of = (own: Scope | undefined, request: Partial<TextRequest>) => {
    const model = Object.assign(new ScriptedModel([]), { scope: own });
    const { refusal, limits } = judgeText({ task: "board", text: "A cough.", label: "case", ...request }, model);
    return refusal?.reasons.map(({ code }) => code) ?? limits;
  };

  test("is refused by a model of pictures, which would write a box for a treatment", () => {
    expect(of(scope, {})).toEqual(["task"]);
    expect(of(scope, { task: "consult" })).toEqual(["task"]);
  });

  test("is held against the components, questions and texts a model learned", async () => {
    const clinic = await read("clinic/scope.json");
    const text = "Lantern Clinic, fictional. An elder has chortvorn.";
    expect(of(clinic, { text, requests: [{ component: "test" }] })).toEqual([expect.stringMatching(/FICTIONAL/)]);
    expect(of(clinic, { text, requests: [{ component: "test" }, { component: "horoscope" }] })).toEqual(["words"]);
    expect(of(clinic, { requests: [{ component: "test" }] })).toEqual(["text"]);
    expect(of(clinic, { task: "consult", text })).toEqual([expect.stringMatching(/FICTIONAL/)]);
    const question = { question: "Is referral today needed?", choices: ["yes", "no"] };
    expect(of(clinic, { task: "ask", text, requests: [question] })).toContainEqual(expect.stringMatching(/unfair/));
  });

  test("is taken by models that follow any instruction, and by those of which nothing is known, which is said", async () => {
    for (const file of ["medgemma-1", "medgemma-1.5", "medgemma-27b-text"])
      expect(of(await read(`scopes/${file}.json`), {})).not.toEqual(["task"]);
    expect(of(undefined, {})).toEqual([expect.stringMatching(/it is not known what/)]);
  });
});

test("a refusal says in words what a task does", () => {
  const areVerbs = ["ask", "report", "classify", "locate", "compare", "extract"];
  const named = tasks().flatMap(({ name }) => (name in verbs ? [] : [name]));
  expect(named.sort()).toEqual([...areVerbs].sort());
});
