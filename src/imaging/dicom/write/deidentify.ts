/**
 * De-identification by the Basic Application Level Confidentiality Profile (PS3.15 annex E), driven by its table. A new file is
 * written; the original is not modified. Burned-in text in pixels is not removed, which is a warning.
 */

import { PolyclinicError } from "../../../base/errors.ts";
import { writeWhole } from "../../../base/files.ts";
import { readFile } from "../../../base/host/files.ts";
import { createHash, randomBytes } from "../../../base/host/hash.ts";
import { fromLatin1 } from "../../../base/host/octets.ts";
import type { Warning } from "../../types.ts";
import type { DataSet, Element } from "../parse/data-set.ts";
import { lookupTag, tagName, tagOf } from "../parse/dictionary.ts";
import { type DicomFile, parseDicom } from "../parse/parse.ts";
import { explicitLittleEndian } from "../parse/transfer-syntax.ts";
import { objectKindOf } from "../series/object-kind.ts";
import { profileText } from "./deidentify-table.ts";
import { copyElement, type NewElement, textElement, writeDicom } from "./write.ts";

type Action = "X" | "Z" | "D" | "U";

let profile: Map<number, Action> | undefined;

/** The profile's action for an attribute; undefined keeps it. */
export function profileAction(tag: number): Action | undefined {
  profile ??= new Map(
    profileText.split("|").map((entry) => [Number.parseInt(entry.slice(0, 8), 16), entry.slice(8) as Action]),
  );
  const group = tag >>> 16;
  const isPrivate = group % 2 === 1;
  const isCurveOrOverlay = (group & 0xff00) === 0x5000 || (group & 0xff00) === 0x6000;
  if (isPrivate || isCurveOrOverlay) return "X";
  // The content of an attribute that is not in the dictionary is unknown.
  if (lookupTag(tag) === undefined) return "X";
  return profile.get(tag);
}

export interface Deidentified {
  /** The whole file, in explicit VR little endian or its original compressed syntax. */
  readonly bytes: Uint8Array;
  readonly warnings: readonly Warning[];
  /** Every attribute that was removed, emptied, given a dummy value or a new UID, at any depth: `(0010,0010) PatientName`. */
  readonly changed: readonly string[];
}

export interface DeidentifyOptions {
  /**
   * New UIDs are derived from the old ones and this secret: files de-identified with the same secret keep their references, and without
   * it the old UID cannot be recovered. Random if absent, which is suitable for single files only.
   */
  readonly secret?: string;
}

/** De-identifies a parsed file. @throws PolyclinicError `dicom/truncated` if it is incomplete. */
export function deidentify(
  file: DicomFile,
  { secret = randomBytes(16).toString("hex") }: DeidentifyOptions = {},
): Deidentified {
  const changed = new Set<string>();
  const elements = applyProfile(file.dataset, secret, changed).filter(
    ({ tag }) => !statements.some((statement) => statement.tag === tag),
  );
  const compressed = elements.some(({ value }) => typeof value === "object" && "fragments" in value);
  const bytes = writeDicom([...elements, ...statements], compressed ? file.transferSyntax.uid : explicitLittleEndian);
  return { bytes, warnings: pixelWarnings(file), changed: [...changed] };
}

/**
 * De-identifies a file into a new one. Never replaces an existing file (`file/exists`), and leaves nothing behind on
 * failure.
 */
export async function deidentifyFile(from: string, to: string, options: DeidentifyOptions = {}): Promise<Deidentified> {
  const content = await readFile(from).catch((cause) => {
    throw new PolyclinicError("file/read", "cannot be read", {
      where: from,
      hint: "Check that the file exists.",
      cause,
    });
  });
  const result = deidentify(parseDicom(content, { name: from }), options);
  await writeWhole(to, result.bytes);
  return result;
}

