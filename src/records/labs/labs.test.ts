import { expect, test } from "vitest";
import { PolyclinicError } from "../../base/errors.ts";
import { splitJoinedWord } from "./apart.ts";
import { type LabRow, labCsv, readLabDocument } from "./index.ts";
import { page } from "./testing.ts";
import { wordAt, wordsOfRuns } from "./words.ts";

const rowsOf = async (...drawings: string[]) => (await readLabDocument(drawings.map((one) => page(one)))).rows;
const short = ({ name, value, unit, low, high, flag }: LabRow) => [name, value, unit ?? "", low, high, flag ?? ""];

/** The page as recognition of its image would give it. */
function readRecognised(sheet: ReturnType<typeof page>) {
  const words = wordsOfRuns(sheet.text, sheet).map((word) => ({ ...word, confidence: 0.97 }));
  const ocr = { readPage: () => Promise.resolve({ words, warnings: [] }), readBoxes: () => Promise.resolve([]) };
  const data = new Uint8Array(800 * 1000).map((_, i) => (i % 7 === 0 ? 0 : 255));
  const picture = { width: 800, height: 1000, channels: 1 as const, data };
  return readLabDocument([{ width: 800, height: 1000, picture }], { ocr });
}
const codes = ({ review }: LabRow) => review.map(({ code }) => code.slice("labs/".length));

test("a plain table", async () => {
  const rows = await rowsOf(`
Test              Result   Flag   Unit       Reference
Hemoglobin        10.2     L      g/dL       12.0 - 15.5
Ferritin          88              ng/mL      15 - 150
CRP               <0.5            mg/L       < 5.0
eGFR              91              mL/min/1.73m2   > 60
`);
  expect(rows.map(short)).toEqual([
    ["Hemoglobin", "10.2", "g/dL", 12, 15.5, "L"],
    ["Ferritin", "88", "ng/mL", 15, 150, ""],
    ["CRP", "<0.5", "mg/L", undefined, 5, ""],
    ["eGFR", "91", "mL/min/1.73m2", 60, undefined, ""],
  ]);
  expect(rows[2]).toMatchObject({ number: 0.5, comparator: "<" });
  expect(rows.flatMap(codes)).toEqual([]);
});

test("the newest of several dated columns is the value, wherever it stands; the others are earlier results with their dates", async () => {
  const rows = await rowsOf(`
Test         2025-06-15   2025-12-01   2026-03-02   Unit     Reference
Potassium    3.9          4.4          5.6 H        mmol/L   3.5 - 5.1
Sodium                    141          138          mmol/L   135 - 145
`);
  expect(rows.map(({ value }) => value)).toEqual(["5.6", "138"]);
  expect(rows[0].previous).toEqual([
    { value: "3.9", date: "2025-06-15" },
    { value: "4.4", date: "2025-12-01" },
  ]);
  expect(rows[1].previous).toEqual([{ value: "141", date: "2025-12-01" }]);
});

test("a long name that reaches into the next column stays whole", async () => {
  const { rows, unread } = await readLabDocument([
    page(`
Test                    2025-12-01   2026-03-02   Unit     Reference
Potassium               4.4          4.1          mmol/L   3.5 - 5.1
Activated Partial Thromboplastin     32.1         s        25.0 - 36.0
Erythrocyte Sedimentation  14                     mm/h     0 - 20
Sodium                  141          139          mmol/L   135 - 145
`),
  ]);
  expect(rows.map(({ name, value }) => [name, value])).toEqual([
    ["Potassium", "4.1"],
    ["Activated Partial Thromboplastin", "32.1"],
    ["Sodium", "139"],
  ]);
  // Only an earlier result is printed: no row, and not lost.
  expect(unread.map(({ text }) => text)).toEqual(["Erythrocyte Sedimentation 14 mm/h 0 - 20"]);
});

