/**
 * Patient IDs together with who issued them (PS3.3 C.7.1.1, Issuer of Patient ID): two hospitals give the same number to two people. A file without an issuer
 * is compatible with any, since derived objects often leave it out.
 */
export interface PatientId {
  readonly id: string;
  /** Empty if the file does not state it. */
  readonly issuer: string;
}

/** @param attributes by keyword. */
export function patientIdOf(attributes: Readonly<Record<string, unknown>>): PatientId {
  const text = (keyword: string) => String(attributes[keyword] ?? "").trim();
  return { id: text("PatientID"), issuer: text("IssuerOfPatientID") };
}

/** Whether these are certainly of two patients: different IDs, or the same one of two issuers. */
export function differ(a: PatientId, b: PatientId): boolean {
  return a.id !== b.id || (a.issuer !== "" && b.issuer !== "" && a.issuer !== b.issuer);
}

/** The ID, followed by its issuer as in HL7's type CX: `123` or `123^^^Hospital A`. */
export const formatPatientId = ({ id, issuer }: PatientId): string => (issuer === "" ? id : `${id}^^^${issuer}`);

/** One of each patient among these; those without an issuer count as the one that states it, if there is one only. */
export function distinctPatientIds(ids: readonly PatientId[]): PatientId[] {
  const stated: PatientId[] = [];
  // Those that state an issuer first: the others are then recognised.
  for (const one of [...ids].sort((a, b) => Number(a.issuer === "") - Number(b.issuer === "")))
    if (stated.every((known) => differ(known, one))) stated.push(one);
  return stated;
}

/** Whether two Patient Names certainly differ: case, separators and parts that only one of them has do not count. */
export function differentNames(a: string, b: string): boolean {
  const [one, other] = [a, b].map((name) => new Set(name.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []));
  const [fewer, more] = one.size < other.size ? [one, other] : [other, one];
  return [...fewer].some((part) => !more.has(part));
}
