import { deflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { Random } from "../../base/random.ts";
import type { Image } from "../types.ts";
import { readPdf } from "./read-pdf.ts";

type Body = string | Uint8Array;

/** A PDF of these objects, numbered from 1, the catalog first. */
function pdf(objects: readonly Body[]): Uint8Array {
  const parts: Buffer[] = [Buffer.from("%PDF-1.5\n")];
  const length = () => parts.reduce((sum, part) => sum + part.length, 0);
  const offsets = objects.map((object, i) => {
    const at = length();
    parts.push(Buffer.from(`${i + 1} 0 obj\n`), Buffer.from(object as never, "latin1"), Buffer.from("\nendobj\n"));
    return at;
  });
  const start = length();
  const entries = offsets.map((at) => `${String(at).padStart(10, "0")} 00000 n \n`).join("");
  parts.push(Buffer.from(`xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${entries}`));
  parts.push(Buffer.from(`trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`));
  return new Uint8Array(Buffer.concat(parts));
}

const stream = (dictionary: string, data: Uint8Array): Body =>
  Buffer.concat([
    Buffer.from(`<< ${dictionary} /Length ${data.length} >>\nstream\n`),
    data,
    Buffer.from("\nendstream"),
  ]);

const words = "BT /F1 18 Tf 20 150 Td (Haemoglobin 13.2 g/dL) Tj ET 0 0 1 rg 200 20 40 40 re f ";

/** One page of 300 x 200 points: words, a blue square, and what is added. */
function page({
  content = "",
  resources = "",
  annotations = "",
  form = "",
  more = [] as Body[],
  box = "0 0 300 200",
} = {}) {
  return pdf([
    `<< /Type /Catalog /Pages 2 0 R ${form} >>`,
    "<< /Type /Pages /Kids [4 0 R] /Count 1 >>",
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    `<< /Type /Page /Parent 2 0 R /MediaBox [${box}] /Contents 5 0 R ${annotations} /Resources << /Font << /F1 3 0 R >> ${resources} >> >>`,
    stream("", Buffer.from(words + content)),
    ...more,
  ]);
}

const at = ({ width, data }: Image, x: number, y: number) => [
  ...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3),
];
const dark = ({ width, data }: Image, x0: number, y0: number, x1: number, y1: number) => {
  let count = 0;
  for (let y = y0; y < y1; y++) for (let x = x0; x < x1; x++) if (data[(y * width + x) * 3] < 128) count++;
  return count;
};

async function read(bytes: Uint8Array) {
  const { pages, warnings } = await readPdf(bytes, { dpi: 72 });
  return { ...pages[0], texts: pages[0].text.map(({ text }) => text), warnings };
}

describe("what cannot be drawn is said, and the rest of the page is drawn", () => {
  const random = new Random(5);
  const pixels = deflateSync(Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i >> 3) + random.below(64)));
  const damaged = Uint8Array.from(pixels);
  damaged.fill(0xff, 2000, 2040);
  const image =
    "/Type /XObject /Subtype /Image /Width 64 /Height 64 /BitsPerComponent 8 /ColorSpace /DeviceRGB /Filter";
  test.each<[string, Parameters<typeof page>[0], RegExp]>([
    ["an object that its resources lack", { content: "/X1 Do" }, /missing/],
    ["a resource that is no stream", { content: "/X1 Do", resources: "/XObject << /X1 << /A 1 >> >>" }, /missing/],
    [
      "a picture whose data is damaged",
      {
        content: "q 50 0 0 50 20 20 cm /X1 Do Q",
        resources: "/XObject << /X1 6 0 R >>",
        more: [stream(`${image} /FlateDecode`, damaged)],
      },
      /image/,
    ],
    [
      "a picture that is no JPEG",
      {
        content: "q 50 0 0 50 20 20 cm /X1 Do Q",
        resources: "/XObject << /X1 6 0 R >>",
        more: [stream(`${image} /DCTDecode`, new Uint8Array(300).fill(7))],
      },
      /image/,
    ],
  ])("%s", async (_, parts, said) => {
    const { image: drawn, texts, warnings } = await read(page(parts));
    expect(texts).toEqual(["Haemoglobin 13.2 g/dL"]);
    expect(at(drawn, 220, 160)).toEqual([0, 0, 255]);
    expect(warnings.length).toBeGreaterThan(0);
    for (const { code, message } of warnings)
      expect([code, message]).toEqual(["page/remark", expect.stringMatching(said)]);
  });

  test("a page without fault has no warning", async () => {
    expect((await read(page())).warnings).toEqual([]);
  });
});

