/** Compares an image's header with the kinds that a model was trained on. */
import type { PictureKind } from "../../model/scope/scope.ts";
import { agesOf, formatAge } from "../../study/age.ts";
import type { Part } from "../../study/types.ts";
import { otherBodyPart, otherView } from "./described.ts";
import type { Reason } from "./reason.ts";

/**
 * The kinds compatible with a part's header; if there are none, the reason for the best-matching kind. A file without a header is
 * never refused here; its pixels decide.
 */
export function kindsByHeader(part: Part, kinds: readonly PictureKind[]): PictureKind[] | Reason {
  const faults = kinds.map((kind) => ({ kind, ...faultOf(part, kind) }));
  const fitting = faults.filter(({ reason }) => reason === undefined).map(({ kind }) => kind);
  if (fitting.length > 0) return fitting;
  return faults.reduce((a, b) => (b.passed > a.passed ? b : a)).reason!;
}

/** The origin of a part's modality: its header, the option, or for a NIfTI file a guess. */
function statesModality({ label, modality, origin, warnings }: Part): string {
  if (origin.dicom !== undefined) return `The header of "${label}" states modality ${modality}`;
  if (warnings.some(({ code }) => code === "study/modality-guessed"))
    return `"${label}" was assumed to be ${modality} from its values (its format does not state a modality)`;
  return `The option --modality states that "${label}" is ${modality}`;
}

/** The first check that fails for a kind, and the number of checks passed before it. */
function faultOf(part: Part, kind: PictureKind): { reason?: Reason; passed: number } {
  const trainedOn = `trained on ${kind.name}`;
  const checks: readonly (() => Reason | undefined)[] = [
    () =>
      kind.parts.includes(part.kind)
        ? undefined
        : { code: "part", message: `"${part.label}" is a ${part.kind}, and the model was ${trainedOn}.` },
    () =>
      part.modality === "OT" || kind.modalities.includes("*") || kind.modalities.includes(part.modality)
        ? undefined
        : {
            code: "modality",
            message: `${statesModality(part)}, and the model was ${trainedOn}.`,
          },
    () => {
      if (kind.bodyParts === undefined) return undefined;
      const found = part.bodyPart?.trim().toUpperCase() ?? "";
      if (found === "") {
        const description = otherBodyPart(part, kind.bodyParts);
        return description === undefined
          ? undefined
          : {
              code: "body-part",
              message: `The header of "${part.label}" describes it as "${description}", and the model was ${trainedOn}.`,
            };
      }
      return kind.bodyParts.includes(found)
        ? undefined
        : {
            code: "body-part",
            message: `The header of "${part.label}" states body part ${found}, and the model was ${trainedOn}.`,
          };
    },
    () => {
      const species = String(part.origin.dicom?.attributes.PatientSpeciesDescription ?? "").trim();
      return species === "" || /^(?:homo sapiens|human)\b/i.test(species)
        ? undefined
        : {
            code: "species",
            message: `The header of "${part.label}" states that the patient's species is ${species}, and the model was ${trainedOn}.`,
          };
    },
    () =>
      /^yes$/i.test(String(part.origin.dicom?.attributes.QualityControlImage ?? "").trim())
        ? {
            code: "quality-control",
            message: `The header of "${part.label}" says that it is an image for quality control (of a phantom or a machine), and the model was ${trainedOn}.`,
          }
        : undefined,
    () => {
      const view = String(part.origin.dicom?.attributes.ViewPosition ?? "")
        .trim()
        .toUpperCase();
      if (kind.views === undefined) return undefined;
      const frontal = kind.views.every((known) => known === "PA" || known === "AP");
      const known = kind.views.includes(view);
      const described = frontal && (known || view === "") && otherView(part, known);
      // The directions in which rows and columns run (PS3.3 C.7.6.1.1.1): along a front or back one the image is seen from the side.
      const along = [part.origin.dicom?.attributes.PatientOrientation ?? []].flat().map(String);
      const aside = frontal && along.find((direction) => /^[AP]/i.test(direction));
      if ((known || view === "") && !described && !aside) return undefined;
      const problem = described
        ? `describes it as "${described}"${known ? `, against its view ${view}` : ""}`
        : aside && (known || view === "")
          ? `says that its rows or columns run to ${aside} (PatientOrientation ${along.join("\\")}): a view from the side`
          : `states view ${view}`;
      return { code: "view", message: `The header of "${part.label}" ${problem}, and the model was ${trainedOn}.` };
    },
    () => {
      const { from = 0, to = 150 } = kind.age ?? {};
      const outside = agesOf(part).find(({ years }) => years < from || years > to);
      return outside === undefined
        ? undefined
        : {
            code: "age",
            message: `The header of "${part.label}" states an age of ${formatAge(part, outside.years)}${outside.from === "PatientAge" ? "" : ` (computed from ${outside.from})`}, and the model was ${trainedOn}.`,
          };
    },
    () => {
      if (part.kind !== "text" || kind.mentions === undefined) return undefined;
      const text = part.text.toLowerCase();
      return kind.mentions.some((words) => text.includes(words.toLowerCase()))
        ? undefined
        : {
            code: "text",
            message: `"${part.label}" does not mention ${kind.mentions.map((words) => `"${words}"`).join(" or ")}, and the model was ${trainedOn}.`,
          };
    },
    () => {
      if (part.kind !== "image" || kind.minimumSide === undefined) return undefined;
      const { width, height } = part.image;
      return Math.min(width, height) >= kind.minimumSide
        ? undefined
        : {
            code: "size",
            message: `"${part.label}" is ${width} x ${height} pixels: too small for ${kind.name} (at least ${kind.minimumSide} on the shorter side).`,
          };
    },
  ];
  for (const [passed, check] of checks.entries()) {
    const reason = check();
    if (reason !== undefined) return { reason, passed };
  }
  return { passed: checks.length };
}
