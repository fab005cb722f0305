/** Attributes that can distinguish slices at the same position, per frame. */
import type { DataSet } from "../../parse/data-set.ts";
import { tagOf } from "../../parse/dictionary.ts";
import { bValueOf, directionOf } from "./diffusion.ts";

/** Name of each trait in labels. */
export const traitNames = {
  echo: "echo",
  bValue: "b-value",
  stack: "stack",
  temporal: "time point",
  echoTime: "echo time",
  direction: "gradient direction",
  imageType: "image type",
  component: "component",
  acquisition: "acquisition",
  agent: "contrast",
  trigger: "trigger time",
  cardiacPhase: "cardiac phase",
  gate: "time slot",
  energyWindow: "energy window",
  detector: "detector",
  referenceTime: "reference time",
  inversionTime: "inversion time",
  flipAngle: "flip angle",
  repetitionTime: "repetition time",
  sequence: "sequence",
  kernel: "kernel",
  energy: "tube voltage",
  station: "station at",
  acquiredAt: "acquired at",
  contentAt: "content time",
  dimension: "dimension index",
} as const;

export type Trait = keyof typeof traitNames;

/** A missing trait is an empty string. */
export type Traits = Readonly<Record<Trait, string>>;

/** Traits that always separate volumes. */
export const always: readonly Trait[] = ["echo", "bValue", "stack"];

/** Traits that separate only if slices would otherwise have the same position, the most likely ones first. */
export const whenStacked: readonly Trait[] = (Object.keys(traitNames) as Trait[]).filter(
  (trait) => !always.includes(trait),
);

/** Returns the item of a functional group that applies to a frame, or the data set. */
export type Group = (keyword: string) => DataSet;

function textOf(from: DataSet, ...keywords: string[]): string {
  for (const keyword of keywords) {
    const value = from.strings(keyword).join("\\");
    if (value !== "") return value;
  }
  return "";
}

/** @param station in-plane position of the slice; see `stationOf`. */
export function traitsOf(dataset: DataSet, frame: number, group: Group, station: string): Traits {
  const content = group("FrameContentSequence");
  const echo = group("MREchoSequence");
  const timing = group("MRTimingAndRelatedParametersSequence");
  const cardiac = group("CardiacSynchronizationSequence");
  const frameType = group("MRImageFrameTypeSequence");
  const exposure = group("CTXRayDetailsSequence");
  const vector = (keyword: string) => {
    const values = dataset.numbers(keyword);
    return values[frame] === undefined ? "" : String(values[frame]);
  };
  return {
    imageType: textOf(frameType, "FrameType", "ImageType"),
    component: textOf(frameType, "ComplexImageComponent"),
    echo: textOf(echo, "EffectiveEchoTime") || textOf(dataset, "EchoNumbers", "EchoTime"),
    echoTime: textOf(dataset, "EchoTime"),
    bValue: bValueOf(group("MRDiffusionSequence"), dataset),
    direction: directionOf(group("MRDiffusionSequence"), dataset),
    temporal: textOf(content, "TemporalPositionIndex", "TemporalPositionIdentifier") || vector("TimeSliceVector"),
    acquisition: textOf(content, "FrameAcquisitionNumber", "AcquisitionNumber"),
    trigger: textOf(dataset, "TriggerTime"),
    cardiacPhase: textOf(cardiac, "NominalCardiacTriggerDelayTime", "CardiacCyclePosition"),
    gate: [vector("RRIntervalVector"), vector("TimeSlotVector")].filter(Boolean).join("\\"),
    energyWindow: vector("EnergyWindowVector"),
    detector: vector("DetectorVector"),
    referenceTime: textOf(dataset, "FrameReferenceTime"),
    inversionTime: textOf(dataset, "InversionTime") || textOf(group("MRModifierSequence"), "InversionTimes"),
    flipAngle: textOf(timing, "FlipAngle"),
    repetitionTime: textOf(timing, "RepetitionTime"),
    sequence: textOf(dataset, "SequenceName"),
    kernel: textOf(group("CTReconstructionSequence"), "ConvolutionKernel"),
    energy: textOf(exposure, "KVP"),
    stack: textOf(content, "StackID"),
    station,
    acquiredAt: textOf(content, "FrameAcquisitionDateTime", "AcquisitionDateTime", "AcquisitionTime"),
    contentAt: textOf(dataset, "ContentTime"),
    dimension: dimensionOf(dataset, content),
    agent: textOf(dataset, "ContrastBolusAgent"),
  };
}

const places = new Set(["InStackPositionNumber", "ImagePositionPatient", "StackID", "ImagePositionVolume"].map(tagOf));

/** The dimension indices of a frame (PS3.3 C.7.6.17) except those that count positions. */
function dimensionOf(dataset: DataSet, content: DataSet): string {
  const values = content.numbers("DimensionIndexValues");
  if (values.length === 0) return "";
  const pointers = dataset.sequence("DimensionIndexSequence").map((item) => item.number("DimensionIndexPointer"));
  return values.filter((_, i) => !places.has(pointers[i] ?? -1)).join("\\");
}