test("dates of columns that can be read in two ways leave open which is current, and say so", async () => {
  const rows = await rowsOf(`
Test         03/04/2026   04/03/2026   Unit     Reference
Potassium    3.9          4.4          mmol/L   3.5 - 5.1
`);
  expect(rows.map(codes)).toEqual([["current-unclear"]]);
});

test("two tables side by side are read one after the other, sections and all", async () => {
  const rows = await rowsOf(`
Test        Result   Unit     Reference       Test        Result   Unit     Reference
Chemistry                                     Lipids
Sodium      139      mmol/L   135 - 145       HDL         1.4      mmol/L   > 1.3
Potassium   4.1      mmol/L   3.5 - 5.1       LDL         2.9      mmol/L   < 3.4
`);
  expect(rows.map(({ section, name, value }) => [section, name, value])).toEqual([
    ["Chemistry", "Sodium", "139"],
    ["Chemistry", "Potassium", "4.1"],
    ["Lipids", "HDL", "1.4"],
    ["Lipids", "LDL", "2.9"],
  ]);
});

test("two tables whose name is not the first column are read apart, flags without a title with their own", async () => {
  const rows = await rowsOf(`
       Result  Units    Test        Expected          Result  Units    Test        Expected
  HI     149   mmol/L   Sodium      135-145              1.4  mmol/L   HDL         > 1.3
         4.1   mmol/L   Potassium   3.5-5.1       HI     4.2  mmol/L   LDL         < 3.4
         101   mmol/L   Chloride    98-107        LO    11.2  pmol/L   Free T4     12-22
`);
  expect(rows.map(({ name, value, unit, flag, low, high }) => [name, value, unit, flag, low, high])).toEqual([
    ["Sodium", "149", "mmol/L", "H", 135, 145],
    ["Potassium", "4.1", "mmol/L", undefined, 3.5, 5.1],
    ["Chloride", "101", "mmol/L", undefined, 98, 107],
    ["HDL", "1.4", "mmol/L", undefined, 1.3, undefined],
    ["LDL", "4.2", "mmol/L", "H", undefined, 3.4],
    ["Free T4", "11.2", "pmol/L", "L", 12, 22],
  ]);
});

test("cards with the result under the name and the range under the result", async () => {
  const rows = await rowsOf(`
Blood count

Hemoglobin                  Platelets
L 10.2 g/dL                 402 10^9/L HIGH
Typical: 12.0 - 15.5        Typical: 150 - 400

Electrolytes

Sodium                      Nitrite
139 mmol/L                  Negative
Typical: 135 - 145
`);
  expect(
    rows.map(({ section, name, value, unit, flag, low, high }) => [section, name, value, unit, flag, low, high]),
  ).toEqual([
    ["Blood count", "Hemoglobin", "10.2", "g/dL", "L", 12, 15.5],
    ["Blood count", "Platelets", "402", "10^9/L", "H", 150, 400],
    ["Electrolytes", "Sodium", "139", "mmol/L", undefined, 135, 145],
    ["Electrolytes", "Nitrite", "Negative", undefined, undefined, undefined, undefined],
  ]);
});

test("a table goes on over a page without a header, with its section", async () => {
  const rows = await rowsOf(
    `
Test              Result   Unit     Reference
ELECTROLYTES
Sodium            139      mmol/L   135 - 145
`,
    `
Chloride          99       mmol/L   98 - 107
Page 2 of 2
`,
  );
  expect(rows.map(({ page, section, name }) => [page, section, name])).toEqual([
    [1, "ELECTROLYTES", "Sodium"],
    [2, "ELECTROLYTES", "Chloride"],
  ]);
});

