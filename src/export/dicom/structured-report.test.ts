/**
 * The reports are read back by DCMTK in two builds: @itk-wasm/dicom always, Debian's dcmtk and dicom3tools' dciodvfy where they are
 * installed (`apt-get install dcmtk dicom3tools`).
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readImageDicomFileSeriesNode, structuredReportToTextNode } from "@itk-wasm/dicom";
import dicomParser from "dicom-parser";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answers, at, picture, radiograph, result, series, study } from "../../../test/export-fixtures.ts";
import type { Study } from "../../study/types.ts";
import { notForClinicalUse } from "../../task/result.ts";
import type { TaskName } from "../../task/tasks.ts";
import { toDicomSr } from "./structured-report.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "polyclinic-sr-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const prior = radiograph({ study: "1.2.3.0", instance: "1.2.3.0.1.1" });
const nodule = {
  object: "nodule",
  boxes: [{ label: "nodule", box: { x0: 3, y0: 4, x1: 10, y1: 12 }, image: 2, part: 0, index: 2 }],
};
const cases: readonly (readonly [name: string, task: TaskName, answer: unknown, study: Study])[] = [
  ["an answer about a radiograph", "ask", answers.ask, study(radiograph())],
  ["a measurement from a CT series", "ask", answers.measured, study(series())],
  ["a report", "report", answers.report, study(radiograph())],
  ["labels of a JPEG", "classify", answers.classify, study(picture())],
  ["boxes on a colour picture", "locate", answers.locate, study(picture({ channels: 3 }))],
  ["a box in a CT series", "locate", nodule, study(series())],
  ["a box in a NIfTI volume", "locate", nodule, study(series({ dicom: false, unit: "arbitrary" }))],
  ["a comparison with a prior study", "compare", answers.compare, study(prior, radiograph())],
  ["an answer that did not parse", "locate", undefined, study(series())],
];

const make = async (task: TaskName, answer: unknown, of: Study) => toDicomSr(result(task, answer, of), of, { at });

function write(name: string, bytes: Uint8Array): string {
  const path = join(folder, `${name.replaceAll(" ", "-")}.dcm`);
  writeFileSync(path, bytes);
  return path;
}

const installed = (tool: string) => spawnSync(tool, ["--version"]).error === undefined;

describe.each(cases)("%s", (name, task, answer, of) => {
  test("is read by DCMTK (itk-wasm) as a preliminary, unverified report with the notice, the model and its hash", async () => {
    const { report } = await make(task, answer, of);
    const { outputText } = await structuredReportToTextNode(write(name, report.bytes));
    expect(outputText).toContain("Imaging Measurement Report");
    expect(outputText).toContain("UNVERIFIED");
    expect(outputText).toContain("PRELIMINARY");
    expect(outputText).toContain(`Polyclinic (nano, #${"9f".repeat(32)})`);
    // DCMTK shortens long texts here; the whole of them is looked for in the bytes.
    expect(outputText).toContain('"Comment")="Research software.');
    const whole = Buffer.from(report.bytes).toString("utf8");
    expect(whole).toContain(notForClinicalUse);
    expect(whole).toContain(`Answer ${answer === undefined ? "unparsed" : "parsed"}`);
    expect(whole).toContain("prepared by the recipe cxr-2d");
  });

  test.runIf(installed("dsrdump"))("is accepted by Debian's dsrdump without a warning", async () => {
    const { report } = await make(task, answer, of);
    const { status, stderr } = spawnSync("dsrdump", [write(name, report.bytes)], { encoding: "utf8" });
    const unsupportedCheck = /W: The VR checker does not support this Specific Character Set: ISO_IR 192\n/g;
    expect({ status, stderr: stderr.replace(unsupportedCheck, "") }).toEqual({ status: 0, stderr: "" });
  });

  test.runIf(installed("dciodvfy"))("is accepted by dciodvfy, with its captures", async () => {
    const { report, captures } = await make(task, answer, of);
    for (const [i, { bytes }] of [report, ...captures].entries()) {
      const { stderr } = spawnSync("dciodvfy", [write(`${name}-${i}`, bytes)], { encoding: "utf8" });
      expect(stderr).not.toMatch(/Error/);
    }
  });

  test("is the same bytes for the same result and time", async () => {
    const [one, two] = [await make(task, answer, of), await make(task, answer, of)];
    expect(Buffer.compare(one.report.bytes, two.report.bytes)).toBe(0);
    const later = await toDicomSr(result(task, answer, of), of, { at: new Date(at.getTime() + 1) });
    expect(later.report.sopInstanceUID).not.toBe(one.report.sopInstanceUID);
  });
});

/** Every content item of a data set, depth first. */
function items(dataSet: dicomParser.DataSet): dicomParser.DataSet[] {
  const own = dataSet.elements.x0040a730?.items?.map((item) => item.dataSet!) ?? [];
  return own.flatMap((item) => [item, ...items(item)]);
}
const meaning = (item: dicomParser.DataSet) =>
  item.elements.x0040a043?.items?.[0].dataSet?.string("x00080104") ?? undefined;

