import { readdirSync, readFileSync } from "node:fs";
import { deflateRawSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { elements, sliceBytes } from "../../../../test/support/dicom.ts";
import { memorySource } from "../../../bytes/index.ts";
import { isDicom, parseDicom, readDicomHeader } from "../index.ts";
import { writeDicom } from "../write/write.ts";

const fixture = (name: string) => new Uint8Array(readFileSync(new URL(`../fixtures/pydicom/${name}`, import.meta.url)));
const code = (run: () => unknown) => {
  try {
    run();
    return "no error";
  } catch (error) {
    return (error as { code?: string }).code;
  }
};

describe("the beginning of a file", () => {
  const whole = sliceBytes();

  test("with and without preamble the data set is the same", () => {
    const bare = whole.subarray(132);
    expect(parseDicom(bare).dataset.string("Modality")).toBe("CT");
    expect(isDicom(bare)).toBe(true);
    expect(isDicom(whole)).toBe(true);
  });

  test("a data set without file meta information is read as it looks, with a warning", () => {
    const first = parseDicom(whole).dataset.elements.values().next().value!;
    const file = parseDicom(whole.subarray(first.offset - 8));
    expect(file.transferSyntax.uid).toBe("1.2.840.10008.1.2.1");
    expect(file.warnings.map((warning) => warning.code)).toEqual(["dicom/guessed-syntax"]);
    expect(parseDicom(fixture("ExplVR_BigEndNoMeta.dcm")).dataset.string("Modality")).toBe("RTPLAN");
  });

  test("what is no DICOM is named so", () => {
    expect(code(() => parseDicom(new Uint8Array(0)))).toBe("dicom/empty");
    expect(code(() => parseDicom(new Uint8Array(300)))).toBe("dicom/not-dicom");
    expect(code(() => parseDicom(new TextEncoder().encode("%PDF-1.7 and so on, long enough")))).toBe("dicom/not-dicom");
    expect(isDicom(new Uint8Array(200))).toBe(false);
  });

  test("a video transfer syntax is a named error that says what to do", () => {
    const video = writeDicom(elements({ Modality: "US" }), "1.2.840.10008.1.2.4.100");
    expect(() => parseDicom(video, { name: "cine.dcm" })).toThrow(
      /^cine\.dcm: .*1\.2\.840\.10008\.1\.2\.4\.100.*single frames/s,
    );
  });
});

describe("the element stream", () => {
  test("every truncation is an error or a shorter data set, never a value from beyond the end", () => {
    const whole = sliceBytes();
    const pixels = parseDicom(whole).dataset.element("PixelData")!.offset;
    for (let length = 133; length < pixels; length++) {
      try {
        const { dataset } = parseDicom(whole.subarray(0, length));
        for (const element of dataset.elements.values())
          expect(element.offset + element.length).toBeLessThanOrEqual(length);
      } catch (error) {
        expect((error as { code: string }).code).toBe("dicom/truncated");
      }
    }
    expect(() => parseDicom(fixture("rtplan_truncated.dcm"), { name: "plan.dcm" })).toThrow(
      /^plan\.dcm: the file ends inside \(300A,00B0\) BeamSequence/,
    );
  });

  test("a sequence of unknown VR is read by the dictionary", () => {
    const { dataset } = parseDicom(fixture("UN_sequence.dcm"));
    const [sequence] = dataset.elements.values();
    expect(sequence.vr).toBe("SQ");
    expect(sequence.items?.length).toBe(1);
  });

  test("nesting deeper than any real file is refused", () => {
    let inner = elements({ CodeValue: "1" });
    for (let i = 0; i < 100; i++) inner = [{ tag: 0x0040a730, vr: "SQ", value: [inner] }];
    expect(code(() => parseDicom(writeDicom(inner)))).toBe("dicom/nesting");
  });

  test("a deflated data set that unpacks without end is refused", () => {
    const head = writeDicom([], "1.2.840.10008.1.2.1.99");
    const bomb = deflateRawSync(new Uint8Array(64 << 20));
    const file = new Uint8Array(head.length + bomb.length);
    file.set(head);
    file.set(bomb, head.length);
    expect(code(() => parseDicom(file, { limits: { maxRatio: 10 } }))).toBe("dicom/bomb");
  });

  test("an element without VR in an explicit file is read and noted", () => {
    const { dataset, warnings } = parseDicom(fixture("badVR.dcm"));
    expect(dataset.string("Modality")).toBe("RTDOSE");
    expect(warnings.every(({ code }) => code.startsWith("dicom/"))).toBe(true);
  });

  test("only as much of a file is read as its header takes", async () => {
    const pixels = new Uint8Array(3_000_000);
    const bytes = sliceBytes({ Rows: 1000, Columns: 1500, PixelData: pixels });
    let read = 0;
    const source = memorySource("large.dcm", bytes);
    const file = await readDicomHeader({
      ...source,
      read: (offset, length) => {
        read += length;
        return source.read(offset, length);
      },
    });
    expect(file.dataset.number("Columns")).toBe(1500);
    expect(file.dataset.element("PixelData")?.length).toBe(pixels.length);
    expect(read).toBeLessThan(20_000);
  });

  test("a header longer than the first read is read in larger steps", async () => {
    const bytes = sliceBytes({
      ImageComments: "x".repeat(10_000),
      DerivationDescription: "y".repeat(60_000),
    });
    const file = await readDicomHeader(memorySource("long.dcm", bytes));
    expect(file.dataset.string("DerivationDescription")?.length).toBe(60_000);
    expect(file.dataset.number("Rows")).toBe(3);
  });
});

/** The names as the files' documentation (pydicom's charset_files, from the standard's annexes H, I, J, K) has them. */
describe("specific character sets", () => {
  test.each([
    ["charset/chrArab.dcm", "قباني^لنزار"],
    ["charset/chrFren.dcm", "Buc^Jérôme"],
    ["charset/chrFrenMulti.dcm", "Buc^Jérôme"],
    ["charset/chrGerm.dcm", "Äneas^Rüdiger"],
    ["charset/chrGreek.dcm", "Διονυσιος"],
    ["charset/chrH31.dcm", "Yamada^Tarou=山田^太郎=やまだ^たろう"],
    ["charset/chrH32.dcm", "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう"],
    ["charset/chrHbrw.dcm", "שרון^דבורה"],
    ["charset/chrI2.dcm", "Hong^Gildong=洪^吉洞=홍^길동"],
    ["charset/chrKoreanMulti.dcm", "김희중"],
    ["charset/chrRuss.dcm", "Люкceмбypг"],
    ["charset/chrX1.dcm", "Wang^XiaoDong=王^小東="],
    ["charset/chrX2.dcm", "Wang^XiaoDong=王^小东="],
  ])("%s", (name, patient) => {
    expect(parseDicom(fixture(name)).dataset.string("PatientName")).toBe(patient);
  });

  test("an item of a sequence takes its own character set", () => {
    const item = parseDicom(fixture("charset/chrSQEncoding1.dcm")).dataset.sequence(
      "RequestedProcedureCodeSequence",
    )[0];
    expect(item.string("PatientName")).toBe("ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう");
  });

  test("an unknown set is read as Latin-1 with a warning", () => {
    const { dataset, warnings } = parseDicom(sliceBytes({ SpecificCharacterSet: "ISO_IR 999", PatientName: "A^B" }));
    expect(dataset.string("PatientName")).toBe("A^B");
    expect(warnings.map(({ code }) => code)).toContain("dicom/charset");
  });
});

test("no fixture makes the parser do anything but return or throw a named error", () => {
  const names = readdirSync(new URL("../fixtures/pydicom/", import.meta.url), { recursive: true }).map(String);
  for (const name of names.filter((one) => one !== "charset"))
    expect(code(() => parseDicom(fixture(name)))).toMatch(/^(no error|dicom\/[a-z-]+)$/);
});