test("names in two lines, methods, comments and sentences are not rows", async () => {
  const { rows, unread } = await readLabDocument([
    page(`
Investigation              Observed   Unit      Biological Ref.
                           Value                Interval
Activated Partial          29.0       sec       25.0-36.0
Thromboplastin Time (APTT)

Glucose (fasting)          92         mg/dL     70-99
Method: Hexokinase

Interpretation: Fasting glucose above 126 mg/dL on two occasions suggests diabetes,
values from 100 to 125 mg/dL are called impaired fasting glucose.

Sodium                     139        mmol/L    135-145
`),
  ]);
  expect(rows.map(short)).toEqual([
    ["Activated Partial Thromboplastin Time (APTT)", "29.0", "sec", 25, 36, ""],
    ["Glucose (fasting)", "92", "mg/dL", 70, 99, ""],
    ["Sodium", "139", "mmol/L", 135, 145, ""],
  ]);
  expect(rows[1].method).toBe("Hexokinase");
  expect(unread).toEqual([]);
});

test("lines without a header: value, unit and range by what they are", async () => {
  const rows = await rowsOf(`
Serum sodium         139 mmol/L     [135 - 145]
! Serum potassium    5.9 mmol/L     [3.5 - 5.1]
Vitamin B12          412 ng/L       [200 - 900]
`);
  expect(rows.map(short)).toEqual([
    ["Serum sodium", "139", "mmol/L", 135, 145, ""],
    ["Serum potassium", "5.9", "mmol/L", 3.5, 5.1, "A"],
    ["Vitamin B12", "412", "ng/L", 200, 900, ""],
  ]);
});

test("without a header two numbers in a line leave open which is current, and say so", async () => {
  const [row] = await rowsOf("\nPotassium     4.1     3.8    mmol/L    3.5 - 5.1\n");
  expect(codes(row)).toContain("current-unclear");
});

test("titles centred over wide columns: short names are not taken for row numbers", async () => {
  const rows = await rowsOf(`
No.                     Item                    Result    Unit     Reference
1    MCV                                         113      fL       80~96
2    RDW                                         18.1     %        11.5~14.5
3    ESR                                          31      mm/h     0~20
`);
  expect(rows.map(short)).toEqual([
    ["MCV", "113", "fL", 80, 96, ""],
    ["RDW", "18.1", "%", 11.5, 14.5, ""],
    ["ESR", "31", "mm/h", 0, 20, ""],
  ]);
});

test("a decimal comma is one where the document shows it, and thousands where it does not", async () => {
  const comma = await rowsOf(`
Untersuchung      Ergebnis   Einheit    Referenzbereich
Kalium            4,1        mmol/L     3,5 - 5,1
Leukozyten        8,10       10^9/L     4,00 - 10,00
Troponin T        1,234      ug/L       0,000 - 0,014
`);
  expect(comma.map(({ number }) => number)).toEqual([4.1, 8.1, 1.234]);
  const point = await rowsOf(`
Test              Result     Unit       Reference
Potassium         4.1        mmol/L     3.5 - 5.1
Vitamin B12       1,234      pg/mL      200 - 900
`);
  expect(point.map(({ number }) => number)).toEqual([4.1, 1234]);
  const neither = await rowsOf(`
Test              Result     Unit       Reference
Vitamin B12       1,234      pg/mL      200 - 900
`);
  expect(neither.map(codes)).toEqual([["decimal-mark"]]);
});

test.each([
  ["a lost decimal mark", "Potassium         41       mmol/L     3.5 - 5.1", "decimals"],
  ["a unit that the test is not measured in", "Potassium         4.1      g/dL       3.5 - 5.1", "unit-does-not-fit"],
  ["no unit where the test has one", "Potassium         4.1                 3.5 - 5.1", "unit-missing"],
  ["a unit that nobody knows", "Potassium         4.1      mmo1/X     3.5 - 5.1", "unit-unknown"],
  ["a size that does not occur", "Hemoglobin        135      g/dL       120 - 155", "implausible"],
  ["a letter among digits", "Potassium         4.l      mmol/L     3.5 - 5.1", "value-unread"],
  ["a number with other text", "Potassium         4.1 xyz  mmol/L     3.5 - 5.1", "value-unread"],
  ["a range that does not rise", "Potassium         4.1      mmol/L     5.1 - 3.5", "range-order"],
])("%s is marked", async (_what, line, code) => {
  const rows = await rowsOf(`\nTest              Result   Unit       Reference\n${line}\n`);
  expect(rows.flatMap(codes)).toContain(code);
});

