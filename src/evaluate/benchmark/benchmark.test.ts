/** Definitions of the package, published layouts as small fixtures with the authors' field names, own tables, and what is refused. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { promptNamed } from "../prompt/catalogue.ts";
import { metricNames } from "../score/metrics.ts";
import { isSuite } from "./definition.ts";
import { findDefinition, listBenchmarks, loadBenchmark } from "./load.ts";
import { findOverlap } from "./overlap.ts";
import { readerNamed } from "./readers/index.ts";
import { parseTable } from "./rows.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "polyclinic-benchmarks-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function files(name: string, contents: Record<string, string>): Promise<string> {
  for (const [path, text] of Object.entries(contents)) {
    const whole = join(folder, name, path);
    await mkdir(dirname(whole), { recursive: true });
    await writeFile(whole, text);
  }
  return join(folder, name);
}
const lines = (...rows: object[]) => `${rows.map((row) => JSON.stringify(row)).join("\n")}\n`;

test("every definition names a reader, a prompt and metrics that exist, and states a licence", async () => {
  const all = await listBenchmarks();
  expect(all.length).toBeGreaterThanOrEqual(28);
  for (const definition of all) {
    expect(definition.licence, definition.name).not.toBe("");
    if (isSuite(definition)) {
      expect(definition.suite).toHaveLength(definition.name === "tdc" ? 66 : 14);
      for (const { benchmark, missing } of definition.suite) {
        if (benchmark !== undefined) await expect(findDefinition(benchmark)).resolves.toBeDefined();
        else expect(missing).toBeDefined();
      }
      continue;
    }
    readerNamed(definition.reader);
    for (const prompt of [definition.prompt, ...definition.prompts]) promptNamed(prompt);
    for (const metric of definition.metrics) expect(metricNames, definition.name).toContain(metric);
  }
});

test("each task of TDC is a benchmark: its metric, its prompt, its split; reactants are not", async () => {
  const bench = async (name: string) => (await findDefinition(name)).definition;
  expect(await bench("tdc-cyp2d6-veith")).toMatchObject({
    metrics: ["auprc of B", "auroc-macro", "accuracy"],
    prompt: "verbatim",
    options: { task: "CYP2D6_Veith", kind: "classification" },
    notes: [expect.stringContaining("scaffold split")],
  });
  expect(await bench("tdc-caco2-wang")).toMatchObject({
    metrics: ["spearman", "pearson"],
    prompt: "verbatim-number",
    notes: [expect.anything(), expect.stringContaining("tx evaluate --task Caco2_Wang")],
  });
  await expect(bench("tdc-uspto")).rejects.toMatchObject({ code: "evaluate/unknown-benchmark" });
});

describe("published layouts", () => {
  test("MedQA: options by letter, and by text with five", async () => {
    const row = {
      question: "Q?",
      answer: "second",
      options: { A: "first", B: "second", C: "third", D: "fourth" },
      meta_info: "step1",
      answer_idx: "B",
    };
    const data = await files("medqa", {
      "questions/US/4_options/phrases_no_exclude_test.jsonl": lines(row),
      "questions/US/test.jsonl": lines({ ...row, options: { ...row.options, E: "fifth" } }),
    });
    const { items, warnings } = await loadBenchmark("medqa", { data });
    expect(items[0]).toMatchObject({ gold: { kind: "choice", choice: "B" }, category: "step1" });
    expect(warnings[0]).toContain("1 items here but 1273 as published");
    const five = await loadBenchmark("medqa-5", { data });
    expect(five.items[0].options).toHaveLength(5);
    expect(five.items[0].gold).toEqual({ kind: "choice", choice: "B" });
  });
  test("MedMCQA counts its answers from one, and refuses an answer outside the options", async () => {
    const row = { id: "x", question: "Q?", opa: "a", opb: "b", opc: "c", opd: "d", cop: 4, subject_name: "Anatomy" };
    const data = await files("medmcqa", { "dev.json": lines(row, { ...row, id: "y" }) });
    expect((await loadBenchmark("medmcqa", { data })).items[0]).toMatchObject({
      gold: { choice: "D" },
      category: "Anatomy",
    });
    await files("medmcqa", { "dev.json": lines({ ...row, cop: 0 }, row) });
    await expect(loadBenchmark("medmcqa", { data })).rejects.toMatchObject({
      code: "evaluate/data",
      where: "dev.json, row 1",
    });
  });
  test("PubMedQA: the test half only, contexts in order; files that disagree are refused", async () => {
    const entry = (final_decision: string) => ({
      QUESTION: "Is it?",
      CONTEXTS: ["One.", "Two."],
      LABELS: ["A", "B"],
      final_decision,
    });
    const data = await files("pubmedqa", {
      "ori_pqal.json": JSON.stringify({ 11: entry("yes"), 22: entry("maybe") }),
      "test_ground_truth.json": JSON.stringify({ 22: "maybe" }),
    });
    const { items } = await loadBenchmark("pubmedqa", { data });
    expect(items).toMatchObject([{ id: "22", context: "One.\nTwo.", gold: { choice: "maybe" } }]);
    await files("pubmedqa", { "test_ground_truth.json": JSON.stringify({ 22: "no" }) });
    await expect(loadBenchmark("pubmedqa", { data })).rejects.toMatchObject({ code: "evaluate/data", found: "maybe" });
  });
  test("MMLU: six files without a header", async () => {
    const subjects = [
      "anatomy",
      "clinical_knowledge",
      "college_biology",
      "college_medicine",
      "medical_genetics",
      "professional_medicine",
    ];
    const data = await files(
      "mmlu",
      Object.fromEntries(subjects.map((name) => [`test/${name}_test.csv`, '"Which, of these?",a,b,c,d,C\n'])),
    );
    const { items } = await loadBenchmark("mmlu-medical", { data });
    expect(items).toHaveLength(6);
    expect(items[1]).toMatchObject({
      id: "clinical knowledge/0",
      question: "Which, of these?",
      gold: { choice: "C" },
      category: "clinical knowledge",
    });
  });
  test("MedXpertQA, AfriMed-QA and MedExQA keep their options' forms", async () => {
    const x = await files("medxpert", {
      "medxpertqa_text.jsonl": lines({
        id: "Text-1",
        question: "Which?\nAnswer Choices: (A) a (J) j",
        options: [
          { letter: "A", content: "a" },
          { letter: "J", content: "j" },
        ],
        label: "J",
        medical_task: "Diagnosis",
      }),
    });
    // The published question repeats the options, which the prompt writes itself.
    expect((await loadBenchmark("medxpertqa", { data: x })).items[0]).toMatchObject({
      question: "Which?",
      gold: { kind: "choice", choice: "J" },
    });
    const a = await files("afrimed", {
      "afrimed-qa.csv": `sample_id,question_type,question,answer_options,correct_answer,specialty\ns1,MCQ,Q?,"{""option1"": ""a"", ""option2"": ""b""}",option2,Surgery\ns2,SAQ,Q?,,,Surgery\n`,
    });
    expect((await loadBenchmark("afrimed-qa", { data: a })).items).toMatchObject([{ id: "s1", gold: { choice: "B" } }]);
  });
  test("ECG-QA: questions about one recording, several answers as one text", async () => {
    const row = { sample_id: 7, question_type: "single-query", question: "Which?", answer: ["a", "b"], ecg_id: [17] };
    const ecg = { ...row, ecg_path: ["./records500/00000/00017_hr"] };
    const part = (n: number) => `paraphrased/test/${String(10_000 * n).padStart(5, "0")}.json`;
    const data = await files(
      "ecg-qa",
      Object.fromEntries(
        Array.from({ length: 9 }, (_, n) => [
          part(n),
          JSON.stringify(n === 0 ? [ecg, { ...ecg, sample_id: 8, question_type: "comparison_irrelevant-query" }] : []),
        ]),
      ),
    );
    const { items } = await loadBenchmark("ecg-qa", { data });
    expect(items).toMatchObject([
      { id: "7", category: "single-query", closed: false, gold: { kind: "text", references: ["a\nb"] } },
    ]);
    expect(items[0].files).toEqual([join(data, "records500/00000/00017_hr.hea")]);
  });
  test("VQA-RAD and SLAKE: images, closed questions, one cluster an image", async () => {
    const rad = await files("rad", {
      "VQA_RAD Dataset Public.json": JSON.stringify([
        {
          qid: 1,
          phrase_type: "test_freeform",
          image_name: "i.jpg",
          question: "Is it?",
          answer: "Yes",
          answer_type: "CLOSED",
          image_organ: "CHEST",
        },
        {
          qid: 2,
          phrase_type: "freeform",
          image_name: "i.jpg",
          question: "What?",
          answer: "x",
          answer_type: "OPEN ",
          image_organ: "CHEST",
        },
        {
          qid: 3,
          phrase_type: "test_para",
          image_name: "i.jpg",
          question: "What?",
          answer: "lung",
          answer_type: "OPEN ",
          image_organ: "CHEST",
        },
      ]),
    });
    const { items } = await loadBenchmark("vqa-rad", { data: rad });
    expect(items.map(({ id, closed, cluster }) => [id, closed, cluster])).toEqual([
      ["1", true, "i.jpg"],
      ["3", false, "i.jpg"],
    ]);
    expect(items[0].files).toEqual([join(rad, "VQA_RAD Image Folder", "i.jpg")]);
    const slake = await files("slake", {
      "test.json": JSON.stringify([
        {
          qid: 1,
          img_name: "xmlab1/source.jpg",
          question: "Q",
          answer: "MRI",
          q_lang: "en",
          answer_type: "OPEN",
          content_type: "Modality",
        },
        {
          qid: 2,
          img_name: "x",
          question: "Q",
          answer: "A",
          q_lang: "zh",
          answer_type: "OPEN",
          content_type: "Modality",
        },
      ]),
    });
    expect((await loadBenchmark("slake", { data: slake })).items).toHaveLength(1);
  });
  test("CheXpert: one question a condition; blanks negative, uncertain left out", async () => {
    const data = await files("chexpert", {
      "valid.csv":
        "Path,Frontal/Lateral,Atelectasis,Cardiomegaly,Consolidation,Edema,Pleural Effusion\nCheXpert-v1.0-small/valid/p1/v.jpg,Frontal,1.0,-1.0,,0.0,1.0\nCheXpert-v1.0-small/valid/p1/l.jpg,Lateral,1.0,,,,\n",
    });
    const { items } = await loadBenchmark("chexpert", { data });
    expect(items.map(({ category, gold }) => [category, gold.kind === "choice" && gold.choice])).toEqual([
      ["Atelectasis", "yes"],
      ["Consolidation", "no"],
      ["Edema", "no"],
      ["Pleural Effusion", "yes"],
    ]);
    expect(items[0].files).toEqual([join(data, "valid/p1/v.jpg")]);
  });
  test("reports, boxes, courses, laboratory rows", async () => {
    const iu = await files("iu", {
      "indiana_projections.csv": "uid,filename,projection\n1,1_f.png,Frontal\n1,1_l.png,Lateral\n",
      "indiana_reports.csv": 'uid,indication,findings,impression\n1,Cough,"Clear lungs.",Normal.\n2,,x,y\n',
    });
    expect((await loadBenchmark("iu-x-ray", { data: iu })).items).toMatchObject([
      { context: "Cough", gold: { references: ["Clear lungs."] } },
    ]);
    const boxes = await files("boxes", {
      "gold_bbox_coordinate_annotations_1000images.csv": "image_id,bbox_name,x1,y1,x2,y2\na,left lung,112,0,224,112\n",
    });
    expect((await loadBenchmark("chest-imagenome", { data: boxes })).items[0].gold).toEqual({
      kind: "boxes",
      boxes: [{ x0: 0.5, y0: 0, x1: 1, y1: 0.5 }],
    });
    const course = await files("course", {
      "MS_CXR_T_temporal_image_classification_v1.0.0.csv":
        "dicom_id,previous_dicom_id,study_id,previous_study_id,subject_id,consolidation_progression,edema_progression,pleural_effusion_progression,pneumonia_progression,pneumothorax_progression\nd2,d1,s2,s1,10000,improving,,worsening,,\n",
    });
    const pairs = (await loadBenchmark("ms-cxr-t", { data: course })).items;
    expect(pairs.map(({ question, gold }) => [question, gold.kind === "choice" && gold.choice])).toEqual([
      ["consolidation", "improved"],
      ["pleural effusion", "worsened"],
    ]);
    expect(pairs[0].prior).toEqual([join(course, "files/p10/p10000/ss1/d1.jpg")]);
    const lab = await files("lab", {
      "r1.png": "x",
      "r1.json": '[{"name":"Sodium","result":140,"unit":null}]',
      "r2.png": "no truth",
    });
    expect((await loadBenchmark("lab-reports", { data: lab })).items).toMatchObject([
      { id: "r1", gold: { rows: [{ name: "Sodium", result: "140" }] } },
    ]);
  });
  test("HealthBench, EquityMedQA and TDC", async () => {
    const health = await files("health", {
      "healthbench.jsonl": lines({
        prompt_id: "p",
        prompt: [{ role: "user", content: "Hello" }],
        rubrics: [{ criterion: "Says hello", points: 5, tags: [] }],
        example_tags: ["theme:context"],
      }),
    });
    expect((await loadBenchmark("healthbench", { data: health })).items[0]).toMatchObject({
      category: "context",
      gold: { kind: "judged", criteria: [{ points: 5 }] },
    });
    const names = ["omaq", "ehai", "fbrt_manual", "fbrt_llm_661_sampled", "trinds", "cc_manual", "cc_llm"];
    const equity = await files(
      "equity",
      Object.fromEntries(
        names.map((name) => [
          `equitymedqa_${name}.csv`,
          name.startsWith("cc")
            ? "question_text_1,question_text_2\na man?,a woman?\n"
            : "question_id,question_text\n7,Why?\n",
        ]),
      ),
    );
    const { items } = await loadBenchmark("equitymedqa", { data: equity });
    expect(items).toHaveLength(5 + 4);
    expect(items.filter(({ cluster }) => cluster !== undefined)).toHaveLength(4);
    const tdc = await files("tdc", {
      "tdc_prompts.json": JSON.stringify({
        BBB_Martins: "Question: ...\n(A) no (B) yes\nDrug SMILES: {Drug SMILES}\nAnswer:",
      }),
      "test.csv": "Drug_ID,Drug,Y\nd,CCO,1\n",
    });
    expect((await loadBenchmark("tdc-bbb-martins", { data: tdc })).items[0]).toMatchObject({
      question: expect.stringContaining("Drug SMILES: CCO"),
      gold: { choice: "B" },
    });
  });
});

describe("the rest of MultiMedBench, CT, MR and whole slides", () => {
  test("reports by lines, mammograms, crops of masses, pileups", async () => {
    const radsum = await files("radsum", {
      "test.findings.tok": "the heart is large .\n\nno mass .\n",
      "test.impression.tok": "cardiomegaly .\nx\nno mass .\n",
    });
    const loaded = await loadBenchmark("mimic-iii-impressions", { data: radsum });
    expect(
      loaded.items.map(({ id, context, gold }) => [id, context, gold.kind === "text" && gold.references[0]]),
    ).toEqual([
      ["1", "the heart is large .", "cardiomegaly ."],
      ["3", "no mass .", "no mass ."],
    ]);
    expect(loaded.warnings).toContain("1 empty lines are left out");
    await files("radsum", { "test.impression.tok": "one\n" });
    await expect(loadBenchmark("mimic-iii-impressions", { data: radsum })).rejects.toMatchObject({
      code: "evaluate/data",
      found: "1",
    });
    const vindr = await files("vindr", {
      "breast-level_annotations.csv":
        "study_id,series_id,laterality,view_position,image_id,height,width,breast_birads,breast_density,split\ns,r,L,CC,i,3518,2800,BI-RADS 4,DENSITY C,test\nt,r,L,CC,j,3518,2800,BI-RADS 1,DENSITY C,training\n",
    });
    expect((await loadBenchmark("vindr-mammo", { data: vindr })).items).toMatchObject([
      { id: "i", gold: { choice: "BI-RADS 4" }, files: [join(vindr, "images/s/i.dicom")], cluster: "s" },
    ]);
    const header =
      "patient_id,breast_density,left or right breast,image view,abnormality id,abnormality type,mass shape,mass margins,assessment,pathology,subtlety,image file path,cropped image file path,ROI mask file path";
    const row =
      'P_1,4,LEFT,CC,1,mass,IRREGULAR,SPICULATED,5,BENIGN_WITHOUT_CALLBACK,5,a/000000.dcm,"b/000001.dcm\n",c/000000.dcm';
    const cbis = await files("cbis", {
      "mass_case_description_test_set.csv": `${header}\n${row}\n`,
      "calc_case_description_test_set.csv": `${header}\n${row}\n`,
    });
    for (const name of ["cbis-ddsm-mass", "cbis-ddsm-calcification"])
      expect((await loadBenchmark(name, { data: cbis })).items).toMatchObject([
        { id: "P_1/LEFT/CC/1", gold: { choice: "benign without callback" }, files: [join(cbis, "b/000001.dcm")] },
      ]);
    const pileups = await files("pileups", {
      "examples.csv": "chromosome,position,alternate,genotype,kind,image\nchr20,100,A,1,snp,a.png\n",
    });
    expect((await loadBenchmark("precisionfda-pileups", { data: pileups })).items).toMatchObject([
      {
        id: "chr20:100:A",
        gold: { choice: "heterozygous" },
        category: "snp",
        question: expect.stringMatching(/^This image/),
      },
    ]);
  });
  test("volumes lie where CT-RATE puts them; grades of the spine; slides", async () => {
    const definition = await findDefinition("ct-rate");
    const { findings } = (definition.definition as unknown as { options: { findings: Record<string, string> } })
      .options;
    const columns = Object.keys(findings);
    const ct = await files("ct-rate", {
      "valid_predicted_labels.csv": `VolumeName,${columns.join(",")}\nvalid_12_b_2.nii.gz,${columns.map((_, i) => i % 2).join(",")}\n`,
    });
    const { items } = await loadBenchmark("ct-rate", { data: ct });
    expect(items).toHaveLength(columns.length);
    expect(items[0].files).toEqual([join(ct, "dataset/valid/valid_12/valid_12_b/valid_12_b_2.nii.gz")]);
    expect(items[1]).toMatchObject({ gold: { choice: "yes" }, question: expect.stringContaining("in the CT volume") });
    const levels = ["l1_l2", "l2_l3", "l3_l4", "l4_l5", "l5_s1"].map((level) => `spinal_canal_stenosis_${level}`);
    const spine = await files("spine", {
      "train.csv": `study_id,${levels.join(",")}\n7,Normal/Mild,,Severe,Moderate,Normal/Mild\n`,
    });
    const graded = (await loadBenchmark("rsna-lumbar-spine", { data: spine })).items;
    expect(graded.map(({ gold }) => gold.kind === "choice" && gold.choice)).toEqual([
      "normal or mild",
      "severe",
      "moderate",
      "normal or mild",
    ]);
    expect(graded[1]).toMatchObject({ cluster: "7", files: [join(spine, "train_images/7")] });
    await files("spine", { "train.csv": `study_id,${levels.join(",")}\n7,Mild,,,,\n` });
    await expect(loadBenchmark("rsna-lumbar-spine", { data: spine })).rejects.toMatchObject({ found: "Mild" });
    const slides = await files("slides", {
      "train.csv": "image_id,data_provider,isup_grade,gleason_score\nabc,radboud,4,4+4\n",
      "reference.csv": "test_001,Tumor,IDC,Macro\ntest_003,Normal,None,None\n",
    });
    expect((await loadBenchmark("panda", { data: slides })).items).toMatchObject([
      { gold: { choice: "4" }, files: [join(slides, "train_images/abc.tiff")] },
    ]);
    expect((await loadBenchmark("camelyon16", { data: slides })).items.map(({ gold }) => gold)).toEqual([
      { kind: "choice", choice: "yes" },
      { kind: "choice", choice: "no" },
    ]);
  });
});

describe("own sets", () => {
  test("a CSV with question and answer, and the package's folders of cells", async () => {
    const data = await files("own", {
      "my questions.csv": "question,answer,options\nWhich?,yes,yes\n",
      "letters.csv": "question,answer,A,B\nWhich?,B,x,y\n",
    });
    const { definition, items } = await loadBenchmark(join(data, "letters.csv"));
    expect(definition).toMatchObject({ name: "letters", prompt: "mcq" });
    expect(items[0].gold).toEqual({ kind: "choice", choice: "B" });
    const cells = await loadBenchmark("samples-cells");
    expect(new Set(cells.items.map(({ category }) => category))).toEqual(
      new Set(["platelets", "red-cell", "white-cell"]),
    );
  });
  test("ten lines of YAML", async () => {
    const data = await files("yaml", {
      "benchmark.yaml":
        "name: ward\ntitle: Questions of our ward\nlicence: internal\nsplits: { all: { file: q.jsonl } }\nsplit: all\nitem: { id: nr, question: frage, references: [antwort] }\nprompt: short-answer\nmetrics: ['em@squad', 'token-f1@squad']\n",
      "q.jsonl": lines({ nr: 1, frage: "What?", antwort: "That" }),
    });
    expect((await loadBenchmark(data)).items).toMatchObject([
      { id: "1", gold: { kind: "text", references: ["That"] } },
    ]);
  });
  test.each([
    [
      "a field that is not one",
      "name: x\ntitle: x\nlicence: x\nsplits: {a: {file: q.csv}}\nsplit: a\nprompt: mcq\nmetrics: []\nmetrik: 1\n",
      "evaluate/definition",
    ],
    [
      "a default split that is missing",
      "name: x\ntitle: x\nlicence: x\nsplits: {a: {file: q.csv}}\nsplit: b\nprompt: mcq\nmetrics: []\n",
      "evaluate/definition",
    ],
    [
      "no licence",
      "name: x\ntitle: x\nsplits: {a: {file: q.csv}}\nsplit: a\nprompt: mcq\nmetrics: []\n",
      "evaluate/definition",
    ],
  ])("refuses %s", async (name, text, code) => {
    const data = await files(`refused ${name}`, { "benchmark.yaml": text, "q.csv": "question,answer\na,b\n" });
    await expect(loadBenchmark(data)).rejects.toMatchObject({ code });
  });
  test("refuses duplicate ids, another version's fields, missing files", async () => {
    const yaml =
      "name: x\ntitle: x\nlicence: x\nsplits: {a: {file: q.csv}}\nsplit: a\nitem: {id: id, question: question, references: [answer]}\nprompt: short-answer\nmetrics: []\n";
    const twice = await files("twice", { "benchmark.yaml": yaml, "q.csv": "id,question,answer\n1,a,b\n1,c,d\n" });
    await expect(loadBenchmark(twice)).rejects.toMatchObject({ code: "evaluate/duplicate-ids" });
    const other = await files("other", { "benchmark.yaml": yaml, "q.csv": "id,prompt,answer\n1,a,b\n" });
    await expect(loadBenchmark(other)).rejects.toMatchObject({ code: "evaluate/data", expected: "the field question" });
    const none = await files("none", { "benchmark.yaml": yaml });
    await expect(loadBenchmark(none)).rejects.toMatchObject({ code: "evaluate/no-data" });
    await expect(loadBenchmark("medqa")).rejects.toMatchObject({ code: "evaluate/no-data" });
  });
});

test("a limit draws the same items again, and a larger one holds them", async () => {
  const data = await files("limit", {
    "q.csv": `question,answer\n${Array.from({ length: 50 }, (_, i) => `q${i},a`).join("\n")}\n`,
  });
  const ids = async (limit: number) => (await loadBenchmark(join(data, "q.csv"), { limit })).items.map(({ id }) => id);
  const five = await ids(5);
  expect(await ids(5)).toEqual(five);
  expect(await ids(20)).toEqual(expect.arrayContaining(five));
});

test("tables: quoted cells with delimiters, line breaks and quotes", () => {
  expect(parseTable('a,b\r\n"x, ""y""\nz",\n', ",")).toEqual([
    ["a", "b"],
    ['x, "y"\nz', ""],
  ]);
});

describe("overlap with training data", () => {
  const letters = Array.from({ length: 700 }, (_, i) =>
    String.fromCharCode(97 + ((i * 7 + Math.floor(i / 26)) % 26)),
  ).join("");
  const item = (question: string) => ({ id: "q", question, gold: { kind: "judged" as const } });
  test("512 common characters are found, 511 are not", async () => {
    const data = await files("overlap", {
      "a.txt": `before ${letters.slice(50, 562)} after`,
      "b.txt": `before ${letters.slice(50, 561)} after`,
    });
    expect((await findOverlap([item(letters)], [join(data, "a.txt")])).texts).toHaveLength(1);
    expect((await findOverlap([item(letters)], [join(data, "b.txt")])).texts).toHaveLength(0);
  });
  test("a whole shorter question is found inside JSON, in another case", async () => {
    const question = 'A 40-year-old man has had chest pain for "two" days. What is it?';
    const data = await files("overlap-json", { "t.jsonl": lines({ text: `x ${question.toUpperCase()} y` }) });
    expect((await findOverlap([item(question)], [data])).texts).toHaveLength(1);
  });
  test("equal pixels are found under another compression", async () => {
    const raw = { create: { width: 8, height: 8, channels: 3 as const, background: "#246" } };
    const data = await files("overlap-images", { x: "" });
    await sharp(raw).png({ compressionLevel: 0 }).toFile(join(data, "test.png"));
    await sharp(raw).png({ compressionLevel: 9 }).toFile(join(data, "train.png"));
    const found = await findOverlap([{ ...item("x"), files: [join(data, "test.png")] }], [join(data, "train.png")]);
    expect(found.images).toHaveLength(1);
  });
});
