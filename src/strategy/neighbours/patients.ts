/** The patient whom a file names. */
import { openStudy } from "../../study/index.ts";

/** Every identifier that a DICOM file states for its patient (Patient ID, Other Patient IDs); none for other files. */
export async function patientsOf(path: string): Promise<string[]> {
  const study = await openStudy(path);
  try {
    const ids = study.parts.flatMap(({ origin }) => {
      const { PatientID = "", OtherPatientIDs = [] } = origin.dicom?.attributes ?? {};
      return [PatientID, OtherPatientIDs].flat().map((id) => String(id).trim());
    });
    return [...new Set(ids)].filter((id) => id !== "");
  } finally {
    await study.close();
  }
}
