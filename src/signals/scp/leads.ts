/**
 * Names of the lead numbers of SCP-ECG (EN 1064, section 3) that electrocardiographs write; other leads keep their
 * number.
 */
const names: Readonly<Record<number, string>> = {
  1: "I",
  2: "II",
  3: "V1",
  4: "V2",
  5: "V3",
  6: "V4",
  7: "V5",
  8: "V6",
  9: "V7",
  10: "V2R",
  11: "V3R",
  12: "V4R",
  13: "V5R",
  14: "V6R",
  15: "V7R",
  16: "X",
  17: "Y",
  18: "Z",
  61: "III",
  62: "aVR",
  63: "aVL",
  64: "aVF",
  65: "-aVR",
  66: "V8",
  67: "V9",
};

export const scpLead = (id: number): string => names[id] ?? `SCP lead ${id}`;
