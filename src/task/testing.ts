/** Small studies and a scripted model, for the tests of this module. */
import type { Image, Volume } from "../imaging/types.ts";
import type { ModelLimits } from "../model/contract.ts";
import { type Script, ScriptedModel } from "../model/scripted/index.ts";
import { studyOf } from "../study/study.ts";
import type { ImagePart, Part, Study, TextPart, VolumePart } from "../study/types.ts";

const grey = (width: number, height: number): Image => ({
  kind: "image",
  width,
  height,
  channels: 1,
  data: Uint8Array.from({ length: width * height }, (_, i) => i % 251),
});
const base = { origin: { files: ["x"], sha256: "00" }, warnings: [] };
export const film = (width = 40, height = 30, modality = "OT"): ImagePart => ({
  ...base,
  kind: "image",
  label: "film",
  modality,
  image: grey(width, height),
});
export const mri = (slices: number): VolumePart => {
  const shape = [slices, 6, 8] as const;
  const data = Float32Array.from({ length: slices * 48 }, (_, i) => i % 17);
  const volume: Volume = {
    kind: "volume",
    shape,
    data,
    affine: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
    unit: "arbitrary",
  };
  return { ...base, kind: "volume", label: "head", modality: "MR", bodyPart: "HEAD", volume };
};
export const note = (text: string): TextPart => ({ ...base, kind: "text", label: "note", modality: "DOC", text });
export const study = (...parts: Part[]): Study => studyOf(parts);
export const scripted = (script: Script, limits: Partial<ModelLimits> = {}) =>
  new ScriptedModel(script, { limits: { imageSize: 32, ...limits } });