test("a box is a closed polyline in pixels of the instance it was found on", async () => {
  const { report } = await make("locate", nodule, study(series()));
  const regions = items(dicomParser.parseDicom(report.bytes)).filter((item) => item.string("x0040a040") === "SCOORD");
  expect(regions).toHaveLength(1);
  const [region] = regions;
  expect(region.string("x00700023")).toBe("POLYLINE");
  const points = Array.from({ length: 10 }, (_, i) => region.float("x00700022", i));
  expect(points).toEqual([3, 4, 10, 4, 10, 12, 3, 12, 3, 4]);
  const reference = region.elements.x0040a730.items![0].dataSet!.elements.x00081199.items![0].dataSet!;
  expect(reference.string("x00081155")).toBe("1.2.3.2.1.3");
});

test("every source instance is in the evidence, priors of another study under the pertinent other evidence", async () => {
  const whole = dicomParser.parseDicom((await make("ask", answers.measured, study(series()))).report.bytes);
  const instances = (dataSet: dicomParser.DataSet, tag: string) =>
    dataSet.elements[tag].items!.flatMap((one) =>
      one.dataSet!.elements.x00081115.items!.flatMap((s) =>
        s.dataSet!.elements.x00081199.items!.map((instance) => instance.dataSet!.string("x00081155")),
      ),
    );
  expect(instances(whole, "x0040a375")).toEqual([1, 2, 3, 4, 5].map((n) => `1.2.3.2.1.${n}`));
  const pair = study(prior, radiograph());
  const compared = dicomParser.parseDicom((await make("compare", answers.compare, pair)).report.bytes);
  expect(instances(compared, "x0040a375")).toEqual(["1.2.3.1.1.1"]);
  expect(instances(compared, "x0040a385")).toEqual(["1.2.3.0.1.1"]);
});

test("patient and study are those of the source, in UTF-8", async () => {
  const { report } = await make("report", answers.report, study(radiograph()));
  const tree = dicomParser.parseDicom(report.bytes);
  expect([tree.string("x00100020"), tree.string("x0020000d"), tree.string("x00080050")]).toEqual([
    "P-1",
    "1.2.3.1",
    "A-7",
  ]);
  expect(tree.string("x00080005")).toBe("ISO_IR 192");
  expect(Buffer.from(report.bytes).includes(Buffer.from("Müller^Jörg", "utf8"))).toBe(true);
});

test("faults of the source's header are not repeated, and long values are no reason to fail", async () => {
  const source = radiograph();
  const dicom = source.origin.dicom!;
  const attributes = {
    ...dicom.attributes,
    PatientAge: "42",
    PatientBirthDate: "1966",
    AccessionNumber: "A".repeat(40),
  };
  const of = study({ ...source, origin: { ...source.origin, dicom: { ...dicom, attributes } } });
  const tree = dicomParser.parseDicom((await make("ask", answers.ask, of)).report.bytes);
  expect([tree.string("x00101010"), tree.string("x00100030"), tree.string("x00080050")]).toEqual([
    undefined,
    undefined,
    "A".repeat(40),
  ]);
});

test("what limits an answer is read before it", async () => {
  const of = study(radiograph());
  const limited = { ...result("report", answers.report, of), cautions: ["trained on children only"] };
  const { report } = await toDicomSr(limited, of, { at });
  const whole = Buffer.from(report.bytes).toString("utf8");
  const [caution, finding] = [whole.indexOf("Caution: trained on children only"), whole.lastIndexOf("121071")];
  expect(caution).toBeGreaterThan(0);
  expect(finding).toBeGreaterThan(caution);
});

