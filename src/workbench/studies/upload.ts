/** Uploads files to the server, with progress over all bytes; an interrupted upload is discarded. */
import { signal } from "@preact/signals";
import { ApiError, call, session } from "../api/client.ts";

export interface UploadState {
  readonly files: number;
  readonly bytes: number;
  readonly sent: number;
  readonly stage: "sending" | "reading";
  readonly name: string;
}

export interface Uploaded {
  readonly studies: readonly string[];
  readonly leftOut: readonly { readonly file: string; readonly reason: string }[];
}

export interface NamedFile {
  /** Including the folders with which it was dropped. */
  readonly path: string;
  readonly file: File;
}

export const uploading = signal<UploadState | undefined>(undefined);
let abort: AbortController | undefined;

export function stopUpload(): void {
  abort?.abort();
}

/** Number of concurrent requests, since studies consist of many small slices. */
const maxConcurrent = 4;

/** @throws ApiError, or the reason of an abort. */
export async function upload(files: readonly NamedFile[]): Promise<Uploaded> {
  const own = new AbortController();
  abort = own;
  const bytes = files.reduce((sum, { file }) => sum + file.size, 0);
  const sentOf = new Array<number>(files.length).fill(0);
  uploading.value = { files: files.length, bytes, sent: 0, stage: "sending", name: files[0].path };
  const { upload: id } = (await call<{ upload: string }>("/api/uploads", { method: "POST" })).data;
  try {
    let next = 0;
    const work = async () => {
      for (let at = next++; at < files.length; at = next++) {
        own.signal.throwIfAborted();
        await send(id, files[at], own.signal, (sent) => {
          sentOf[at] = sent;
          uploading.value = {
            ...uploading.peek()!,
            name: files[at].path,
            sent: Math.min(
              bytes,
              sentOf.reduce((sum, one) => sum + one, 0),
            ),
          };
        });
      }
    };
    await Promise.all(Array.from({ length: Math.min(maxConcurrent, files.length) }, work));
    uploading.value = { ...uploading.peek()!, stage: "reading", sent: bytes };
    return (await call<Uploaded>(`/api/uploads/${id}/finish`, { method: "POST" })).data;
  } catch (error) {
    own.abort();
    call(`/api/uploads/${id}`, { method: "DELETE" }).catch(() => {});
    throw error;
  } finally {
    uploading.value = undefined;
  }
}

/** Uses XMLHttpRequest, because `fetch` does not report upload progress. */
function send(
  id: string,
  { path, file }: NamedFile,
  signal: AbortSignal,
  onProgress: (sent: number) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PUT", `/api/uploads/${id}/file`);
    request.setRequestHeader("x-csrf-token", session.peek()?.csrf ?? "");
    request.setRequestHeader("x-file-name", encodeURIComponent(path));
    request.setRequestHeader("content-type", "application/octet-stream");
    request.upload.onprogress = ({ loaded }) => onProgress(loaded);
    request.onload = () => {
      if (request.status < 300) {
        onProgress(file.size);
        resolve();
        return;
      }
      let message = `The server responded with status ${request.status}.`;
      try {
        message = (JSON.parse(request.responseText) as { error: { message: string } }).error.message;
      } catch {
        // Not JSON: the status is sufficient.
      }
      reject(new ApiError(request.status, "", message));
    };
    request.onerror = () =>
      reject(new ApiError(0, "workbench/connection", "The connection was lost. The upload was discarded."));
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.onabort = () => reject(signal.reason);
    request.send(file);
  });
}

/** All dropped files, including those in folders. */
export async function filesOf(transfer: DataTransfer): Promise<NamedFile[]> {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  const found: NamedFile[] = [];
  const visit = async (entry: FileSystemEntry, path: string): Promise<void> => {
    if (entry.isFile) {
      const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
      found.push({ path: `${path}${file.name}`, file });
      return;
    }
    const reader = (entry as FileSystemDirectoryEntry).createReader();
    // Browsers return at most a hundred entries per call.
    for (;;) {
      const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
      if (some.length === 0) return;
      for (const one of some) await visit(one, `${path}${entry.name}/`);
    }
  };
  for (const entry of entries) await visit(entry, "");
  return found.length > 0 ? found : [...transfer.files].map((file) => ({ path: file.name, file }));
}

export const filesOfInput = (input: HTMLInputElement): NamedFile[] =>
  [...(input.files ?? [])].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