test.each([
  ["a high flag on a value within", "Potassium         4.1      H      mmol/L     3.5 - 5.1", "flag-against-range"],
  ["a low flag on a value above", "Potassium         6.1      L      mmol/L     3.5 - 5.1", "flag-against-range"],
  ["no flag where others have one", "Potassium         6.1             mmol/L     3.5 - 5.1", "flag-missing"],
])("%s is marked", async (_what, line, code) => {
  const rows = await rowsOf(
    `\nTest              Result   Flag   Unit       Reference\n${line}\nSodium            150      H      mmol/L     135 - 145\n`,
  );
  expect(codes(rows[0])).toEqual([code]);
  expect(codes(rows[1])).toEqual([]);
});

test("runs broken within a word are joined, print drawn twice is read once, and drawing order does not matter", async () => {
  const one = page(`
Test              Result   Unit     Reference
Sodium            139      mmol/L   135 - 145
`);
  const broken = one.text.flatMap((run) =>
    run.text === "139" || run.text === "Sodium"
      ? [
          { ...run, text: run.text.slice(0, 2), width: (run.width / run.text.length) * 2 },
          {
            ...run,
            text: run.text.slice(2),
            x: run.x + (run.width / run.text.length) * 2,
            width: (run.width / run.text.length) * (run.text.length - 2),
          },
        ]
      : [run, { ...run, x: run.x + 0.3 }],
  );
  const { rows } = await readLabDocument([{ ...one, text: broken.reverse() }]);
  expect(rows.map(short)).toEqual([["Sodium", "139", "mmol/L", 135, 145, ""]]);
});

test("a page upside down gives the same rows, with boxes where its values stand", async () => {
  const upright = page(`
Test              Result   Unit     Reference
Sodium            139      mmol/L   135 - 145
`);
  const turned = upright.text.map((run) => ({
    ...run,
    x: 800 - run.x - run.width,
    y: 1000 - run.y - run.height,
    angle: 180,
  }));
  const [a] = (await readLabDocument([upright])).rows;
  const [b] = (await readLabDocument([{ ...upright, text: turned }])).rows;
  expect(short(b)).toEqual(short(a));
  const { x0, y0, x1, y1 } = a.boxes.value;
  expect(b.boxes.value).toEqual({ x0: 800 - x1, y0: 1000 - y1, x1: 800 - x0, y1: 1000 - y0 });
});

test("a text layer that disagrees with its picture is marked, and one with nothing printed under it", async () => {
  const one = page(`
Test              Result   Unit     Reference
Sodium            139      mmol/L   135 - 145
Potassium         4.1      mmol/L   3.5 - 5.1
`);
  const data = new Uint8Array(800 * 1000).fill(255);
  const sodium = one.text.find(({ text }) => text === "139")!;
  for (let y = 0; y < sodium.height; y++)
    for (let x = 0; x < sodium.width; x += 3) data[(sodium.y + y) * 800 + sodium.x + x] = 0;
  const picture = { width: 800, height: 1000, channels: 1 as const, data };
  const ocr = {
    readPage: () => Promise.reject(new Error("the page has text")),
    readBoxes: (_: unknown, boxes: readonly unknown[]) =>
      Promise.resolve(boxes.map(() => ({ text: "189", confidence: 0.99 }))),
  };
  const { rows } = await readLabDocument([{ ...one, picture }], { ocr });
  expect(rows.map(codes)).toEqual([["picture-differs"], ["not-printed"]]);
});

