/**
 * Body part and view according to the descriptions of a study and a series, for files whose own attributes are empty.
 */
import type { Part } from "../../study/types.ts";
import { wordsOf } from "../wording/normalise.ts";

/**
 * DICOM body part -> words for it in the languages of `wording/lexicon`, without accents. Words with another meaning in
 * one of these languages are excluded.
 */
const words: Readonly<Record<string, string>> = {
  CHEST: "chest thorax thoracic thoracique torax toracica torace brustkorb poitrine pecho torso cxr",
  LUNG: "lung lungs lunge lungen poumon poumons pulmon pulmones polmone polmoni pulmao pulmoes pulmonary pulmonaire pulmonar polmonare",
  RIB: "rib ribs rippe rippen costilla costillas costela costelas",
  HEAD: "head kopf tete cabeza testa cabeca skull schadel crane craneo cranio",
  BRAIN: "brain gehirn hirn cerveau cerebro cervello",
  ABDOMEN: "abdomen abdominal bauch addome",
  PELVIS: "pelvis becken bassin bacino pelvico",
  HIP: "hip hips hufte hanche cadera anca quadril",
  KNEE: "knee knees knie genou genoux rodilla ginocchio joelho",
  ANKLE: "ankle sprunggelenk cheville tobillo caviglia tornozelo",
  FOOT: "foot feet fuss pied pieds piede",
  HAND: "hand hands hande mano",
  WRIST: "wrist handgelenk poignet muneca polso punho",
  ELBOW: "elbow ellenbogen coude codo gomito cotovelo",
  SHOULDER: "shoulder schulter epaule hombro spalla ombro",
  LEG: "leg femur tibia unterschenkel oberschenkel jambe pierna gamba",
  ARM: "humerus forearm unterarm oberarm avantbraccio antebrazo",
  SPINE: "spine wirbelsaule rachis columna lspine cspine",
  BREAST: "breast mamma mammo mammography mammographie mamografia mammografia",
  JAW: "mandible kiefer mandibule mandibula teeth tooth zahn dental",
  EYE: "eye eyes auge augen oeil ojo occhio olho fundus",
};

/** @returns the description, if it names body parts and none of them is accepted; otherwise undefined. */
export function otherBodyPart(part: Part, accepted: readonly string[]): string | undefined {
  const attributes = part.origin.dicom?.attributes ?? {};
  const descriptions = [attributes.StudyDescription, attributes.SeriesDescription].map((text) =>
    String(text ?? "").trim(),
  );
  const given = new Set(descriptions.flatMap(wordsOf));
  const named = Object.keys(words).filter((code) => words[code].split(" ").some((word) => given.has(word)));
  if (named.length === 0 || named.some((code) => accepted.includes(code))) return undefined;
  return descriptions.filter(Boolean).join(", ");
}

const frontal = new Set("ap pa frontal frontale dv vd anteroposterior posteroanterior dorsoventral face".split(" "));
const notFrontal = new Set(
  "lat lateral laterale lateralis laterally seitlich seitliche seitlicher profil profile perfil ll rl lld rld decubitus oblique obliquus schrag schragaufnahme obliqua oblicua".split(
    " ",
  ),
);

/**
 * @returns the description, if it names a view that is not frontal and none that is. A study's description names the views of all its series, so that
 * a series with a description of its own is judged by that. @param seriesOnly where the view itself is given, and only the series' own words can contradict it.
 */
export function otherView(part: Part, seriesOnly = false): string | undefined {
  const attributes = part.origin.dicom?.attributes ?? {};
  const described = [attributes.SeriesDescription, seriesOnly ? "" : attributes.StudyDescription].map((text) =>
    String(text ?? "").trim(),
  );
  for (const text of described) {
    const given = wordsOf(text);
    if (given.some((word) => frontal.has(word))) return undefined;
    if (given.some((word) => notFrontal.has(word))) return text;
  }
  return undefined;
}
