/** STOW-RS (PS3.18 10.5): each part is stored or rejected individually, as listed in the response. */
import { PolyclinicError } from "../../base/errors.ts";
import { HttpError } from "../http-error.ts";
import { groupedWrite } from "../store/grouped.ts";
import { removeUnnamed, type Store } from "../store/index.ts";
import type { JsonDataSet } from "./json-model.ts";
import { boundaryOf, readParts } from "./multipart.ts";
import { type Registered, readInstance, register } from "./register.ts";

export interface StowResult {
  readonly status: 200 | 202 | 409;
  readonly body: JsonDataSet;
  readonly stored: readonly Registered[];
  /** Studies, by UID, that a file was refused for because it names another patient. */
  readonly otherPatients: readonly string[];
}

/** Failure reasons of PS3.18 table 10.5.3 and PS3.4. */
const reasons = { processing: 0x0110, duplicate: 0x0111, mismatch: 0xa900, cannotUnderstand: 0xc000 } as const;

interface Failed {
  readonly classUid: string;
  readonly instanceUid: string;
  readonly reason: number;
  /** The study that the file would join although it names another patient. */
  readonly otherPatient?: string;
}

/**
 * @param studyUid from `/studies/{uid}`: instances of other studies are then rejected.
 * @param maxBytes maximum size of a part, bytes.
 * @param address returns the URL of a stored study, such as `/dicom-web/studies/1.2.3`.
 */
export async function stow(
  store: Store,
  {
    contentType,
    body,
    studyUid,
    maxBytes,
    address,
  }: {
    contentType: string | undefined;
    body: AsyncIterable<Uint8Array>;
    studyUid?: string;
    maxBytes: number;
    address: (uid: string) => string;
  },
): Promise<StowResult> {
  const boundary = boundaryOf(contentType);
  const storing: Promise<Registered | Failed>[] = [];
  try {
    for await (const part of readParts(body, boundary)) {
      const type = part.headers.get("content-type") ?? "application/dicom";
      if (!/^application\/dicom\b/i.test(type)) {
        storing.push(Promise.resolve({ classUid: "", instanceUid: "", reason: reasons.cannotUnderstand }));
        continue;
      }
      // While one part is flushed to disk and registered, the next is read.
      await new Promise<void>((read) => {
        const one = storePart(store, withEndNotice(part.body, read), studyUid, maxBytes);
        storing.push(one);
        one.then(
          () => read(),
          () => read(),
        );
      });
      await storing.at(-maxConcurrent);
    }
  } finally {
    // Also where the body breaks off: parts that came whole are stored.
    await Promise.allSettled(storing);
  }
  const outcomes = await Promise.all(storing);
  const stored = outcomes.filter((one): one is Registered => !("reason" in one));
  const failed = outcomes.filter((one): one is Failed => "reason" in one);
  if (outcomes.length === 0)
    throw new HttpError(400, "server/multipart", "has no parts", {
      where: "body",
      expected: "DICOM files between boundaries",
    });
  return {
    status: failed.length === 0 ? 200 : stored.length > 0 ? 202 : 409,
    body: responseOf(stored, failed, address),
    stored,
    otherPatients: [...new Set(failed.flatMap(({ otherPatient }) => otherPatient ?? []))],
  };
}

/** Parts that are stored at the same time; each waits mostly for the disk. */
const maxConcurrent = 8;

/** Passes a body on, and tells when it was read or given up. */
async function* withEndNotice(body: AsyncIterable<Uint8Array>, read: () => void): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } finally {
    read();
  }
}

async function storePart(
  store: Store,
  body: AsyncIterable<Uint8Array>,
  studyUid: string | undefined,
  maxBytes: number,
): Promise<Registered | Failed> {
  const stored = await store.files.put(body, maxBytes);
  let uids = { classUid: "", instanceUid: "" };
  try {
    const instance = await readInstance(store.files.path(stored.sha256));
    const { dataset } = instance.file;
    uids = { classUid: dataset.string("SOPClassUID") ?? "", instanceUid: dataset.string("SOPInstanceUID") ?? "" };
    const study = dataset.string("StudyInstanceUID");
    const usable = [uids.classUid, uids.instanceUid, study, dataset.string("SeriesInstanceUID")].every((uid) =>
      /^[0-9.]{1,64}$/.test(uid ?? ""),
    );
    if (!usable || (studyUid !== undefined && study !== studyUid)) {
      await removeUnnamed(store, stored.sha256);
      return { ...uids, reason: usable ? reasons.mismatch : reasons.cannotUnderstand };
    }
    const registered = await groupedWrite(store.database, (sql) => register(sql, instance, stored));
    if (registered.outcome === "conflict") {
      await removeUnnamed(store, stored.sha256);
      return { ...uids, reason: reasons.duplicate };
    }
    return registered;
  } catch (error) {
    await removeUnnamed(store, stored.sha256);
    if (!PolyclinicError.is(error)) throw error;
    const otherPatient = error.code === "study/other-patient";
    return {
      ...uids,
      ...(otherPatient && error.where !== undefined && { otherPatient: error.where }),
      reason: otherPatient
        ? reasons.mismatch
        : error.code.startsWith("dicom/")
          ? reasons.cannotUnderstand
          : reasons.processing,
    };
  }
}

function responseOf(
  stored: readonly Registered[],
  failed: readonly Failed[],
  address: (uid: string) => string,
): JsonDataSet {
  const ui = (value: string) => ({ vr: "UI", Value: [value] });
  const studies = [...new Set(stored.map(({ studyUid }) => studyUid))];
  return {
    ...(studies.length === 1 && { "00081190": { vr: "UR", Value: [address(studies[0])] } }),
    ...(stored.length > 0 && {
      "00081199": {
        vr: "SQ",
        Value: stored.map(({ classUid, instanceUid, studyUid, seriesUid }) => ({
          "00081150": ui(classUid),
          "00081155": ui(instanceUid),
          "00081190": { vr: "UR", Value: [`${address(studyUid)}/series/${seriesUid}/instances/${instanceUid}`] },
        })),
      },
    }),
    ...(failed.length > 0 && {
      "00081198": {
        vr: "SQ",
        Value: failed.map(({ classUid, instanceUid, reason }) => ({
          ...(classUid !== "" && { "00081150": ui(classUid) }),
          ...(instanceUid !== "" && { "00081155": ui(instanceUid) }),
          "00081197": { vr: "US", Value: [reason] },
        })),
      },
    }),
  };
}
