/**
 * Writes samples/ct-phantom.zip: a simulated CT of the chest, 40 slices of 256 x 256 in Hounsfield units, with a nodule of 12 mm in the left lung. No real person.
 * `node tools/samples/make-ct.mjs` after a build.
 */
import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { ZipFile } from "yazl";
import { attributeElements, writeDicom } from "../../dist/imaging/dicom/index.js";

const [side, slices, pixel, apart] = [256, 40, 1.4, 5];

/** Hounsfield units at a point in millimetres: x to the patient's left, y to the back, z to the head; the origin is in the middle of the chest. */
function hounsfield(x, y, z) {
  const inside = (cx, cy, cz, rx, ry, rz) => ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 + ((z - cz) / rz) ** 2;
  const body = (x / 155) ** 2 + (y / 100) ** 2;
  if (body > 1) return -1000;
  if (inside(62, 18, 12, 6, 6, 6) < 1) return 45; // the nodule
  // Ribs are rings that slope forward and down.
  const rib = (((z + 0.35 * y) % 24) + 24) % 24;
  const ring = (x / 122) ** 2 + (y / 84) ** 2;
  if (ring > 0.93 && ring < 1.05 && rib < 8 && !(y < -60 && Math.abs(x) < 40))
    return ring > 0.96 && ring < 1.02 && rib > 2 && rib < 6 ? 250 : 600;
  if (Math.hypot(x, y - 62) < 17) return Math.hypot(x, y - 62) < 13 ? 220 : 550; // vertebral body
  if (Math.hypot(x, y - 84) < 6) return 30; // spinal canal
  if (Math.abs(x) < 8 && Math.abs(y + 82) < 5) return 350; // sternum
  if (Math.hypot(x, y - 8) < 8 && z > 20) return -1000; // trachea
  if (Math.hypot(x - 26, y - 48) < 11) return 180; // descending aorta, with contrast
  if (inside(22, -22, -40, 52, 42, 48) < 1) return inside(26, -18, -44, 30, 26, 30) < 1 ? 200 : 60; // heart
  for (const s of [-1, 1]) {
    const lung = inside(s * 66, 4, 0, 48, 66, 108);
    if (lung < 1 && z > -78 + 30 * (((x - s * 66) / 48) ** 2 + ((y - 4) / 66) ** 2) + (s < 0 ? 8 : 0)) {
      // Vessels: thinner towards the pleura.
      const spoke = Math.atan2(y - 8, x - s * 20) * 9 + z / 14;
      const reach = Math.hypot(x - s * 20, y - 8);
      return Math.abs(Math.sin(spoke)) < (2.4 / (reach + 8)) * (1.2 - reach / 110) && reach < 90
        ? 20
        : -850 + 60 * lung;
    }
  }
  if (z < -50 && inside(-60, 0, -96, 78, 70, 60) < 1) return 110; // liver
  return ring > 1.1 ? -95 : 45; // fat, muscle
}

const zip = new ZipFile();
for (let i = 0; i < slices; i++) {
  const z = (i - slices / 2) * apart;
  const pixels = new Int16Array(side * side);
  for (let row = 0; row < side; row++)
    for (let column = 0; column < side; column++)
      pixels[row * side + column] = Math.round(
        hounsfield((column - side / 2) * pixel, (row - side / 2) * pixel, z) + 1024,
      );
  const file = writeDicom(
    attributeElements({
      SOPClassUID: "1.2.840.10008.5.1.4.1.1.2",
      SOPInstanceUID: `2.25.1704.1.${i + 1}`,
      StudyInstanceUID: "2.25.1704",
      SeriesInstanceUID: "2.25.1704.1",
      PatientID: "PHANTOM",
      PatientName: "Phantom^Chest",
      StudyDate: "20260112",
      StudyDescription: "Simulated chest CT",
      SeriesDescription: "Chest, 5 mm",
      Modality: "CT",
      BodyPartExamined: "CHEST",
      ImageType: ["DERIVED", "PRIMARY", "AXIAL"],
      InstanceNumber: i + 1,
      ImageOrientationPatient: [1, 0, 0, 0, 1, 0],
      ImagePositionPatient: [(-side / 2) * pixel, (-side / 2) * pixel, z],
      PixelSpacing: [pixel, pixel],
      SliceThickness: apart,
      RescaleSlope: 1,
      RescaleIntercept: -1024,
      WindowCenter: 40,
      WindowWidth: 400,
      Rows: side,
      Columns: side,
      SamplesPerPixel: 1,
      PhotometricInterpretation: "MONOCHROME2",
      BitsAllocated: 16,
      BitsStored: 16,
      HighBit: 15,
      PixelRepresentation: 1,
      PixelData: new Uint8Array(pixels.buffer),
    }),
  );
  // A fixed time: the archive is the same bytes each time.
  zip.addBuffer(Buffer.from(file), `ct-phantom/${String(i + 1).padStart(2, "0")}.dcm`, {
    mtime: new Date(2026, 0, 12),
    mode: 0o100644,
  });
}
zip.end();
await pipeline(zip.outputStream, createWriteStream("samples/ct-phantom.zip"));