test("a row of the picture that the text layer lacks is said; a page of something else does not hide the others", async () => {
  const whole = page(`
Test              Result   Unit     Reference
Sodium            139      mmol/L   135 - 145
Potassium         4.1      mmol/L   3.5 - 5.1
Chloride          101      mmol/L   98 - 107
`);
  const data = new Uint8Array(800 * 1000).fill(255);
  // Every word as a chequered area.
  for (const { x, y, width, height } of whole.text)
    for (let i = 0; i < width * height; i++)
      if (((i % width) + Math.floor(i / width)) % 2 === 0)
        data[(y + Math.floor(i / width)) * 800 + x + (i % width)] = 0;
  const picture = { width: 800, height: 1000, channels: 1 as const, data };
  const { y } = whole.text.find(({ text }) => text === "4.1")!;
  const text = whole.text.filter((run) => run.y !== y);
  expect((await readLabDocument([{ ...whole, picture }])).warnings).toEqual([]);
  const { rows, warnings } = await readLabDocument([{ ...whole, picture, text }]);
  expect(rows).toHaveLength(2);
  expect(warnings).toEqual([
    expect.stringMatching(/^page 1: print among the results \(\d+,\d+,\d+,\d+\) is not in the text/),
  ]);

  const ocr = {
    readPage: () => Promise.reject(new PolyclinicError("ocr/no-text", "contains nothing that looks like text")),
    readBoxes: () => Promise.resolve([]),
  };
  const cat = { width: 800, height: 1000, picture, document: "cat.jpg" };
  const both = await readLabDocument([whole, cat], { ocr });
  expect(both.rows).toHaveLength(3);
  expect(both.warnings).toEqual(["cat.jpg, page 2: contains nothing that looks like text"]);
  await expect(readLabDocument([cat], { ocr })).rejects.toThrow(
    /cat\.jpg: .*found 0 words on 1 page; .*nothing that looks like text/,
  );
});

test("a picture without recognition says what to pass; pages without results say so", async () => {
  const data = new Uint8Array(100 * 100).map((_, i) => (i % 7 === 0 ? 0 : 255));
  const picture = { width: 100, height: 100, channels: 1 as const, data };
  await expect(readLabDocument([{ width: 100, height: 100, picture }])).rejects.toThrow(
    /pass \{ ocr: await openOcr\(ocrRuntime\(\)\) \}/,
  );
  await expect(readLabDocument([page("Dear colleague, thank you for your letter.")])).rejects.toThrow(
    /no readable laboratory result/,
  );
});

test("facts carry code, time, place and cautions", async () => {
  const { facts, collected } = await readLabDocument([
    {
      ...page(`
Collected: 02.03.2026 08:15
Test              Result   Unit     Reference     Previous
Creatinine        0.82     mg/dL    0.50 - 0.95   0.80
Potassium         41       mmol/L   3.5 - 5.1
`),
      document: "a.pdf",
    },
  ]);
  expect(collected).toBe("2026-03-02T08:15");
  expect(facts).toHaveLength(2);
  expect(facts[0]).toMatchObject({
    id: "a.pdf#p1r1",
    kind: "observation",
    code: { system: "http://loinc.org", code: "2160-0", display: "Creatinine" },
    start: "2026-03-02T08:15",
    value: 0.82,
    printedValue: "0.82",
    unit: "mg/dL",
    low: 0.5,
    high: 0.95,
    source: { page: 1, text: "0.82", document: "a.pdf" },
  });
  expect(facts[0].cautions).toBeUndefined();
  expect(facts[1].cautions!.join()).toMatch(/decimal separator/);
});

test("a date that can be read in two ways is left out and said", async () => {
  const { collected, warnings } = await readLabDocument([
    page(`
Collected: 03/04/2026
Test              Result   Unit     Reference
Sodium            139      mmol/L   135 - 145
`),
  ]);
  expect(collected).toBeUndefined();
  expect(warnings.join()).toMatch(/03\/04\/2026/);
});

