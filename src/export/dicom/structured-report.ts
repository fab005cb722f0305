/**
 * A result as a DICOM structured report: SOP class Comprehensive SR, template TID 1500 "Measurement Report" (PS3.16).
 *
 * TID 1500 is used for every task, including reports, because it is the only widely supported template that can hold
 * all parts of an answer: boxes (TID 1410, closed polylines), labels with a certainty (TID 1501), and sentences as text
 * items under "Qualitative Evaluations". The narrative template TID 2000 has no place for regions or for the algorithm.
 *
 * Unverified content is marked: VerificationFlag UNVERIFIED, PreliminaryFlag PRELIMINARY, a device as the observer, and
 * the notice.
 */
import type { Study } from "../../study/types.ts";
import type { TaskResult } from "../../task/result.ts";
import { derivedUid, sha256 } from "../identifier.ts";
import { product } from "../product.ts";
import type { Reviewed } from "../reviewed.ts";
import { statementsOf } from "../statements.ts";
import { type DicomFile, dicomInstant, encodeDicom, shortText } from "./file.ts";
import { relatedOf } from "./related.ts";
import { personName, reportTree } from "./report-tree.ts";
import { collectSources, evidence } from "./sources.ts";

const comprehensiveSr = "1.2.840.10008.5.1.4.1.1.88.33";

/** A DICOM structured report, and the secondary captures it refers to. */
export interface StructuredReport {
  readonly report: DicomFile;
  /**
   * Secondary captures of source images that had no DICOM identifiers (a JPEG, a NIfTI volume); empty for DICOM sources. The report
   * refers to them, so they have to be stored with it.
   */
  readonly captures: readonly DicomFile[];
}

/**
 * @param at the time of the report; equal results and times give equal bytes and UIDs.
 * @param reviewed the result of a person's review; a signed one is verified (PS3.3 C.17.2) and final, and the person is
 * an observer.
 * @param related presentation states and segmentations made with the report, to which it then refers.
 * @throws `export/no-images`, `export/patients-differ`
 */
export async function toDicomSr(
  result: TaskResult,
  study: Study,
  { at, reviewed, related = [] }: { at: Date; reviewed?: Reviewed; related?: readonly DicomFile[] },
): Promise<StructuredReport> {
  const sources = collectSources(result, study, at, reviewed);
  const statements = reviewed?.statements ?? statementsOf(result);
  const uids = related.map(({ sopInstanceUID }) => sopInstanceUID);
  const content = sha256(
    JSON.stringify(reviewed === undefined && uids.length === 0 ? result : [result, reviewed, ...uids]),
  );
  const relations = relatedOf(related);
  const { date, time, offset } = dicomInstant(at);
  const signed = reviewed?.signed;
  const report = await encodeDicom({
    ...sources.header.dataSet,
    SOPClassUID: comprehensiveSr,
    SOPInstanceUID: derivedUid("report", content, at.toISOString()),
    InstanceCreationDate: date,
    InstanceCreationTime: time,
    TimezoneOffsetFromUTC: offset,
    Modality: "SR",
    SeriesInstanceUID: derivedUid("report-series", content, at.toISOString()),
    SeriesNumber: 990,
    SeriesDate: date,
    SeriesTime: time,
    SeriesDescription: shortText(
      signed === undefined
        ? `AI ${result.task}, unverified, not for clinical use`
        : `${result.task}, signed, research only, not for clinical use`,
    ),
    ReferencedPerformedProcedureStepSequence: [],
    Manufacturer: product.name,
    ManufacturerModelName: shortText(result.model.name),
    DeviceSerialNumber: result.model.hash ?? "unknown",
    SoftwareVersions: product.version,
    InstanceNumber: 1,
    ContentDate: date,
    ContentTime: time,
    CompletionFlag: result.parse.status === "parsed" ? "COMPLETE" : "PARTIAL",
    ...(signed === undefined
      ? { VerificationFlag: "UNVERIFIED", PreliminaryFlag: "PRELIMINARY" }
      : {
          VerificationFlag: "VERIFIED",
          PreliminaryFlag: "FINAL",
          VerifyingObserverSequence: [
            {
              VerifyingObserverName: personName(signed.name),
              VerifyingObserverIdentificationCodeSequence: [],
              VerifyingOrganization: "Research",
              VerificationDateTime: `${dicomInstant(signed.at).date}${dicomInstant(signed.at).time}`,
            },
          ],
        }),
    PerformedProcedureCodeSequence: [],
    ...evidence(sources, relations.series),
    ...reportTree(result, study, sources, statements, content, { ...(reviewed && { reviewed }), related: relations }),
  });
  return { report, captures: await Promise.all(sources.captures.map((capture) => capture.encode())) };
}
