/**
 * Coded terms for model answers. Only terms whose code was looked up are listed: those of DICOM PS3.16 (context groups 4, 218, 244,
 * 645, 6102, 7461, 7462) with their SNOMED CT codes, and SNOMED CT 233604007 for pneumonia. A label without an entry stays text; codes are never guessed.
 */

/** `[code value, coding scheme designator as in DICOM, meaning]`. */
export type Code = readonly [
  value: string,
  scheme: "DCM" | "SCT" | "UCUM" | "UMLS" | "RFC5646" | "LN",
  meaning: string,
];

const findingTerms: Readonly<Record<string, Code>> = {
  pneumonia: ["233604007", "SCT", "Pneumonia"],
  "pleural effusion": ["60046008", "SCT", "Pleural effusion"],
  effusion: ["60046008", "SCT", "Pleural effusion"],
  pneumothorax: ["36118008", "SCT", "Pneumothorax"],
  "pulmonary edema": ["19242006", "SCT", "Pulmonary edema"],
  nodule: ["27925004", "SCT", "Nodule"],
  mass: ["4147007", "SCT", "Mass"],
  normal: ["17621005", "SCT", "Normal"],
};

const siteTerms: Readonly<Record<string, Code>> = {
  lung: ["39607008", "SCT", "Lung"],
  heart: ["80891009", "SCT", "Heart"],
  liver: ["10200004", "SCT", "Liver"],
  kidney: ["64033007", "SCT", "Kidney"],
  brain: ["12738006", "SCT", "Brain"],
  aorta: ["15825003", "SCT", "Aorta"],
};

const sides: Readonly<Record<string, Code>> = {
  right: ["24028007", "SCT", "Right"],
  left: ["7771000", "SCT", "Left"],
};

const unitTerms: Readonly<Record<string, { readonly unit: Code; readonly property: Code }>> = {
  mm: { unit: ["mm", "UCUM", "mm"], property: ["410668003", "SCT", "Length"] },
  mm2: { unit: ["mm2", "UCUM", "square millimeter"], property: ["42798000", "SCT", "Area"] },
  mm3: { unit: ["mm3", "UCUM", "cubic millimeter"], property: ["118565006", "SCT", "Volume"] },
};

const own = <T>(table: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined;

export function findingTerm(label: string): Code | undefined {
  return own(findingTerms, label.trim().toLowerCase());
}

/** Splits `right lung` into organ and side; undefined when the organ is unknown. */
export function siteTerm(label: string): { readonly site: Code; readonly side?: Code } | undefined {
  const words = label.trim().toLowerCase().split(/\s+/);
  const side = own(sides, words[0]);
  const site = own(siteTerms, (side === undefined ? words : words.slice(1)).join(" "));
  return site && { site, side };
}

/** The unit of a measurement and the property it measures, for lengths, areas and volumes in millimetres. */
export function unitTerm(unit: string): { readonly unit: Code; readonly property: Code } | undefined {
  return own(unitTerms, unit.trim().replace("²", "2").replace("³", "3").replace("^", ""));
}