describe("what follows the end mark", () => {
  const whole = page();
  const joined = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));
  test.each<[string, Uint8Array, number]>([
    ["zeros", new Uint8Array(18_000), 0],
    ["blanks and line ends", new TextEncoder().encode(" \r\n".repeat(3000)), 0],
    ["an HTML page", new TextEncoder().encode(`<html>${"x".repeat(9000)}</html>`), 1],
    ["bytes of any kind", new Uint8Array(6000).fill(0xff), 1],
  ])("%s", async (_, tail, warnings) => {
    const result = await read(joined(whole, tail));
    expect([result.texts, result.warnings.length]).toEqual([["Haemoglobin 13.2 g/dL"], warnings]);
  });

  test("objects mean that the file goes on and was cut off", async () => {
    const update = new TextEncoder().encode("\n7 0 obj\n<< /Type /Annot >>\nendobj\nxref\n0 1\n");
    await expect(read(joined(whole, update))).rejects.toMatchObject({ code: "page/truncated" });
    await expect(read(whole.subarray(0, whole.length - 20))).rejects.toMatchObject({ code: "page/truncated" });
  });
});

describe("values of form fields", () => {
  const field = (more: string, rect = "100 60 190 84") =>
    `<< /Type /Annot /Subtype /Widget /Rect [${rect}] /DA (/F1 12 Tf 0 g) /F 4 /T (dx) ${more} >>`;
  const filled = (more: string, form = "/NeedAppearances true", extra: Body[] = []) =>
    page({
      annotations: "/Annots [6 0 R]",
      form: `/AcroForm << /Fields [6 0 R] /DR << /Font << /F1 3 0 R >> >> /DA (/F1 12 Tf 0 g) ${form} >>`,
      more: [field(more), ...extra],
    });
  const box = stream(
    "/Type /XObject /Subtype /Form /BBox [0 0 90 24] /Resources << /Font << /F1 3 0 R >> >>",
    Buffer.from("BT /F1 12 Tf 2 8 Td (PNEUMONIA) Tj ET"),
  );

  test.each<[string, Uint8Array, string]>([
    ["a text field without appearance", filled("/FT /Tx /V (PNEUMONIA)"), "PNEUMONIA"],
    ["the same where no appearances are asked for", filled("/FT /Tx /V (PNEUMONIA)", ""), "PNEUMONIA"],
    ["a text field with one", filled("/FT /Tx /V (PNEUMONIA) /AP << /N 7 0 R >>", "", [box]), "PNEUMONIA"],
    ["a choice", filled("/FT /Ch /Ff 131072 /Opt [(NORMAL) (PNEUMONIA)] /V (PNEUMONIA)"), "PNEUMONIA"],
    ["several lines", filled("/FT /Tx /Ff 4096 /V (LEFT\\nLOWER)"), "LEFT\nLOWER"],
  ])("%s is on the page and in the text layer, in its place", async (_, bytes, value) => {
    const { image, text, texts, warnings } = await read(bytes);
    expect(texts.map((run) => run.replace("\r", "\n"))).toEqual(["Haemoglobin 13.2 g/dL", value]);
    expect(text[1]).toMatchObject({ x: 100, y: 116, width: 90, height: 24 });
    expect(dark(image, 100, 116, 190, 140)).toBeGreaterThan(60);
    expect(warnings).toEqual([]);
  });

  test("a hidden field and a password stay unseen, a ticked box is told from an empty one", async () => {
    const hidden = filled("/FT /Tx /V (SECRET)").slice();
    const text = Buffer.from(hidden).toString("latin1").replace("/F 4 ", "/F 2 ");
    expect((await read(new Uint8Array(Buffer.from(text, "latin1")))).texts).toEqual(["Haemoglobin 13.2 g/dL"]);
    expect((await read(filled("/FT /Tx /Ff 8192 /V (SECRET)"))).texts).toEqual(["Haemoglobin 13.2 g/dL"]);
    const states = stream("/Type /XObject /Subtype /Form /BBox [0 0 90 24]", Buffer.from("0 0 90 24 re f"));
    for (const [state, said] of [
      ["Yes", "[x]"],
      ["Off", "[ ]"],
    ]) {
      const button = `/FT /Btn /V /${state} /AS /${state} /AP << /N << /Yes 7 0 R /Off 8 0 R >> >>`;
      expect((await read(filled(button, "", [states, states]))).texts[1]).toBe(said);
    }
  });

  test("notes that only a click shows are said", async () => {
    const note = "<< /Type /Annot /Subtype /Text /Rect [10 10 30 30] /Contents (see addendum) >>";
    const { warnings } = await read(page({ annotations: "/Annots [6 0 R]", more: [note] }));
    expect(warnings.map(({ message }) => message)).toEqual([
      "page 1: 1 note is attached to the page and cannot be seen in the image",
    ]);
  });
});

test("a page of many metres is drawn small, and pages beyond the memory are refused before the first is drawn", async () => {
  const { pages, warnings } = await readPdf(page({ box: "0 0 6000 6000" }), { dpi: 150 });
  expect([pages[0].image.width, pages[0].image.height]).toEqual([6000, 6000]);
  expect(warnings[0].message).toMatch(/rendered at 72 instead of 150/);
  const small = readPdf(page({ box: "0 0 3000 3000" }), { dpi: 72, limits: { maxMemory: 20_000_000 } });
  await expect(small).rejects.toMatchObject({ code: "limit/bytes" });
});
