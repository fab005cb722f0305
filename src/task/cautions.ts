/** Reasons to trust an answer less than usual; they are part of the result and of every export. */
import { ageProblem } from "../study/age.ts";
import type { Part } from "../study/types.ts";
import type { Layout } from "./layout.ts";
import { otherName, pairOf } from "./scope/pair.ts";

export function cautionsOf(layout: Layout): string[] {
  return [
    unlikePair(layout),
    samePair(layout),
    renamedPair(layout),
    loosePictures(layout),
    oneOfSeveral(layout),
    ...ages(layout),
    ...transparentOrBlank(layout),
    ...mixed(layout),
  ].filter((caution) => caution !== undefined);
}

const shownParts = ({ items, study }: Layout) =>
  [...new Set(items.map(({ part }) => part))].flatMap((part) => study.parts[part] ?? []);

/** An unreadable age counts as unknown; an age that contradicts the dates makes the header doubtful. */
function ages(layout: Layout): string[] {
  return shownParts(layout).flatMap((part) => {
    const problem = ageProblem(part);
    return problem === undefined ? [] : [`header of "${part.label}": ${problem}.`];
  });
}

/** For images with transparency, which viewers composite differently, and for volumes without content. */
function transparentOrBlank(layout: Layout): string[] {
  return shownParts(layout).flatMap(({ label, warnings }) =>
    warnings
      .filter(({ code }) => code === "photo/transparent" || code === "volume/blank")
      .map(({ message }) => `"${label}": ${message}.`),
  );
}

const mixing: readonly string[] = ["volume/odd-slices", "series/mixed-body-part", "series/mixed-sizes"];

/** For volumes with a slice that does not belong there: the model sees it with the others. */
function mixed(layout: Layout): string[] {
  const found = shownParts(layout).flatMap(({ label, warnings }) =>
    warnings
      .filter(({ code }) => mixing.includes(code))
      .map(({ message, where }) => `"${label}"${where === undefined ? "" : ` (${where})`}: ${message}.`),
  );
  return found.length === 0 ? [] : [...found, "the model may have taken what does not belong there for a finding."];
}

function renamedPair(layout: Layout): string | undefined {
  const pair = pairOf(layout);
  return pair === undefined || !otherName(pair)
    ? undefined
    : "the headers of the prior and the current study have different patient names: make sure that both belong to the same person.";
}

/** More than one image is shown although no image was named. */
function loosePictures({ study, images }: Layout): string | undefined {
  const shown = new Set(images.map(({ part }) => part).filter((part) => study.parts[part]?.kind === "image"));
  if (shown.size < 2) return undefined;
  return study.warnings.find(({ code }) => code === "study/loose-pictures")?.message;
}

/** Only one of several images was used, as in `locate`: the caution says which. */
function oneOfSeveral({ study, images }: Layout): string | undefined {
  const pictures = study.parts.filter(({ kind }) => kind === "image");
  const shown = new Set(images.map(({ part }) => part));
  const [only] = shown;
  if (pictures.length < 2 || shown.size !== 1 || study.parts[only]?.kind !== "image") return undefined;
  return `of ${pictures.length} images the model saw only "${study.parts[only].label}".`;
}

/** The same file as prior and current. */
function samePair({ subject, images, study }: Layout): string | undefined {
  if (subject !== "pair") return undefined;
  const [prior, current] = [...new Set(images.map(({ part }) => part))].map((part) => study.parts[part]);
  if (prior === undefined || current === undefined || prior.origin.sha256 !== current.origin.sha256) return undefined;
  return "the prior and the current study are the same file: there is no change to assess.";
}

const radiographs: readonly string[] = ["CR", "DX"];

/** Prior and current images of different modalities, according to their headers. */
function unlikePair({ subject, images, study }: Layout): string | undefined {
  if (subject !== "pair") return undefined;
  const shown = [...new Set(images.map(({ part }) => part))].map((part) => study.parts[part]);
  const [prior, current] = shown;
  if (prior === undefined || current === undefined || ofOneKind(prior, current)) return undefined;
  return `the prior and the current study are of different kinds (${named(prior)}, ${named(current)}): that alone can look like a change.`;
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
