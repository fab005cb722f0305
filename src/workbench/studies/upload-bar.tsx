/** File selection and upload progress. */
import { Icon } from "../controls/icon.tsx";
import { words } from "../words/en.ts";
import { filesOfInput, type NamedFile, stopUpload, uploading } from "./upload.ts";

export function UploadButtons({ onFiles }: { onFiles: (files: readonly NamedFile[]) => void }) {
  const text = words.studies;
  const take = (event: Event) => {
    const input = event.currentTarget as HTMLInputElement;
    onFiles(filesOfInput(input));
    input.value = "";
  };
  return (
    <div class="row">
      <input
        id="add-folder"
        class="hidden-words"
        type="file"
        tabIndex={-1}
        aria-label={text.uploadFolder}
        onChange={take}
        {...{ webkitdirectory: true }}
      />
      <button
        type="button"
        class="button"
        disabled={uploading.value !== undefined}
        onClick={() => document.getElementById("add-folder")?.click()}
      >
        {text.uploadFolder}
      </button>
      <input
        id="add-files"
        class="hidden-words"
        type="file"
        tabIndex={-1}
        multiple
        aria-label={text.upload}
        onChange={take}
      />
      <button
        type="button"
        class="button primary"
        disabled={uploading.value !== undefined}
        title={`${text.upload} (U)`}
        onClick={() => document.getElementById("add-files")?.click()}
      >
        <Icon name="upload" />
        {text.upload}
      </button>
    </div>
  );
}

export function UploadBar() {
  const text = words.studies;
  const state = uploading.value;
  if (state === undefined) return null;
  const share = state.bytes === 0 ? 0 : state.sent / state.bytes;
  return (
    <div class="upload-bar">
      <div class="row">
        <span class="grow cut small">
          {state.stage === "reading" ? text.reading : text.sending(state.name)}
          <span class="faint"> · {text.sendingFiles(state.files)}</span>
        </span>
        <span class="small soft">
          {megabytes(state.sent)} / {megabytes(state.bytes)}
        </span>
        <button type="button" class="button quiet" onClick={stopUpload}>
          {text.stopSending}
        </button>
      </div>
      <div
        class="meter"
        role="progressbar"
        aria-label={text.upload}
        aria-valuenow={Math.round(share * 100)}
        aria-valuemin={0}
        aria-valuemax={100}
      >
        <i style={{ width: `${share * 100}%` }} />
      </div>
    </div>
  );
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
