/** The only screen: an introduction, an area to drop files, and then their images beside the conversation. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { HelpSheet } from "../../workbench/app/help.tsx";
import { useActions } from "../../workbench/app/keys.ts";
import { switchTheme, theme } from "../../workbench/app/theme.ts";
import { Callout } from "../../workbench/controls/callout.tsx";
import { Icon } from "../../workbench/controls/icon.tsx";
import { Mark } from "../../workbench/controls/mark.tsx";
import { Toasts } from "../../workbench/controls/toasts.tsx";
import { Viewer } from "../../workbench/viewer/viewer.tsx";
import { words as shared } from "../../workbench/words/en.ts";
import { Ask } from "./ask.tsx";
import { openFailure, opening, polyclinic, read, reader, readFailure, reading, study } from "./state.ts";
import { words } from "./words.ts";

export function App() {
  const over = useSignal(false);
  const help = useSignal(false);
  useActions({
    title: shared.help.always,
    actions: [
      {
        keys: ["?"],
        label: shared.help.open,
        run: () => {
          help.value = true;
        },
      },
      { keys: ["Alt+t"], label: shared.theme.toLight, run: switchTheme, whileTyping: true },
    ],
  });
  useEffect(() => {
    const drag = (event: DragEvent) => {
      event.preventDefault();
      over.value = event.type === "dragover";
      if (event.type === "drop") void filesOf(event.dataTransfer).then(read);
    };
    for (const kind of ["dragover", "dragleave", "drop"] as const) addEventListener(kind, drag);
    return () => {
      for (const kind of ["dragover", "dragleave", "drop"] as const) removeEventListener(kind, drag);
    };
  }, []);
  return (
    <div class="shell">
      <TopBar
        onHelp={() => {
          help.value = true;
        }}
      />
      <main id="main" class={study.value === undefined ? "start" : "study"} data-study={study.value?.info.id}>
        {study.value === undefined ? <Start /> : <Study />}
      </main>
      {over.value && polyclinic.value && <div class="drop-over">{words.drop.here}</div>}
      {help.value && (
        <HelpSheet
          onClose={() => {
            help.value = false;
          }}
        />
      )}
      <Toasts />
    </div>
  );
}

function TopBar({ onHelp }: { onHelp: () => void }) {
  const toLight = theme.value === "dark";
  const model = polyclinic.value?.model;
  return (
    <header class="top-bar">
      <h1 class="brand">
        <Mark />
        {words.product} <span class="faint">{words.place}</span>
      </h1>
      <span class="chip good" title={words.privateLong}>
        <Icon name="lock" /> {words.private}
      </span>
      <span class="grow" />
      {model && (
        <span class="chip" title={model.fallback ?? model.hash}>
          {model.name} · {words.engine(model.threads, model.device)}
        </span>
      )}
      <span class="notice" title={shared.noticeLong}>
        {shared.notice}
      </span>
      {study.value && <Choose label={words.drop.other} />}
      {study.value && (
        <button
          type="button"
          class="button quiet icon"
          aria-label={shared.help.open}
          title={`${shared.help.open} (?)`}
          onClick={onHelp}
        >
          <Icon name="keyboard" />
        </button>
      )}
      <button
        type="button"
        class="button quiet icon"
        aria-label={toLight ? shared.theme.toLight : shared.theme.toDark}
        onClick={switchTheme}
      >
        <Icon name={toLight ? "sun" : "moon"} />
      </button>
    </header>
  );
}

function Start() {
  const text = words.drop;
  const ready = polyclinic.value !== undefined;
  return (
    <div class="drop-zone">
      <Icon name="upload" />
      <h2>{text.title}</h2>
      <p class="soft">{text.lead}</p>
      {ready && <Choose label={text.choose} primary />}
      {reading.value !== undefined && <Reading />}
      {readFailure.value !== undefined && (
        <Callout kind="danger" title={text.failed}>
          {readFailure.value}
        </Callout>
      )}
      {opening.value !== undefined && <Opening />}
      {openFailure.value !== undefined && (
        <Callout kind="danger" title={words.opening.failed}>
          <p>{openFailure.value}</p>
          <button type="button" class="button" onClick={() => location.reload()}>
            {words.opening.again}
          </button>
        </Callout>
      )}
    </div>
  );
}

function Opening() {
  const { stage, share } = opening.value!;
  const text = words.opening;
  return (
    <div class="opening" role="status">
      <p class="row small soft">
        <span class="spinner" /> {text.stages[stage] ?? text.title}
      </p>
      <progress class="hidden-words" max={1} value={share ?? 0} />
      <svg class="meter" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
        <rect width={100 * (share ?? 0)} height="1" />
      </svg>
      <p class="tiny faint">{text.once}</p>
    </div>
  );
}

const Reading = () => (
  <p class="row small soft" role="status">
    <span class="spinner" /> {words.drop.reading} {reading.value}
  </p>
);

function Study() {
  const { leftOut, warnings } = study.value!.info;
  return (
    <>
      <Viewer key={study.value!.info.id} reader={reader.value!} />
      <aside class="panel">
        {reading.value !== undefined && <Reading />}
        {readFailure.value !== undefined && (
          <Callout kind="danger" title={words.drop.failed}>
            {readFailure.value}
          </Callout>
        )}
        {warnings.length > 0 && (
          <Callout kind="caution" title={words.study.warnings}>
            <ul>
              {warnings.map((message) => (
                <li key={message}>{message}</li>
              ))}
            </ul>
          </Callout>
        )}
        {leftOut.length > 0 && (
          <details class="small soft">
            <summary>
              {words.study.leftOut} ({leftOut.length})
            </summary>
            <ul class="bullets">
              {leftOut.map(({ file, reason }) => (
                <li key={file}>
                  {file}: {reason}
                </li>
              ))}
            </ul>
          </details>
        )}
        <Ask />
      </aside>
    </>
  );
}

function Choose({ label, primary = false }: { label: string; primary?: boolean }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        id={primary ? "files" : "other-files"}
        class="hidden-words"
        type="file"
        multiple
        tabIndex={-1}
        aria-label={label}
        onChange={(event) => {
          void read([...(event.currentTarget.files ?? [])]);
          event.currentTarget.value = "";
        }}
      />
      <button type="button" class={`button${primary ? " primary" : ""}`} onClick={() => input.current?.click()}>
        <Icon name="upload" /> {label}
      </button>
    </>
  );
}

/** Dropped files, including those inside folders. */
async function filesOf(data: DataTransfer | null): Promise<File[]> {
  const entries = [...(data?.items ?? [])].map((item) => item.webkitGetAsEntry?.() ?? null);
  if (entries.every((entry) => entry === null)) return [...(data?.files ?? [])];
  const files: File[] = [];
  const visit = async (entry: FileSystemEntry): Promise<void> => {
    if (entry.isFile) {
      files.push(await new Promise<File>((done, failed) => (entry as FileSystemFileEntry).file(done, failed)));
      return;
    }
    const reader = (entry as FileSystemDirectoryEntry).createReader();
    for (;;) {
      const some = await new Promise<FileSystemEntry[]>((done, failed) => reader.readEntries(done, failed));
      if (some.length === 0) return;
      for (const one of some) await visit(one);
    }
  };
  for (const entry of entries) if (entry !== null) await visit(entry);
  return files;
}
