/** Copies a study from a PACS into the store, in the same way as received files. */
import { PolyclinicError } from "../../base/errors.ts";
import { readInstance, register } from "../dicomweb/register.ts";
import { removeUnnamed, type Store } from "../store/index.ts";
import type { DicomWebClient } from "./dicomweb-client.ts";

export interface Pulled {
  /** The study's identifier in this server. */
  readonly study: string;
  readonly stored: number;
  /** Number of fetched instances that contain images; not reports, presentation states or key object notes. */
  readonly images: number;
  /** Number of files that were already stored, byte for byte. */
  readonly known: number;
  readonly problems: readonly string[];
}

/** Modalities of objects that refer to images instead of containing them. */
const about = new Set(["SR", "PR", "KO", "SEG", "REG", "DOC"]);

/** @throws PolyclinicError `pacs/*`, `pacs/empty` for a study without a readable file. */
export async function pullStudy(
  store: Store,
  client: DicomWebClient,
  studyUid: string,
  { maxBytes, signal }: { readonly maxBytes: number; readonly signal?: AbortSignal },
): Promise<Pulled> {
  let [study, stored, known, images]: [string | undefined, number, number, number] = [undefined, 0, 0, 0];
  const problems: string[] = [];
  for await (const body of client.filesOf(studyUid, signal)) {
    const content = await store.files.put(body, maxBytes);
    try {
      const instance = await readInstance(store.files.path(content.sha256));
      const found = instance.file.dataset.string("StudyInstanceUID");
      if (found !== studyUid)
        throw new PolyclinicError("pacs/other-study", "the PACS sent a file of another study", {
          where: studyUid,
          found: found ?? "no study UID",
        });
      const registered = await store.database.transaction((sql) => register(sql, instance, content));
      study = registered.study;
      if (registered.outcome === "stored") {
        stored++;
        if (!about.has(instance.modality ?? "")) images++;
      } else if (registered.outcome === "duplicate") known++;
      else
        throw new PolyclinicError("pacs/conflict", "has the UID of a stored file with different content", {
          where: registered.instanceUid,
        });
    } catch (error) {
      await removeUnnamed(store, content.sha256);
      if (!PolyclinicError.is(error)) throw error;
      problems.push(error.message);
    }
  }
  if (study === undefined)
    throw new PolyclinicError("pacs/empty", "the PACS returned no readable file of this study", {
      where: studyUid,
      ...(problems.length > 0 && { found: problems[0] }),
    });
  return { study, stored, images, known, problems };
}
