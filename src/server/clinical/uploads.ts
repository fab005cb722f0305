/**
 * Uploads: files are sent one after another and become studies when the sender completes the upload. An interrupted upload leaves
 * only file contents that no study refers to, which are deleted with the upload.
 */
import { randomUUID } from "node:crypto";
import { PolyclinicError } from "../../base/errors.ts";
import { diskSource, headOf } from "../../bytes/index.ts";
import { defaultLimits } from "../../imaging/types.ts";
import { openArchive } from "../../study/open/archive/archive.ts";
import { headBytes, recognise } from "../../study/open/recognise.ts";
import { readInstance, register } from "../dicomweb/register.ts";
import { HttpError } from "../http-error.ts";
import { named } from "../pixels/dicom-parts.ts";
import type { StoredContent } from "../store/files.ts";
import { removeUnnamed, type Store } from "../store/index.ts";

export interface LeftOut {
  readonly file: string;
  readonly reason: string;
}

interface UploadedFile extends StoredContent {
  /** Path in the sender's folder, with `/` as separator. */
  readonly name: string;
}

interface Upload {
  readonly person: string;
  readonly files: UploadedFile[];
  /** Time of the last received file, ms since 1970. */
  touched: number;
}

/** An upload without activity for this long is discarded. */
const idleLimitMs = 30 * 60_000;

export class Uploads {
  private readonly open = new Map<string, Upload>();

  constructor(
    private readonly store: Store,
    private readonly most: number,
  ) {}

  begin(person: string): string {
    const id = randomUUID();
    this.open.set(id, { person, files: [], touched: Date.now() });
    void this.tidy();
    return id;
  }

  /** @throws HttpError 404 for an upload that is not this person's, `server/too-large`. */
  async add(id: string, person: string, name: string, content: AsyncIterable<Uint8Array>): Promise<StoredContent> {
    const upload = this.of(id, person);
    const stored = await this.store.files.put(content, this.most);
    upload.files.push({ ...stored, name: cleanName(name) });
    upload.touched = Date.now();
    return stored;
  }

  async cancel(id: string, person: string): Promise<void> {
    const { files } = this.of(id, person);
    this.open.delete(id);
    await this.forget(files);
  }

  /** @returns the studies that now contain the files. */
  async finish(id: string, person: string): Promise<{ studies: string[]; leftOut: LeftOut[] }> {
    const upload = this.of(id, person);
    this.open.delete(id);
    const leftOut: LeftOut[] = [];
    const files: UploadedFile[] = [];
    for (const file of upload.files) files.push(...(await this.unpacked(file, leftOut)));
    const studies = new Set<string>();
    const loose: UploadedFile[] = [];
    for (const file of files) {
      const { kind } = recognise(await headOf(diskSource(this.store.files.path(file.sha256)), headBytes));
      if (kind === "dicom") await this.registerDicom(file, studies, leftOut);
      else if (kind === "other" || kind === "empty") {
        leftOut.push({
          file: file.name,
          reason: kind === "empty" ? "the file is empty" : "not a supported file type",
        });
      } else if (kind === "text" && (file.name.includes("/") || !/\.(txt|text|md|markdown)$/i.test(file.name))) {
        // Text files among images are usually licences or notes about the files.
        leftOut.push({
          file: file.name,
          reason: "plain text among other files: to read it, upload the .txt file separately",
        });
      } else if (!/(^|\/)(\.|Thumbs\.db|desktop\.ini|__MACOSX)/i.test(file.name)) loose.push(file);
    }
    // The list shows the latest first: those of a folder then stand in the order of their names.
    loose.sort((a, b) => byName.compare(b.name, a.name));
    for (const group of groupsOf(loose)) studies.add(await this.registerLoose(group));
    await this.forget([...upload.files, ...files]);
    return { studies: [...studies], leftOut };
  }

  private of(id: string, person: string): Upload {
    const upload = this.open.get(id);
    if (upload?.person === person) return upload;
    throw new HttpError(404, "server/upload", "this upload is no longer open", {
      hint: "Add the files again: files of an incomplete upload are not kept.",
    });
  }

