/** Simulated cine runs with a known event: a dim disc moves in speckle, and is bright for a while. */
import { Random } from "../../base/random.ts";
import { attributeElements } from "../../imaging/dicom/write/attributes.ts";
import { writeDicom } from "../../imaging/dicom/write/write.ts";

export interface CineOptions {
  frames: number;
  framesPerSecond: number;
  /** The interval in which the disc is bright, seconds; absent if it never is. */
  event?: { readonly from: number; readonly to: number };
  /** Pixels. */
  side?: number;
  seed: number;
}

/** Brightness of the disc without and with the event. */
export const discLevels = [90, 210] as const;

/**
 * @returns a multi-frame ultrasound object (8-bit grey), and its frames `[frames, side, side]`. Reproducible from its
 * seed.
 */
export function simulateCine({ frames, framesPerSecond, event, side = 48, seed }: CineOptions): {
  dicom: Uint8Array;
  pixels: Uint8Array;
} {
  const random = new Random(seed);
  const pixels = new Uint8Array(frames * side * side);
  const phase = random.next() * 2 * Math.PI;
  for (let f = 0; f < frames; f++) {
    const frame = pixels.subarray(f * side * side, (f + 1) * side * side);
    drawFrame(frame, { time: f / framesPerSecond, event, side, phase }, random);
  }
  const uid = (suffix: number) => `2.25.1920261128${String(seed).padStart(10, "0")}${suffix}`;
  const dicom = writeDicom(
    attributeElements({
      SOPClassUID: "1.2.840.10008.5.1.4.1.1.3.1",
      SOPInstanceUID: uid(1),
      StudyInstanceUID: uid(2),
      SeriesInstanceUID: uid(3),
      StudyDate: "20260101",
      StudyTime: "120000",
      Modality: "US",
      Manufacturer: "Polyclinic, simulated",
      SeriesDescription: "Simulated cine",
      PatientName: "Simulated^Cine",
      PatientID: "SIMULATED-CINE",
      PatientBirthDate: "",
      PatientSex: "",
      ReferringPhysicianName: "",
      AccessionNumber: "",
      StudyID: "1",
      ImageType: ["ORIGINAL", "PRIMARY"],
      SeriesNumber: 1,
      InstanceNumber: 1,
      SamplesPerPixel: 1,
      PhotometricInterpretation: "MONOCHROME2",
      NumberOfFrames: frames,
      FrameIncrementPointer: "00181063",
      FrameTime: (1000 / framesPerSecond).toFixed(4),
      Rows: side,
      Columns: side,
      BitsAllocated: 8,
      BitsStored: 8,
      HighBit: 7,
      PixelRepresentation: 0,
      PixelData: pixels,
    }),
  );
  return { dicom, pixels };
}

/** One frame, `[side, side]`: the disc has moved on along its circle, and is bright during the event. */
export function drawFrame(
  pixels: Uint8Array,
  { time, event, side, phase }: { time: number; side: number; phase: number; event?: CineOptions["event"] },
  random: Random,
): void {
  const bright = event !== undefined && time >= event.from && time < event.to;
  const angle = phase + time;
  const [cx, cy, radius] = [side / 2 + (side / 4) * Math.cos(angle), side / 2 + (side / 4) * Math.sin(angle), side / 7];
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      const inside = (x - cx) ** 2 + (y - cy) ** 2 < radius ** 2;
      // Speckle has few levels, so that the sample compresses well.
      const speckle = 8 * random.below(4);
      pixels[y * side + x] = (inside ? discLevels[Number(bright)] : 16) + speckle;
    }
}
