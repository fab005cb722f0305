import { describe, expect, test } from "vitest";
import { elements, instanceOf, sliceBytes } from "../../../../test/support/dicom.ts";
import { memorySource } from "../../../bytes/index.ts";
import { assembleSeries, cmsEnvelope, parseDicom, readDicomHeader, renderFrame, slicesOf } from "../index.ts";
import { type NewElement, writeDicom } from "../write/write.ts";

/** First bytes of what `openssl cms` 3.0 wrote around a DICOM file: `-encrypt`, with `-stream`, with AES-GCM, `-EncryptedData_encrypt`, `-sign`. */
const envelopes = [
  ["3082647b06092a864886f70d010703a082646c3082646802", "encrypted"],
  ["308006092a864886f70d010703a08030800201023141a23f", "encrypted"],
  ["3082648c060b2a864886f70d0109100117a082647b308264", "encrypted"],
  ["3082643806092a864886f70d010706a08264293082642502", "encrypted"],
  ["308267db06092a864886f70d010702a08267cc308267c802", "signed"],
] as const;

const sealed: NewElement[] = elements({
  EncryptedAttributesSequence: [
    { EncryptedContentTransferSyntaxUID: "1.2.840.10008.1.2.1", EncryptedContent: new Uint8Array(32) },
  ],
});

/** A parsed CT slice's elements with the encrypted attributes beside them. */
function slice(attributes: Parameters<typeof sliceBytes>[0] = {}) {
  const { dataset } = parseDicom(sliceBytes(attributes));
  const kept = [...dataset.elements.values()].map(({ tag, vr, offset, length }) => ({
    tag,
    vr,
    value: dataset.bytes.subarray(offset, offset + length),
  }));
  return writeDicom([...kept, ...sealed]);
}

describe("what is encrypted is named", () => {
  test.each(envelopes)(
    "a file in a CMS envelope (%s...) is one error, whichever way it is opened",
    async (hex, content) => {
      const bytes = Uint8Array.from(Buffer.from(hex.padEnd(2000, "5a"), "hex"));
      expect(cmsEnvelope(bytes)).toBe(content);
      const error = { code: "dicom/encrypted", where: "a.dcm", found: `${content} content` };
      await expect(readDicomHeader(memorySource("a.dcm", bytes))).rejects.toMatchObject(error);
      await expect(readDicomHeader(memorySource("a.dcm", bytes))).rejects.toThrow(/has the key/);
    },
  );

  test("other ASN.1 (a certificate, a key) and short bytes are no envelope", async () => {
    expect(cmsEnvelope(Uint8Array.from(Buffer.from("308202e2308201caa003020102021401", "hex")))).toBeUndefined();
    for (let length = 0; length < 12; length++)
      expect(cmsEnvelope(Uint8Array.from(Buffer.from(envelopes[0][0], "hex")).subarray(0, length))).toBeUndefined();
  });

  test("an image whose pixels are among its encrypted attributes is an error that says what to do", async () => {
    expect(() => instanceOf(slice({ PixelData: undefined }), "a.dcm")).toThrow(
      /^a\.dcm: \(0400,0500\) EncryptedAttributesSequence: .*restore the original file/s,
    );
  });

  test("an image with only its identity encrypted is read, with a warning on its series", async () => {
    const { series } = await assembleSeries([instanceOf(slice(), "a.dcm")]);
    expect(series[0].slices.length).toBe(1);
    expect(series[0].warnings.map(({ code }) => code)).toEqual(["dicom/encrypted-attributes"]);
  });
});

describe("pixels in a form that cannot be read are named", () => {
  const head = { SOPClassUID: "1.2.840.10008.5.1.4.1.1.2", Rows: 2, Columns: 2, BitsAllocated: 8 };

  test.each([
    ["1.2.840.10008.1.2.4.95", /JPIP.*request the complete image from the archive/s],
    ["1.2.840.10008.1.2.4.107", /video.*single frames/s],
    ["1.2.840.10008.1.2.7.2", /video.*single frames/s],
    ["1.2.840.10008.1.2.4.110", /Transcode/],
    ["1.3.46.670589.33.1.4.1", /Transcode/],
  ])("transfer syntax %s", (uid, message) => {
    const file = writeDicom(elements({ ...head, PixelData: new Uint8Array(4) }), uid);
    expect(() => parseDicom(file, { name: "a.dcm" })).toThrow(message);
  });

  test("fragments of no known codec in a file that calls itself uncompressed", async () => {
    const pixels: NewElement = {
      tag: 0x7fe00010,
      vr: "OB",
      value: { fragments: [new Uint8Array(0), new Uint8Array(64)] },
    };
    const file = writeDicom([...elements(head), pixels], "1.2.840.10008.1.2.1");
    const [slice] = slicesOf(instanceOf(file, "a.dcm"));
    await expect(renderFrame(slice)).rejects.toThrow(/compressed with an unknown codec/);
  });

  test("an image without its pixel data is left out for that reason", async () => {
    const { leftOut } = await assembleSeries([instanceOf(sliceBytes({ PixelData: undefined }), "a.dcm")]);
    expect(leftOut).toEqual([
      { file: "a.dcm", reason: "an image without its pixel data: get the complete file from its source" },
    ]);
  });
});