  private async unpacked(file: UploadedFile, leftOut: LeftOut[]): Promise<UploadedFile[]> {
    const source = named(diskSource(this.store.files.path(file.sha256)), file.name);
    if (recognise(await headOf(source, headBytes)).kind !== "zip") return [file];
    const files: UploadedFile[] = [];
    try {
      const archive = await openArchive(source, defaultLimits);
      try {
        leftOut.push(...archive.leftOut);
        for (const entry of archive.entries) {
          const bytes = await entry.read(0, entry.size);
          files.push({ ...(await this.store.files.put(bytes, this.most)), name: cleanName(entry.name) });
        }
      } finally {
        archive.close();
      }
    } catch (error) {
      if (!PolyclinicError.is(error)) throw error;
      leftOut.push({ file: file.name, reason: error.message });
    }
    return files;
  }

  private async registerDicom(file: UploadedFile, studies: Set<string>, leftOut: LeftOut[]): Promise<void> {
    try {
      const instance = await readInstance(this.store.files.path(file.sha256));
      if (instance.kind === "directory") {
        leftOut.push({ file: file.name, reason: "a media directory: the files it lists are read instead" });
        return;
      }
      const registered = await this.store.database.transaction((sql) => register(sql, instance, file));
      if (registered.outcome === "conflict")
        leftOut.push({ file: file.name, reason: "has the UID of a stored object with different content" });
      studies.add(registered.study);
    } catch (error) {
      if (!PolyclinicError.is(error)) throw error;
      leftOut.push({ file: file.name, reason: error.message });
    }
  }

  /** Files without a DICOM header name no patient: each group becomes a study of a separate patient. */
  private registerLoose(files: readonly UploadedFile[]): Promise<string> {
    const id = randomUUID();
    return this.store.database.transaction(async (sql) => {
      const patient = randomUUID();
      await sql.query("insert into patient (id, identifier) values ($1, $2)", [patient, `study:${id}`]);
      await sql.query("insert into study (id, patient, label, file_count) values ($1, $2, $3, $4)", [
        id,
        patient,
        files[0].name.split("/").at(-1),
        files.length,
      ]);
      for (const { sha256, name, bytes } of files)
        await sql.query(
          "insert into file (study, sha256, path, bytes) values ($1, $2, $3, $4) on conflict do nothing",
          [id, sha256, name, bytes],
        );
      return id;
    });
  }

  /** Deletes file contents that no row refers to. */
  private async forget(files: readonly UploadedFile[]): Promise<void> {
    for (const sha256 of new Set(files.map((file) => file.sha256))) await removeUnnamed(this.store, sha256);
  }

  private async tidy(): Promise<void> {
    for (const [id, { files, touched }] of this.open) {
      if (Date.now() - touched < idleLimitMs) continue;
      this.open.delete(id);
      await this.forget(files);
    }
  }
}

const byName = new Intl.Collator("en", { numeric: true });

/** Groups files that are read together: an Analyze pair, the tables of an OMOP folder; every other file is a separate study. */
function groupsOf(files: readonly UploadedFile[]): UploadedFile[][] {
  const groups = new Map<string, UploadedFile[]>();
  for (const file of files) {
    const folder = file.name.split("/").slice(0, -1).join("/");
    const key = /\.(hdr|img)(\.gz)?$/i.test(file.name)
      ? file.name.replace(/\.(hdr|img)(\.gz)?$/i, "")
      : /\.csv$/i.test(file.name)
        ? `${folder}/*.csv`
        : file.name;
    groups.set(key, [...(groups.get(key) ?? []), file]);
  }
  return [...groups.values()];
}

function cleanName(name: string): string {
  const parts = name
    .split(/[/\\]/)
    .filter((part) => part !== "" && part !== "." && part !== "..")
    // Control characters must not occur in printed names.
    .map((part) => part.replace(/\p{Cc}/gu, ""));
  return parts.join("/").slice(-400) || "file";
}
