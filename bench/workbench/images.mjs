/** The DICOM files that the benchmark of the workbench sends. */
import { attributeElements, writeDicom } from "../../dist/imaging/dicom/index.js";

/** A simulated CT slice: a body of water with a spine and two lungs, with noise, in realistic values. */
export function ctSlice(z) {
  const side = 512;
  const pixels = new Int16Array(side * side);
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      const [u, v] = [(x - 256) / 200, (y - 256) / 150];
      const body = u * u + v * v < 1;
      const lung = body && Math.abs(Math.abs(u) - 0.45) < 0.3 && Math.abs(v) < 0.5;
      const bone = u * u + (v - 0.7) ** 2 < 0.02;
      pixels[y * side + x] =
        1024 + (bone ? 700 : lung ? -800 : body ? 40 : -1000) + (((x * 31 + y * 17 + z * 13) % 41) - 20);
    }
  return dicom({
    SOPInstanceUID: `2.25.60000${z}`,
    StudyInstanceUID: "2.25.6",
    SeriesInstanceUID: "2.25.61",
    PatientID: "BENCH",
    Modality: "CT",
    StudyDescription: "Synthetic CT",
    ImageType: ["ORIGINAL", "PRIMARY", "AXIAL"],
    InstanceNumber: z + 1,
    ImageOrientationPatient: [1, 0, 0, 0, 1, 0],
    ImagePositionPatient: [-180, -180, z],
    PixelSpacing: [0.7, 0.7],
    SliceThickness: 1,
    WindowCenter: 40,
    WindowWidth: 400,
    ...grey(side, pixels),
    RescaleSlope: 1,
    RescaleIntercept: -1024,
  });
}

/** A radiograph of 16 by 16 pixels. */
export function smallFilm(i) {
  return dicom({
    SOPInstanceUID: `2.25.70000${i}`,
    SOPClassUID: "1.2.840.10008.5.1.4.1.1.1.1",
    StudyInstanceUID: `2.25.71000${i}`,
    SeriesInstanceUID: `2.25.72000${i}`,
    PatientID: `P${i}`,
    Modality: "DX",
    StudyDescription: `Film ${i}`,
    ...grey(
      16,
      Int16Array.from({ length: 256 }, (_, p) => (p * (i + 7)) % 255),
    ),
  });
}

const grey = (side, pixels) => ({
  Rows: side,
  Columns: side,
  SamplesPerPixel: 1,
  PhotometricInterpretation: "MONOCHROME2",
  BitsAllocated: 16,
  BitsStored: 16,
  HighBit: 15,
  PixelRepresentation: 1,
  PixelData: new Uint8Array(pixels.buffer),
});

const dicom = (attributes) =>
  writeDicom(attributeElements({ SOPClassUID: "1.2.840.10008.5.1.4.1.1.2", ...attributes }));