test("CSV quotes what needs it and disarms formulas", async () => {
  const [row] = await rowsOf(`
Test              Result   Unit     Reference
Sodium            139      mmol/L   135 - 145
`);
  const [head, line, rest] = labCsv([{ ...row, name: '=cmd|"x"', section: "a,b" }]).split("\r\n");
  expect(head.startsWith("page,section,name,value,unit,low,high")).toBe(true);
  expect(line.startsWith(`1,"a,b","'=cmd|""x""",139,mmol/L,135,145,135 - 145,,2951-2,1,mmol/L`)).toBe(true);
  expect(rest).toBe("");
});

test("columns of results that share no header and no rows are read apart", async () => {
  const sheet = page(`
Haematology       02.03.26 06:10        Chemistry        02.03.26 06:10
Hemoglobin   10.2 L  g/dL  12.0-15.5               Value  Units  Ref Range
Platelets    233     10^9/L  150-400    Sodium     139   mmol/L  135-145
MCV          97 (H)  fL    80-96        Potassium  5.9 High  mmol/L  3.5-5.1
Leukocytes   8.1     10^9/L  4.0-10.0   Creatinine 0.9   mg/dL   0.5-0.95
`);
  const half = 40 + 39 * 6;
  const text = sheet.text.map((run) => (run.x > half ? { ...run, y: run.y + 7 } : run));
  const { rows } = await readLabDocument([{ ...sheet, text }]);
  expect(rows.map(({ name, value, flag }) => [name, value, flag ?? ""])).toEqual([
    ["Hemoglobin", "10.2", "L"],
    ["Platelets", "233", ""],
    ["MCV", "97", "H"],
    ["Leukocytes", "8.1", ""],
    ["Sodium", "139", ""],
    ["Potassium", "5.9", "H"],
    ["Creatinine", "0.9", ""],
  ]);
});

test("a range on a line of its own belongs to the result above it, with its unit", async () => {
  const rows = await rowsOf(`
3/5/2026, 7:41 PM      MyExample - Test Results
Haematology
HGB                                10.2 (L)
Normal range: 12.0 - 15.5 g/dL
Platelet estimate                  190
Normal range: 150 - 400 10^3/uL
CRP                                12.1 mg/L (H)
Reference range: < 5.0 mg/L
Ferritin                           9 ng/mL (L)
Ref: 15 - 150 ng/mL
`);
  expect(rows.map(short)).toEqual([
    ["HGB", "10.2", "g/dL", 12, 15.5, "L"],
    ["Platelet estimate", "190", "10^3/uL", 150, 400, ""],
    ["CRP", "12.1", "mg/L", undefined, 5, "H"],
    ["Ferritin", "9", "ng/mL", 15, 150, "L"],
  ]);
  expect(rows.flatMap(codes)).toEqual([]);
});

test("the dates of a German report's columns may have years of two digits", async () => {
  const rows = await rowsOf(`
Analyse        Einheit   Ref.-Bereich   01.12.25   02.03.26
Kalium         mmol/l    3,5-5,1        4,4        5,9 +
CRP            mg/l      bis 5,0        3,1        2,0
`);
  expect(rows.map(({ name, value, previous }) => [name, value, previous[0]])).toEqual([
    ["Kalium", "5,9", { value: "4,4", date: "2025-12-01" }],
    ["CRP", "2,0", { value: "3,1", date: "2025-12-01" }],
  ]);
});

test("what recognition misreads of units and labels is read where nothing else can be meant, and only there", async () => {
  const sheet = page(`
Test             Result   Unit     Reference
Hämoglobin       146      g/       120 - 160
Kreatinin        79       µmol     45 - 84
Leukozyten       5,1      G/l      4,0 - 10,0
TSH basal        2,5      mIU/     0,4 - 4,0
Ferritin         38       xg/      15 - 150
`);
  const { rows } = await readRecognised(sheet);
  expect(rows.map(({ unit }) => unit)).toEqual(["g/l", "µmol/l", "G/l", "mIU/l", "xg/"]);
  expect(codes(rows[4])).toContain("unit-unknown");
});

