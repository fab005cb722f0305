/** Studies and results made up for the export tests: small, fixed, without any file. */
import { studyOf } from "../src/study/study.ts";
import type { ImagePart, Part, Study, VolumePart } from "../src/study/types.ts";
import { notForClinicalUse, type TaskResult } from "../src/task/result.ts";
import type { TaskName } from "../src/task/tasks.ts";

export const at = new Date("2026-03-02T08:15:30.000Z");

export function study(...parts: readonly Part[]): Study {
  return studyOf(parts);
}

/** A picture without DICOM identifiers. */
export function picture({ width = 63, height = 41, channels = 1 as 1 | 3 | 4, name = "chest.jpg" } = {}): ImagePart {
  const data = new Uint8Array(width * height * channels).map((_, i) => (i * 7) % 251);
  return {
    kind: "image",
    label: name,
    modality: "CR",
    origin: { files: [name], sha256: "ab".repeat(32) },
    warnings: [],
    image: { kind: "image", width, height, channels, data },
  };
}

/** A radiograph from a DICOM file. */
export function radiograph({ patient = "P-1", study: studyUid = "1.2.3.1", instance = "1.2.3.1.1.1" } = {}): ImagePart {
  return {
    ...picture({ name: "IM1" }),
    origin: {
      files: ["IM1"],
      sha256: instance.replaceAll(".", "").padEnd(64, "c"),
      dicom: {
        studyInstanceUID: studyUid,
        seriesInstanceUID: `${studyUid}.1`,
        instances: [{ sopClassUID: "1.2.840.10008.5.1.4.1.1.1", sopInstanceUID: instance }],
        attributes: {
          PatientName: "Müller^Jörg",
          PatientID: patient,
          PatientBirthDate: "19660101",
          PatientSex: "M",
          StudyDate: "20260301",
          StudyTime: "101500",
          AccessionNumber: "A-7",
        },
      },
    },
  };
}

/** A volume of `slices` slices; from DICOM, or from a NIfTI file without identifiers. */
export function series({ slices = 5, dicom = true, unit = "HU" } = {}): VolumePart {
  const shape = [slices, 32, 48] as const;
  const data = new Float32Array(slices * 32 * 48).map((_, i) => ((i * 37) % 2000) - 1000);
  return {
    kind: "volume",
    label: "chest 5 mm",
    modality: "CT",
    warnings: [],
    volume: { kind: "volume", shape, data, unit, affine: [0.7, 0, 0, 0, 0, 0.7, 0, 0, 0, 0, 5, 0, 0, 0, 0, 1] },
    origin: {
      files: dicom ? Array.from({ length: slices }, (_, i) => `CT${i}`) : ["chest.nii.gz"],
      sha256: "de".repeat(32),
      ...(dicom && {
        dicom: {
          studyInstanceUID: "1.2.3.2",
          seriesInstanceUID: "1.2.3.2.1",
          instances: Array.from({ length: slices }, (_, i) => ({
            sopClassUID: "1.2.840.10008.5.1.4.1.1.2",
            sopInstanceUID: `1.2.3.2.1.${i + 1}`,
          })),
          attributes: { PatientName: "Doe^Jane", PatientID: "P-2", PatientBirthDate: "", PatientSex: "F" },
        },
      }),
    },
  };
}

/** A result over all parts; volumes were seen slice by slice. */
export function result(task: TaskName, answer: unknown, of: Study): TaskResult {
  const images = of.parts.flatMap((part, number) => {
    const indices = part.kind === "volume" ? Array.from({ length: part.volume.shape[0] }, (_, z) => z) : [undefined];
    return indices.map((index) => ({
      part: number,
      partLabel: part.label,
      modality: part.modality,
      index,
      width: 224,
      height: 224,
      sha256: "12".repeat(32),
    }));
  });
  const made = {
    schema: "polyclinic.result/1",
    task,
    promptVersion: `${task}-brief@1`,
    prompt: "the prompt",
    answer,
    parse: { status: answer === undefined ? "unparsed" : "parsed", problems: [] },
    text: "what the model wrote",
    model: { name: "nano", hash: "9f".repeat(32), precision: "f32", engine: "onnx" },
    saw: { recipe: "cxr-2d", images, leftOut: [], sources: of.parts.map((part) => part.origin.sha256) },
    sampling: { maxTokens: 64, temperature: 0 },
    finishReason: "stop",
    usage: { promptTokens: 61, completionTokens: 5, cachedTokens: 0 },
    notice: notForClinicalUse,
  };
  // As if it had come from a file: no undefined fields.
  return JSON.parse(JSON.stringify(made)) as TaskResult;
}

export const answers = {
  ask: { kind: "closed", question: "Is there pneumonia?", answer: "yes", choices: ["yes", "no"] },
  report: {
    findings: ["Opacity in the left lower zone.", "No pleural effusion; größe unchanged."],
    impression: "Probable pneumonia.",
    otherSections: { Technique: "Single frontal view." },
  },
  classify: {
    kind: "single",
    labels: ["pneumonia"],
    probabilities: [
      { label: "pneumonia", probability: 0.91, logLikelihood: -0.1 },
      { label: "something rare", probability: 0.09, logLikelihood: -2.4 },
    ],
  },
  locate: {
    object: "lungs",
    boxes: [
      { label: "right lung", box: { x0: 4, y0: 5, x1: 27.5, y1: 31 }, image: 0, part: 0 },
      { label: "left lung", box: { x0: 30, y0: 6, x1: 58, y1: 33 }, image: 0, part: 0 },
    ],
  },
  compare: { finding: "pneumonia", course: "worsened", description: "The opacity has grown." },
  extract: { effusion: true, side: "left", sizes: [12, 8.5], comment: null },
  measured: {
    kind: "free",
    question: "How large is the hippocampus?",
    answer: "anterior hippocampus: 1503 mm3",
    quantities: [{ name: "anterior hippocampus", value: 1503, unit: "mm3" }],
  },
} as const;
