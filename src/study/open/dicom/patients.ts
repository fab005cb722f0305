/** The patients to whom the files of a study belong: choosing one, and refusing a mixture. */
import { PolyclinicError } from "../../../base/errors.ts";
import type { DicomInstance } from "../../../imaging/dicom/index.ts";
import {
  differ,
  differentNames,
  distinctPatientIds,
  formatPatientId,
  type PatientId,
} from "../../../imaging/dicom/patient-id.ts";
import type { OpenStudyOptions } from "../read-part.ts";

/** @throws `study/no-patient` naming the available patients. */
export function ofPatient(
  instances: readonly DicomInstance[],
  { patient }: OpenStudyOptions,
  leftOut: { file: string; reason: string }[],
): readonly DicomInstance[] {
  if (patient === undefined || instances.length === 0) return instances;
  const requestedName = plainName(patient);
  const isAsked = (instance: DicomInstance) =>
    [instance.patientID, formatPatientId(idOf(instance))].includes(patient.trim()) ||
    (requestedName !== "" && plainName(nameOf(instance)) === requestedName);
  const chosen = instances.filter(isAsked);
  const several = distinctPatientIds(chosen.map(idOf)).length > 1;
  if (chosen.length === 0 || several)
    throw new PolyclinicError(
      "study/no-patient",
      several ? "several patients have this name or ID" : "no file belongs to this patient",
      {
        where: "patient",
        expected: patientsOf(several ? chosen : instances),
        found: patient,
        hint: "Choose one by ID (--patient; in code: patient), followed by ^^^ and its issuer where two have the same ID.",
      },
    );
  for (const instance of instances)
    if (!isAsked(instance))
      leftOut.push({ file: instance.source.name, reason: "belongs to another patient than the one chosen" });
  return chosen;
}

const idOf = ({ patientID: id, issuerOfPatientID: issuer }: DicomInstance) => ({ id, issuer });

const nameOf = ({ file }: DicomInstance) => file.dataset.string("PatientName") ?? "";

/** `DOE^JOHN` as `doe john`. */
const plainName = (name: string) =>
  name
    .toLowerCase()
    .split(/[\s^,=]+/)
    .filter(Boolean)
    .join(" ");

const shownPatients = 10;

/** `12 (DOE^JOHN, 3 files), 13 (...)`. */
function patientsOf(instances: readonly DicomInstance[]): string {
  const patients = new Map<string, { id: string; name: string; files: number }>();
  for (const instance of instances) {
    const id = formatPatientId(idOf(instance));
    const key = id || `no ID ${plainName(nameOf(instance))}`;
    const known = patients.get(key);
    if (known === undefined) patients.set(key, { id, name: nameOf(instance), files: 1 });
    else known.files++;
  }
  const descriptions = [...patients.values()].map(
    ({ id, name, files }) =>
      `${id || "no ID"} (${[name, `${files} file${files === 1 ? "" : "s"}`].filter(Boolean).join(", ")})`,
  );
  return descriptions.length <= shownPatients
    ? descriptions.join(", ")
    : `${descriptions.slice(0, shownPatients).join(", ")} and ${descriptions.length - shownPatients} more`;
}

/**
 * A study has one patient: answers about a patient must never be based on images of another.
 *
 * @throws `study/mixed-patients` for files with different Patient IDs, or without any and with different names.
 */
export function refuseMixedPatients(
  instances: readonly DicomInstance[],
  { mixedPatients }: Pick<OpenStudyOptions, "mixedPatients"> = {},
): void {
  if (mixedPatients) return;
  const patients = distinctPatientIds(instances.map(idOf).filter(({ id }) => id !== ""));
  const firstOf = (patient: PatientId) => instances.find((one) => !differ(idOf(one), patient))!.source.name;
  const [a, b] =
    patients.length > 1 ? patients.map(firstOf) : otherNames(instances.filter((one) => idOf(one).id === ""));
  if (b === undefined) return;
  throw new PolyclinicError("study/mixed-patients", "the files belong to several patients", {
    where: b,
    expected: `the patient of ${a}`,
    found: patientsOf(instances),
    hint: "Choose one patient (--patient <id>; in code: patient), or open all files as one study if that is intended (--mixed-patients; in code: mixedPatients).",
  });
}

/** Two files whose names certainly differ, if there are any. */
function otherNames(instances: readonly DicomInstance[]): string[] {
  const other = instances.find((one) => differentNames(nameOf(instances[0]), nameOf(one)));
  return other === undefined ? [] : [instances[0].source.name, other.source.name];
}