test("words that recognition ran together are cut where both sides can only be what they are", () => {
  const cut = (text: string) =>
    splitJoinedWord(wordAt(text, { x0: 0, y0: 0, x1: 100, y1: 10 })).map((word) => word.text);
  expect(cut("03/02/202606:10")).toEqual(["03/02/2026", "06:10"]);
  expect(cut("02.03.260810")).toEqual(["02.03.26", "0810"]);
  expect(cut("2,20260610")).toEqual(["2,", "2026", "0610"]);
  expect(cut("range:4.0-5.6%")).toEqual(["range:", "4.0-5.6", "%"]);
  expect(cut("0.24Low")).toEqual(["0.24", "Low"]);
  expect(cut("mL/min/1.73m2>60")).toEqual(["mL/min/1.73m2", ">60"]);
  expect(cut("mL/min/1.73m260")).toEqual(["mL/min/1.73m2", "60"]);
  expect(cut("40010^3/uL")).toEqual(["400", "10^3/uL"]);
  expect(cut("138mmol/L")).toEqual(["138", "mmol/L"]);
  // One word each: a flag's letter, a count of days, a name, units that hold digits, a number of a document.
  for (const whole of [
    "10.2H",
    "10.2L",
    "5.9*",
    "B12",
    "25-OH",
    "10^9/L",
    "1.73m2",
    "mL/min/1.73m2",
    "2d",
    "4711-0815",
  ])
    expect(cut(whole)).toEqual([whole]);
  expect(splitJoinedWord(wordAt("0.24Low", { x0: 0, y0: 0, x1: 70, y1: 10 }))[1].box).toEqual({
    x0: 40,
    y0: 0,
    x1: 70,
    y1: 10,
  });
});

test("a flag that touches its value or its range is one, with and without a header", async () => {
  const expected = [
    ["Hemoglobin", "15.6", "g/dL", 12, 15.5, "H"],
    ["Ferritin", "10", "ng/mL", 15, 150, "L"],
    ["CRP", "12.1", "mg/L", undefined, 5, "H"],
  ];
  const lines = (head: string) => `
${head}
Hemoglobin        15.6H    g/dL       12.0-15.5
Ferritin          10       ng/mL      15-150L
CRP               12.1     mg/L       <5.0H
`;
  for (const head of ["Test              Result   Unit       Reference", "Results"])
    expect((await rowsOf(lines(head))).map(short)).toEqual(expected);
  const cut = splitJoinedWord(wordAt("15.6H12-15.5", { x0: 0, y0: 0, x1: 100, y1: 10 })).map((word) => word.text);
  expect(cut).toEqual(["15.6H", "12-15.5"]);
});

test("a misspelt name is taken for the only test it can be, and marked", async () => {
  const rows = await rowsOf(`
Test              Result   Unit       Reference
Ferrtin           88       ng/mL      15 - 150
Sodum             139      mmol/L     135 - 145
Sodum             139      g/dL       135 - 145
Vitamin B1        70       nmol/L     66 - 200
Troponim          12       mg/dL      0 - 14
`);
  expect(rows.map(({ name, loinc }) => [name, loinc?.code, loinc?.confidence])).toEqual([
    ["Ferrtin", "2276-4", 0.6],
    ["Sodum", "2951-2", 0.6],
    ["Sodum", undefined, undefined],
    ["Vitamin B1", undefined, undefined],
    ["Troponim", undefined, undefined],
  ]);
  expect(rows.slice(0, 2).map(codes)).toEqual([["name-unsure"], ["name-unsure"]]);
});

