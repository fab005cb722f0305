/**
 * A result as a DICOM structured report: SOP class Comprehensive SR, template TID 1500 "Measurement Report" (PS3.16).
 *
 * TID 1500 is taken for every task, reports included, because it is the one template that viewers and archives read which has a place
 * for all of an answer: boxes (TID 1410, closed polylines), labels with a certainty (TID 1501), and sentences, which stand as text items
 * under "Qualitative Evaluations". The narrative template TID 2000 has no room for regions or for the algorithm that wrote it.
 *
 * Unverified content is marked: VerificationFlag UNVERIFIED, PreliminaryFlag PRELIMINARY, a device as the observer, and the notice.
 */
import type { Study } from "../../study/types.ts";
import type { TaskResult } from "../../task/result.ts";
import { derivedUid, sha256 } from "../identifier.ts";
import { product } from "../product.ts";
import { statementsOf } from "../statements.ts";
import { type DicomFile, dicomInstant, encodeDicom, shortText } from "./file.ts";
import { reportTree } from "./report-tree.ts";
import { collectSources, evidence } from "./sources.ts";

const comprehensiveSr = "1.2.840.10008.5.1.4.1.1.88.33";

export interface StructuredReport {
  readonly report: DicomFile;
  /**
   * Secondary captures of source images that had no DICOM identifiers (a JPEG, a NIfTI volume); empty for DICOM sources. The report
   * refers to them, so they have to be stored with it.
   */
  readonly captures: readonly DicomFile[];
}

/**
 * @param at the time of the report; the same result and time give the same bytes, UIDs included.
 * @throws `export/no-images`, `export/patients-differ`
 */
export async function toDicomSr(result: TaskResult, study: Study, { at }: { at: Date }): Promise<StructuredReport> {
  const sources = collectSources(result, study, at);
  const statements = statementsOf(result);
  const content = sha256(JSON.stringify(result));
  const { date, time, offset } = dicomInstant(at);
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
    SeriesDescription: shortText(`AI ${result.task}, unverified, not for clinical use`),
    ReferencedPerformedProcedureStepSequence: [],
    Manufacturer: product.name,
    ManufacturerModelName: shortText(result.model.name),
    DeviceSerialNumber: result.model.hash ?? "unknown",
    SoftwareVersions: product.version,
    InstanceNumber: 1,
    ContentDate: date,
    ContentTime: time,
    CompletionFlag: result.parse.status === "parsed" ? "COMPLETE" : "PARTIAL",
    VerificationFlag: "UNVERIFIED",
    PreliminaryFlag: "PRELIMINARY",
    PerformedProcedureCodeSequence: [],
    ...evidence(sources),
    ...reportTree(result, study, sources, statements, content),
  });
  return { report, captures: await Promise.all(sources.captures.map((capture) => capture.encode())) };
}
