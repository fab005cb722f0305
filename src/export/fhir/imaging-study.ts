/** The images a result is based on, as ImagingStudy resources that name the same instances as the DICOM export. */
import type { ImagingStudy, Patient, Reference } from "@medplum/fhirtypes";
import type { Study } from "../../study/types.ts";
import type { Sources } from "../dicom/sources.ts";
import { derivedUuid } from "../identifier.ts";

const dicomModality = "http://dicom.nema.org/resources/ontology/DCM";

export function imagingStudies(sources: Sources, study: Study, subject: Reference<Patient>): ImagingStudy[] {
  const uids = [...new Set(sources.series.map(({ studyInstanceUID }) => studyInstanceUID))];
  return uids.map((uid): ImagingStudy => {
    const series = sources.series.filter(({ studyInstanceUID }) => studyInstanceUID === uid);
    const modalities = [...new Set(series.map(({ part }) => study.parts[part].modality))];
    const started = series
      .map(({ part }) => study.parts[part].acquiredAt)
      .map(dateTime)
      .find((time) => time !== undefined);
    return {
      resourceType: "ImagingStudy",
      id: derivedUuid("imaging-study", uid),
      identifier: [{ system: "urn:dicom:uid", value: `urn:oid:${uid}` }],
      status: "available",
      modality: modalities.map((code) => ({ system: dicomModality, code })),
      subject,
      ...(started !== undefined && { started }),
      numberOfSeries: series.length,
      numberOfInstances: series.reduce((n, { instances }) => n + unique(instances).length, 0),
      series: series.map(({ part, seriesInstanceUID, instances }) => ({
        uid: seriesInstanceUID,
        modality: { system: dicomModality, code: study.parts[part].modality },
        description: study.parts[part].label,
        numberOfInstances: unique(instances).length,
        instance: unique(instances).map(({ sopInstanceUID, sopClassUID }) => ({
          uid: sopInstanceUID,
          sopClass: { system: "urn:ietf:rfc:3986", code: `urn:oid:${sopClassUID}` },
        })),
      })),
    };
  });
}

/** Frames of one instance count once. */
function unique<T extends { readonly sopInstanceUID: string }>(instances: readonly T[]): T[] {
  return [...new Map(instances.map((instance) => [instance.sopInstanceUID, instance])).values()];
}

/** FHIR's dateTime requires a time zone with a time; without one only the date is kept. */
function dateTime(value: string | undefined): string | undefined {
  if (value !== undefined && /T.*(Z|[+-]\d\d:\d\d)$/.test(value)) return value;
  return value?.match(/^\d{4}(-\d\d(-\d\d)?)?/)?.[0];
}