/** The statements that the profile requires in the result (PS3.15 E.1.1 item 6, PS3.3 C.7.1.1). */
const statements: readonly NewElement[] = [
  textElement("PatientIdentityRemoved", "CS", "YES"),
  textElement("DeidentificationMethod", "LO", "DICOM PS3.15 Basic Application Confidentiality Profile"),
  {
    tag: tagOf("DeidentificationMethodCodeSequence"),
    vr: "SQ",
    value: [
      [
        textElement("CodeValue", "SH", "113100"),
        textElement("CodingSchemeDesignator", "SH", "DCM"),
        textElement("CodeMeaning", "LO", "Basic Application Confidentiality Profile"),
      ],
    ],
  },
  textElement("LongitudinalTemporalInformationModified", "CS", "REMOVED"),
];

function applyProfile(dataset: DataSet, secret: string, changed: Set<string>): NewElement[] {
  const retained: NewElement[] = [];
  for (const element of dataset.elements.values()) {
    const { tag, vr } = element;
    // Group lengths become wrong with any change; they are optional.
    if ((tag & 0xffff) === 0) continue;
    const action = profileAction(tag);
    if (action !== undefined) changed.add(tagName(tag));
    if (action === "X") continue;
    if (action === "Z") retained.push({ tag, vr, value: vr === "SQ" ? [] : new Uint8Array(0) });
    else if (vr === "SQ")
      retained.push({ tag, vr, value: (element.items ?? []).map((item) => applyProfile(item, secret, changed)) });
    else if (action === "U") retained.push({ ...newUids(dataset, element, secret), tag });
    else if (action === "D") retained.push({ tag, vr, value: dummyValue(vr) });
    else retained.push(copyElement(dataset, element));
  }
  return retained;
}

function newUids(dataset: DataSet, { tag }: Element, secret: string): NewElement {
  const values = dataset.strings(tag).map((uid) => (uid === "" ? "" : newUid(uid, secret)));
  const keyword = lookupTag(tag)!.keyword;
  return textElement(keyword, "UI", ...values);
}

/** A UID of the UUID root (PS3.5 B.2) that depends on the old one and the secret alone. */
export function newUid(uid: string, secret: string): string {
  const digest = createHash("sha256").update(`${secret}\0${uid}`).digest("hex").slice(0, 32);
  return `2.25.${BigInt(`0x${digest}`)}`;
}

const dummies: Readonly<Record<string, string>> = {
  PN: "ANONYMIZED",
  DA: "19000101",
  TM: "000000",
  DT: "19000101000000",
  AS: "000Y",
  DS: "0",
  IS: "0",
  UI: "2.25.0",
};

/** A dummy value of the VR. */
function dummyValue(vr: string): Uint8Array {
  if (/^(AT|F[LD]|O[BDFLVW]|S[LSV]|U[LSVN])$/.test(vr)) return new Uint8Array(8);
  return fromLatin1(dummies[vr] ?? "ANONYMIZED");
}

/** Objects whose pixels often hold names. */
const oftenAnnotated = new Set(["US", "XA", "RF", "SC", "OT", "ES", "XC", "OP", "GM", "SM"]);

function pixelWarnings(file: DicomFile): Warning[] {
  const { dataset, name } = file;
  const stated = dataset.string("BurnedInAnnotation");
  const modality = dataset.string("Modality") ?? "";
  const kind = objectKindOf(file);
  if (stated === "YES")
    return [
      {
        code: "deidentify/burned-in-annotation",
        message:
          "the pixels contain burned-in annotation (0028,0301): names may be readable in the image, and are not removed",
        where: name,
      },
    ];
  if (kind === "document")
    return [
      {
        code: "deidentify/document",
        message: "the encapsulated document was removed: its text cannot be de-identified",
        where: name,
      },
    ];
  if (stated !== "NO" && (oftenAnnotated.has(modality) || kind === "secondary-capture"))
    return [
      {
        code: "deidentify/burned-in-unknown",
        message: `the file does not state whether ${modality || "its"} pixels contain burned-in annotation: look at the image before you pass it on`,
        where: name,
      },
    ];
  return [];
}
