import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { processorSeconds } from "../../../test/support/processor-time.ts";
import { PolyclinicError } from "../../base/errors.ts";
import { Random } from "../../base/random.ts";
import type { Image } from "../types.ts";
import { readPdf } from "./read-pdf.ts";

/** A PDF of A6-like pages, 300 x 400 points, each with its content stream. */
function pdf(contents: readonly string[], mediaBox = "0 0 300 400", rotate = 0): Uint8Array {
  const kids = contents.map((_, i) => `${4 + 2 * i} 0 R`).join(" ");
  const objects = [
    "<< /Type /Catalog /Pages 2 0 R >>",
    `<< /Type /Pages /Kids [${kids}] /Count ${contents.length} >>`,
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ...contents.flatMap((content, i) => [
      `<< /Type /Page /Parent 2 0 R /MediaBox [${mediaBox}] /Rotate ${rotate} /Contents ${5 + 2 * i} 0 R /Resources << /Font << /F1 3 0 R >> >> >>`,
      `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    ]),
  ];
  let text = "%PDF-1.4\n";
  const offsets = objects.map((object, i) => {
    const at = text.length;
    text += `${i + 1} 0 obj\n${object}\nendobj\n`;
    return at;
  });
  const start = text.length;
  text += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n`;
  for (const at of offsets) text += `${String(at).padStart(10, "0")} 00000 n \n`;
  text += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`;
  return new TextEncoder().encode(text);
}

/** Text at (50, 300) points from the bottom left, and a red square of 100 points at (150, 50). */
const page = "BT /F1 24 Tf 50 300 Td (Haemoglobin 13.5 g/dL) Tj ET 1 0 0 rg 150 50 100 100 re f";
const at = ({ width, data }: Image, x: number, y: number) => [
  ...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3),
];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "polyclinic-page-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("a page is drawn on white at the resolution asked for", async () => {
  const { pages, pageCount, warnings } = await readPdf(pdf([page]), { dpi: 144 });
  expect([pageCount, warnings]).toEqual([1, []]);
  const { image } = pages[0];
  expect([image.width, image.height, image.channels, image.data.length]).toEqual([600, 800, 3, 600 * 800 * 3]);
  expect(at(image, 5, 5)).toEqual([255, 255, 255]);
  expect(at(image, 400, 800 - 200)).toEqual([255, 0, 0]);
  expect(at(image, 298, 800 - 200)).toEqual([255, 255, 255]);
});

test("the text layer stands where the ink is", async () => {
  const { pages } = await readPdf(pdf([page]), { dpi: 144 });
  const [{ image, text }] = pages;
  expect(text.map((run) => run.text)).toEqual(["Haemoglobin 13.5 g/dL"]);
  const ink = inkBox(image, (r) => r < 128);
  const [run] = text;
  expect(run.x).toBeCloseTo(100, 0);
  expect(ink.x0).toBeGreaterThanOrEqual(run.x - 1);
  expect(ink.x1).toBeLessThanOrEqual(run.x + run.width + 1);
  expect(ink.y0).toBeGreaterThanOrEqual(run.y - 1);
  expect(ink.y1).toBeLessThanOrEqual(run.y + run.height + 1);
  expect(ink.x1 - ink.x0).toBeGreaterThan(0.95 * run.width);
});

test("a rotated page comes upright with its text boxes turned", async () => {
  const { pages } = await readPdf(pdf([page], "0 0 300 400", 90), { dpi: 72 });
  const [{ image, text }] = pages;
  expect([image.width, image.height]).toEqual([400, 300]);
  expect(text[0].height).toBeGreaterThan(3 * text[0].width);
  expect(text[0].angle).toBe(90);
  const ink = inkBox(image, (r) => r < 128);
  expect(ink.y1).toBeLessThanOrEqual(text[0].y + text[0].height + 1);
  expect(ink.x0).toBeGreaterThanOrEqual(text[0].x - 1);
});

test("pages beyond the limit are named, not silently dropped", async () => {
  const { pages, pageCount, warnings } = await readPdf(pdf([page, page, page]), { maxPages: 2, dpi: 72 });
  expect([pages.length, pageCount]).toEqual([2, 3]);
  expect(warnings.map((w) => w.code)).toEqual(["page/left-out"]);
  expect(warnings[0].message).toContain("3 to 3");
});

test("a password is asked for and accepted", async () => {
  const path = new URL("./fixtures/encrypted.pdf", import.meta.url).pathname;
  await expect(readPdf(path)).rejects.toMatchObject({ code: "page/encrypted", where: path });
  await expect(readPdf(path, { password: "no" })).rejects.toMatchObject({ code: "page/wrong-password" });
  const { pages } = await readPdf(path, { password: "reader", dpi: 72 });
  expect(pages[0].text.map((run) => run.text).join(" ")).toContain("Ferritin");
});

test("what is no whole PDF is an error", async () => {
  const whole = pdf([page]);
  await expect(readPdf(new Uint8Array())).rejects.toMatchObject({ code: "page/not-pdf" });
  await expect(readPdf(new TextEncoder().encode("plain text"))).rejects.toMatchObject({ code: "page/not-pdf" });
  await expect(readPdf(whole.subarray(0, whole.length >> 1))).rejects.toMatchObject({ code: "page/truncated" });
  await expect(readPdf(join(folder, "missing.pdf"))).rejects.toMatchObject({ code: "file/unreadable" });
  await expect(readPdf(pdf([page], "0 0 200000 200000"))).rejects.toMatchObject({ code: "page/too-large" });
  const path = join(folder, "large.pdf");
  await writeFile(path, whole);
  await expect(readPdf(path, { limits: { maxBytes: 100 } })).rejects.toMatchObject({ code: "limit/bytes" });
});

test("the caller's bytes stay theirs, and reading stops on request", async () => {
  const bytes = pdf([page]);
  await readPdf(bytes, { dpi: 72 });
  expect(bytes.length).toBeGreaterThan(0);
  await expect(readPdf(bytes, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "abort/aborted" });
});

test("mutated PDFs give pages or a named error", async () => {
  const random = new Random(Number(process.env.POLYCLINIC_FUZZ_SEED ?? 9));
  const rounds = Number(process.env.POLYCLINIC_FUZZ_ROUNDS ?? 60);
  const seed = pdf([page, page]);
  let [read, named] = [0, 0];
  for (let i = 0; i < rounds; i++) {
    const bytes = Uint8Array.from(seed);
    for (let faults = 1 + random.below(6); faults > 0; faults--) {
      const at = random.below(bytes.length);
      if (random.below(3) === 0) bytes.copyWithin(at, random.below(bytes.length), bytes.length - random.below(20));
      else bytes[at] = random.below(256);
    }
    const start = processorSeconds();
    const limits = { maxPixels: 1 << 22 };
    const result = await readPdf(bytes, { dpi: 36, maxPages: 3, limits }).catch((error: unknown) => error);
    expect(processorSeconds() - start, `round ${i}`).toBeLessThan(45);
    if (PolyclinicError.is(result)) named++;
    else {
      expect(result, `round ${i}`).toHaveProperty("pages");
      read++;
    }
  }
  expect(Math.min(read, named)).toBeGreaterThan(rounds / 20);
}, 600_000);

function inkBox({ width, height, data }: Image, dark: (red: number) => boolean) {
  const ink = { x0: width, y0: height, x1: 0, y1: 0 };
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      if (dark(data[(y * width + x) * 3])) {
        ink.x0 = Math.min(ink.x0, x);
        ink.y0 = Math.min(ink.y0, y);
        ink.x1 = Math.max(ink.x1, x + 1);
        ink.y1 = Math.max(ink.y1, y + 1);
      }
  return ink;
}
