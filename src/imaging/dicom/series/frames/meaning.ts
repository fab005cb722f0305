/** The dimension along which the frames of a multi-frame object differ: time, position, viewing angle, or camera. */
import type { DataSet } from "../../parse/data-set.ts";
import { tagOf } from "../../parse/dictionary.ts";

export type FrameMeaning = "time" | "space" | "angles" | "views" | "unstated";

/** For use in a sentence about frames. */
export const meaningNames: Readonly<Record<FrameMeaning, string>> = {
  time: "frames over time",
  space: "frames in space",
  angles: "frames from different angles",
  views: "frames of different detectors or energy windows",
  unstated: "frames whose difference is not stated in the header",
};

/** Multi-frame objects that are volumes by their definition (PS3.6 table A-1). */
const volumes = new Set(
  [
    "2.1",
    "2.2",
    "4.1",
    "4.3",
    "4.4",
    "6.2",
    "13.1.1",
    "13.1.2",
    "13.1.3",
    "77.1.5.4",
    "77.1.5.8",
    "128.1",
    "130",
    "481.2",
  ].map((rest) => `1.2.840.10008.5.1.4.1.1.${rest}`),
);
/** Breast projections: the exposures from which a tomosynthesis is computed. */
const projections = new Set(["13.1.4", "13.1.5"].map((rest) => `1.2.840.10008.5.1.4.1.1.${rest}`));
/** Modalities whose single images are slices. */
const tomographic = new Set(["CT", "MR", "PT", "RTDOSE", "OPT"]);

const timePointers = new Set(
  ["FrameTime", "FrameTimeVector", "TimeSlotVector", "TimeSliceVector", "PhaseVector"].map(tagOf),
);
const spacePointers = new Set(["SliceVector", "SliceLocationVector", "GridFrameOffsetVector"].map(tagOf));

/** @param places number of distinct positions of the frames. */
export function meaningOf(dataset: DataSet, sopClassUID: string, places: number): FrameMeaning {
  if (places > 1) return "space";
  if (projections.has(sopClassUID)) return "angles";
  const nuclear = nuclearMeaning(dataset);
  if (nuclear !== undefined) return nuclear;
  const pointers = dataset.numbers("FrameIncrementPointer");
  if (pointers.some((tag) => spacePointers.has(tag))) return "space";
  if (volumes.has(sopClassUID)) return "space";
  const timed =
    pointers.some((tag) => timePointers.has(tag)) ||
    ["FrameTime", "FrameTimeVector", "CineRate"].some((k) => dataset.has(k));
  if (timed) return "time";
  return tomographic.has(dataset.string("Modality") ?? "") ? "space" : "unstated";
}

/** The third value of ImageType in nuclear medicine (PS3.3 C.8.4.9.1.1). */
function nuclearMeaning(dataset: DataSet): FrameMeaning | undefined {
  if (dataset.string("Modality") !== "NM") return undefined;
  switch (dataset.strings("ImageType")[2]?.toUpperCase()) {
    case "RECON TOMO":
    case "RECON GATED TOMO":
      return "space";
    case "TOMO":
    case "GATED TOMO":
      return "angles";
    case "STATIC":
    case "WHOLE BODY":
      return "views";
    case "DYNAMIC":
    case "GATED":
      return "time";
    default:
      return undefined;
  }
}
