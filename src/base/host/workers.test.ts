import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { workerUrl } from "./workers.ts";

test("from the sources, a worker is looked up in dist, wherever the package lies", () => {
  for (const root of ["/package", "/home/a/src/package", "/src/src/src", "/a%20b/src/dist/c"]) {
    const url = (path: string) => `file://${root}/${path}`;
    const of = (from: string, relative: string) => workerUrl(url(from), relative, url("src/base/host/workers.ts"));
    expect(of("src/imaging/dicom/decode.ts", "./decode-worker.ts")).toBe(url("dist/imaging/dicom/decode-worker.js"));
    expect(of("src/imaging/dicom/decode.ts", "../src/worker.ts")).toBe(url("dist/imaging/src/worker.js"));
  }
});

test("compiled code finds its workers beside it, also below a folder called src", () => {
  const url = (path: string) => `file:///home/a/src/app/node_modules/polyclinic/${path}`;
  const found = workerUrl(url("dist/imaging/page/pdf.js"), "./pdf-worker.ts", url("dist/base/host/workers.js"));
  expect(found).toBe(url("dist/imaging/page/pdf-worker.js"));
});

test("the workers there are, are there", () => {
  const from = new URL("../../imaging/page/pdf-thread.ts", import.meta.url).href;
  expect(existsSync(fileURLToPath(workerUrl(from, "./pdf-worker.ts")))).toBe(true);
});
