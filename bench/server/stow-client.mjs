/** Sends a series by STOW from a process of its own: `node stow-client.mjs URL AUTHORIZATION COUNT`; prints the seconds as JSON. */
import { randomUUID } from "node:crypto";
import { attributeElements } from "../../dist/imaging/dicom/write/attributes.js";
import { writeDicom } from "../../dist/imaging/dicom/write/write.js";

const [url, authorization, text] = process.argv.slice(2);
const count = Number(text);
const pixels = new Uint8Array(512 * 512 * 2).map((_, i) => (i * 31) & 255);
const slice = (n) =>
  writeDicom(
    attributeElements({
      SOPClassUID: "1.2.840.10008.5.1.4.1.1.2",
      SOPInstanceUID: `2.25.79${String(n).padStart(4, "0")}`,
      StudyInstanceUID: "2.25.77",
      SeriesInstanceUID: "2.25.78",
      PatientID: "BENCH",
      Modality: "CT",
      InstanceNumber: n + 1,
      ImageOrientationPatient: [1, 0, 0, 0, 1, 0],
      ImagePositionPatient: [0, 0, n],
      PixelSpacing: [1, 1],
      Rows: 512,
      Columns: 512,
      SamplesPerPixel: 1,
      PhotometricInterpretation: "MONOCHROME2",
      BitsAllocated: 16,
      BitsStored: 16,
      HighBit: 15,
      PixelRepresentation: 1,
      PixelData: pixels,
    }),
  );
// Made before the clock starts.
const slices = Array.from({ length: count }, (_, n) => slice(n));
const boundary = randomUUID();

async function* body() {
  for (const one of slices) {
    yield Buffer.from(`--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`);
    yield one;
    yield Buffer.from("\r\n");
  }
  yield Buffer.from(`--${boundary}--\r\n`);
}

const began = performance.now();
const response = await fetch(`${url}/dicom-web/studies`, {
  method: "POST",
  duplex: "half",
  headers: { authorization, "content-type": `multipart/related; type="application/dicom"; boundary=${boundary}` },
  // @ts-expect-error: Node takes any asynchronous iterable; the DOM's types do not.
  body: body(),
});
const stored = (await response.json())["00081199"]?.Value.length;
if (response.status !== 200 || stored !== count) throw new Error(`stored ${stored} of ${count}: ${response.status}`);
console.log(JSON.stringify({ seconds: (performance.now() - began) / 1000 }));