test("labels the model turned down are not written as findings", async () => {
  const { report } = await make("classify", answers.classify, study(picture()));
  const findings = items(dicomParser.parseDicom(report.bytes)).filter((item) => meaning(item) === "Finding");
  const stated = findings.map(
    (item) => item.string("x0040a160") ?? item.elements.x0040a168.items![0].dataSet!.string("x00080104"),
  );
  expect(stated).toEqual(["Pneumonia", "pneumonia"]);
});

test("a JPEG is captured with its exact pixels, and the report refers to the capture", async () => {
  const source = picture({ channels: 3 });
  const { report, captures } = await make("locate", answers.locate, study(source));
  expect(captures).toHaveLength(1);
  expect(Buffer.from(report.bytes).includes(captures[0].sopInstanceUID)).toBe(true);
  const { outputImage } = await readImageDicomFileSeriesNode({
    inputImages: [write("capture", captures[0].bytes)],
    singleSortedSeries: true,
  });
  expect(outputImage.size.slice(0, 2)).toEqual([63, 41]);
  expect(Array.from(outputImage.data as Uint8Array)).toEqual(Array.from(source.image.data));
});

test("slices without identifiers become frames, and a box names its frame", async () => {
  const { report, captures } = await make("locate", nodule, study(series({ dicom: false })));
  expect(captures).toHaveLength(1);
  expect(dicomParser.parseDicom(captures[0].bytes).intString("x00280008")).toBe(5);
  const [region] = items(dicomParser.parseDicom(report.bytes)).filter((item) => item.string("x0040a040") === "SCOORD");
  const reference = region.elements.x0040a730.items![0].dataSet!.elements.x00081199.items![0].dataSet!;
  expect(reference.intString("x00081160")).toBe(3);
});

test("frames of one instance are counted from 1, and only where the class has frames", async () => {
  const regionOf = async (sopClassUID: string) => {
    const part = series();
    const dicom = part.origin.dicom!;
    const instances = dicom.instances.map((_, frame) => ({ sopClassUID, sopInstanceUID: "1.2.3.2.1.9", frame }));
    const of = study({ ...part, origin: { ...part.origin, dicom: { ...dicom, instances } } });
    const { report } = await make("locate", nodule, of);
    const [region] = items(dicomParser.parseDicom(report.bytes)).filter((one) => one.string("x0040a040") === "SCOORD");
    return region.elements.x0040a730.items![0].dataSet!.elements.x00081199.items![0].dataSet!;
  };
  const enhancedCt = await regionOf("1.2.840.10008.5.1.4.1.1.2.1");
  expect([enhancedCt.string("x00081155"), enhancedCt.intString("x00081160")]).toEqual(["1.2.3.2.1.9", 3]);
  expect((await regionOf("1.2.840.10008.5.1.4.1.1.2")).elements.x00081160).toBeUndefined();
});

test("what DICOM does not count among images, and what has no usable UID, is captured", async () => {
  const part = series();
  const dicom = part.origin.dicom!;
  const dose = dicom.instances.map((one) => ({ ...one, sopClassUID: "1.2.840.10008.5.1.4.1.1.481.2" }));
  for (const changed of [
    { ...dicom, instances: dose },
    { ...dicom, seriesInstanceUID: "9".repeat(65) },
  ]) {
    const of = study({ ...part, origin: { ...part.origin, dicom: changed } });
    expect((await make("locate", nodule, of)).captures).toHaveLength(1);
  }
});

test("images of two patients, and answers without images, are refused", async () => {
  const mixed = study(radiograph(), radiograph({ patient: "P-9", instance: "1.2.3.1.1.2" }));
  await expect(make("ask", answers.ask, mixed)).rejects.toMatchObject({ code: "export/patients-differ" });
  await expect(make("ask", answers.ask, study())).rejects.toMatchObject({ code: "export/no-images" });
});

test.runIf(installed("dcmdump"))("a non-ASCII report is plain UTF-8 for dcmdump", async () => {
  const { report } = await make("report", answers.report, study(radiograph()));
  const dump = execFileSync("dcmdump", ["+P", "0040,a160", "+L", write("utf8", report.bytes)], { encoding: "utf8" });
  expect(dump).toContain("größe");
  expect(readFileSync(join(folder, "utf8.dcm")).length % 2).toBe(0);
});