test("on a scan, titles with run-together times are sections, and a footer is no result", async () => {
  const { rows, unread } = await readRecognised(
    page(`
Hormones          03/02/202606:10
                 Value    Units   Ref Range
TSH              0.24Low  mIU/L   0.40-4.20
Prolactin        97  L    mIU/L   102-496
Lipids            03/02/202606:10
                 Value    Units   Ref Range
Lipoprotein (a)  41       nmol/L  < 75
Basophils        0.04     10^9/   0.02-0.10
Biochemistry      03/02/202606:10
                 Value    Units   Ref Range
eGFR             58  L    mL/min/1.73m250
Sodium           139      mmol/L  135-145


Made-upvaluesfor softwaretests. Not areal person,notforclinicaluse.
`),
  );
  expect(rows.map(({ section, name, value, unit, range, flag }) => [section, name, value, unit, range, flag])).toEqual([
    ["Hormones", "TSH", "0.24", "mIU/L", "0.40-4.20", "L"],
    ["Hormones", "Prolactin", "97", "mIU/L", "102-496", "L"],
    ["Lipids", "Lipoprotein (a)", "41", "nmol/L", "< 75", undefined],
    ["Lipids", "Basophils", "0.04", "10^9/L", "0.02-0.10", undefined],
    ["Biochemistry", "eGFR", "58", "mL/min/1.73m2", "50", "L"],
    ["Biochemistry", "Sodium", "139", "mmol/L", "135-145", undefined],
  ]);
  // The bound's sign was lost, and its digit may be what is left of it.
  expect(rows.map(codes)).toEqual([[], [], [], [], ["range-unread"], []]);
  expect(unread).toEqual([]);
});

test("of two tables whose names have no title, the second one's names are its own", async () => {
  const rows = await rowsOf(`
Hormones              03/02/2026 06:10         Coagulation           03/02/2026 06:10
              Value    Units    Ref Range                        Value    Units    Ref Range
Free T4       24.5  H  pmol/L   12.0-22.0      Prothrombin Time  14.9  H  s        11.0-13.5
Free T3       2.3  L   pmol/L   3.1-6.8        aPTT              26.4     s        25.0-36.0
Ferritin      102      ug/L     15-150
`);
  expect(rows.map(short)).toEqual([
    ["Free T4", "24.5", "pmol/L", 12, 22, "H"],
    ["Free T3", "2.3", "pmol/L", 3.1, 6.8, "L"],
    ["Ferritin", "102", "ug/L", 15, 150, ""],
    ["Prothrombin Time", "14.9", "s", 11, 13.5, "H"],
    ["aPTT", "26.4", "s", 25, 36, ""],
  ]);
});

test("a title beside a result is no part of its name", async () => {
  const rows = await rowsOf(`
Endocrinology   02.03.26 06:10         Biochemistry    02.03.26 06:10
TSH         3.35   mIU/L  0.40-4.20    Sodium      139   mmol/L  135-145
Folate      7.6    nmol/L 8.8-60.8     Potassium   5.9   mmol/L  3.5-5.1
Haematology     02.03.26 06:10         Chloride    101   mmol/L  98-107
MCV         97     fL     80-96        Creatinine  57    umol/L  45-84
RDW         12.9   %      11.5-14.5    Urate       222   umol/L  140-360
`);
  expect(rows.map(({ section, name }) => `${section}: ${name}`).sort()).toEqual([
    "Biochemistry: Chloride",
    "Biochemistry: Creatinine",
    "Biochemistry: Potassium",
    "Biochemistry: Sodium",
    "Biochemistry: Urate",
    "Endocrinology: Folate",
    "Endocrinology: TSH",
    "Haematology: MCV",
    "Haematology: RDW",
  ]);
});

test("a range that something is glued to is not passed over in silence; one by sex is", async () => {
  const broken = ["12-16H 17", "12-l6", "12.0 16.0", "L 12-16", "1O-16", "12-16-18"];
  for (const range of [...broken, "M 13-17 F 12-16"]) {
    const [row] = await rowsOf(`
Test              Result   Flag   Unit       Reference
Hemoglobin        17.0            g/dL       ${range}
Sodium            139             mmol/L     135 - 145
`);
    expect([range, codes(row)]).toEqual([range, broken.includes(range) ? ["range-unread"] : []]);
  }
});
