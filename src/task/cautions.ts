/** Reasons to trust an answer less than usual; they are part of the result and of every export. */
import type { Part } from "../study/types.ts";
import type { Layout } from "./layout.ts";

export function cautionsOf(layout: Layout): string[] {
  return [unlikePair(layout), loosePictures(layout)].filter((caution) => caution !== undefined);
}

/** More than one image is shown although no image was named. */
function loosePictures({ study, images }: Layout): string | undefined {
  const shown = new Set(images.map(({ part }) => part).filter((part) => study.parts[part]?.kind === "image"));
  if (shown.size < 2) return undefined;
  return study.warnings.find(({ code }) => code === "study/loose-pictures")?.message;
}

const radiographs: readonly string[] = ["CR", "DX"];

/** Prior and current images of different modalities, according to their headers. */
function unlikePair({ subject, images, study }: Layout): string | undefined {
  if (subject !== "pair") return undefined;
  const shown = [...new Set(images.map(({ part }) => part))].map((part) => study.parts[part]);
  const [prior, current] = shown;
  if (prior === undefined || current === undefined || ofOneKind(prior, current)) return undefined;
  return `the prior and the current are not of one kind (${named(prior)}, ${named(current)}): that alone can look like a change.`;
}

/** Radiographs are one kind regardless of the detector; a file without a header (`OT`) matches anything of the same form. */
function ofOneKind(a: Part, b: Part): boolean {
  if (a.kind !== b.kind) return false;
  if (a.modality === b.modality || a.modality === "OT" || b.modality === "OT") return true;
  return radiographs.includes(a.modality) && radiographs.includes(b.modality);
}

function named({ kind, modality }: Part): string {
  return modality === "OT" ? kind : `${modality} ${kind}`;
}
