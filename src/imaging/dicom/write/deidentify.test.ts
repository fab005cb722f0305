import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import dicomParser from "dicom-parser";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { elements, sliceBytes } from "../../../../test/support/dicom.ts";
import {
  deidentify,
  deidentifyFile,
  locateFrames,
  parseDicom,
  profileAction,
  readFrameBytes,
  tagOf,
} from "../index.ts";
import { writeDicom } from "./write.ts";

const secrets = {
  PatientName: "Doe^Jane",
  PatientID: "MRN-4711",
  PatientBirthDate: "19500203",
  AccessionNumber: "ACC-99",
  InstitutionName: "General Hospital",
  ReferringPhysicianName: "House^G",
  StudyDate: "20240102",
  StudyDescription: "CT of Jane",
  DeviceSerialNumber: "SN-12345",
  RequestAttributesSequence: [{ RequestedProcedureID: "RP-1", ScheduledProcedureStepDescription: "for Jane" }],
  ReferencedImageSequence: [
    { ReferencedSOPClassUID: "1.2.840.10008.5.1.4.1.1.2", ReferencedSOPInstanceUID: "1.2.3.4.5" },
  ],
};

const clean = (attributes = {}, secret = "s") =>
  deidentify(parseDicom(sliceBytes({ ...secrets, ...attributes }), { name: "in.dcm" }), { secret });

describe("the basic profile", () => {
  test("actions come from table E.1-1; private attributes, curves and overlays always go", () => {
    const action = (keyword: string) => profileAction(tagOf(keyword));
    expect(["PatientName", "PatientID", "SOPInstanceUID", "OperatorsName", "Modality", "Rows"].map(action)).toEqual([
      "Z",
      "D",
      "U",
      "D",
      undefined,
      undefined,
    ]);
    expect([0x00091001, 0x60003000, 0x60020010, 0x50000005, 0x00080999].map(profileAction)).toEqual([
      "X",
      "X",
      "X",
      "X",
      "X",
    ]);
  });

  test("nothing of the patient is left in the bytes, and pixels and geometry stay", async () => {
    const { bytes, changed } = clean();
    const text = Buffer.from(bytes).toString("latin1");
    for (const secret of [
      "Doe",
      "Jane",
      "MRN",
      "4711",
      "19500203",
      "ACC-99",
      "General",
      "House",
      "20240102",
      "SN-12345",
      "1.2.3.4.5",
    ])
      expect(text, secret).not.toContain(secret);
    const file = parseDicom(bytes);
    expect(file.dataset.numbers("ImageOrientationPatient")).toEqual([1, 0, 0, 0, 1, 0]);
    const [before, after] = [await locateFrames(parseDicom(sliceBytes(secrets))), await locateFrames(file)];
    expect(await readFrameBytes(after, 0)).toEqual(await readFrameBytes(before, 0));
    expect(changed).toContain("(0010,0010) PatientName");
    expect(changed).toContain("(0008,1155) ReferencedSOPInstanceUID");
  });

  test("the result says what was done to it", () => {
    const { dataset } = parseDicom(clean().bytes);
    expect(dataset.string("PatientIdentityRemoved")).toBe("YES");
    expect(dataset.sequence("DeidentificationMethodCodeSequence")[0].string("CodeValue")).toBe("113100");
  });

  test("the same secret keeps relations between files, another one does not", () => {
    const uid = (secret: string, attributes = {}) =>
      parseDicom(clean(attributes, secret).bytes).dataset.string("SeriesInstanceUID");
    expect(uid("a")).toBe(uid("a", { SOPInstanceUID: "2.25.99" }));
    expect(uid("a")).not.toBe(uid("b"));
    expect(uid("a")).toMatch(/^2\.25\.\d{1,39}$/);
  });

  test("private attributes are gone at every depth", () => {
    const bytes = writeDicom([
      ...elements({ Modality: "CT" }),
      { tag: 0x00091010, vr: "LO", value: new TextEncoder().encode("secret") },
      {
        tag: 0x00081115,
        vr: "SQ",
        value: [[{ tag: 0x00111010, vr: "LO", value: new TextEncoder().encode("secret") }]],
      },
    ]);
    expect(Buffer.from(deidentify(parseDicom(bytes)).bytes).toString("latin1")).not.toContain("secret");
  });
});

describe("burned-in annotation", () => {
  const codes = (attributes: object) => clean(attributes).warnings.map(({ code }) => code);
  test("is warned of when stated, and asked about where it is common", () => {
    expect(codes({ BurnedInAnnotation: "YES" })).toEqual(["deidentify/burned-in-annotation"]);
    expect(codes({ Modality: "US" })).toEqual(["deidentify/burned-in-unknown"]);
    expect(codes({ Modality: "US", BurnedInAnnotation: "NO" })).toEqual([]);
    expect(codes({})).toEqual([]);
  });
});

describe("files", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "deidentify-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  test("a new file is written, an existing one never written over", async () => {
    const [from, to] = [join(folder, "a.dcm"), join(folder, "b.dcm")];
    await writeFile(from, sliceBytes(secrets));
    await deidentifyFile(from, to);
    expect(parseDicom(await readFile(to)).dataset.string("PatientName")).toBeUndefined();
    await expect(deidentifyFile(from, to)).rejects.toMatchObject({ code: "file/exists" });
    await expect(deidentifyFile(from, from)).rejects.toMatchObject({ code: "file/exists" });
    expect((await readdir(folder)).sort()).toEqual(["a.dcm", "b.dcm"]);
  });
});

test("another reader reads what is written, from every encoding", async () => {
  for (const name of ["explicit-little", "explicit-big", "implicit-little", "deflated", "jpeg-70", "rle"]) {
    const original = parseDicom(await readFile(new URL(`../fixtures/${name}.dcm`, import.meta.url)));
    const { bytes } = deidentify(original);
    const parsed = dicomParser.parseDicom(bytes);
    expect(parsed.uint16("x00280010")).toBe(96);
    expect(parsed.string("x00080060")).toBe("CT");
    expect(parsed.uint16("x00280011")).toBe(128);
    const pixels = await readFrameBytes(await locateFrames(parseDicom(bytes)), 0);
    if (name.startsWith("explicit-little")) expect(pixels.length).toBe(96 * 128 * 2);
  }
});
