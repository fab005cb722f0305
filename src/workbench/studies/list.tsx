/** The study list: searched, filtered and paged by the server; files can be dropped anywhere on it. */
import { batch, useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { get } from "../api/client.ts";
import type { StudyRow } from "../api/types.ts";
import { useActions } from "../app/keys.ts";
import { go } from "../app/router.ts";
import { Callout } from "../controls/callout.tsx";
import { Icon } from "../controls/icon.tsx";
import { tell } from "../controls/toasts.tsx";
import { words } from "../words/en.ts";
import { StudyTable } from "./table.tsx";
import { filesOf, type NamedFile, upload, uploading } from "./upload.ts";
import { UploadBar, UploadButtons } from "./upload-bar.tsx";
import "./studies.css";

const pageSize = 50;
const filters = ["all", "unreviewed", "cautions", "signed", "problem"] as const;
const modalities = ["CR", "DX", "CT", "MR", "US", "MG", "SM", "XC", "DOC", "OT"] as const;

interface Listing {
  readonly studies: readonly StudyRow[];
  readonly total: number;
}

export function StudyList() {
  const text = words.studies;
  const search = useSignal("");
  const filter = useSignal<(typeof filters)[number]>("all");
  const modality = useSignal("");
  const offset = useSignal(0);
  const listing = useSignal<Listing | undefined>(undefined);
  const problem = useSignal<string | undefined>(undefined);
  const leftOut = useSignal<readonly { file: string; reason: string }[]>([]);
  const dragging = useSignal(false);
  const chosen = useSignal(0);
  const again = useSignal(0);
  const box = useRef<HTMLInputElement>(null);

  useSignalEffect(() => {
    void again.value;
    const parameters = new URLSearchParams({ offset: String(offset.value), limit: String(pageSize) });
    if (search.value) parameters.set("search", search.value);
    if (filter.value !== "all") parameters.set("show", filter.value);
    if (modality.value) parameters.set("modality", modality.value);
    const abort = new AbortController();
    // Debounces the search while typing.
    const timer = setTimeout(
      () =>
        get<Listing>(`/api/studies?${parameters}`, abort.signal).then(
          (found) =>
            batch(() => {
              listing.value = found;
              problem.value = undefined;
              performance.mark("polyclinic:studies");
            }),
          (error: Error) => {
            if (!abort.signal.aborted) problem.value = error.message;
          },
        ),
      listing.peek() === undefined ? 0 : 120,
    );
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  });

  // Polls while studies are being processed.
  const busy = listing.value?.studies.some(({ state }) => state === "received") ?? false;
  useEffect(() => {
    if (!busy) return;
    const timer = setTimeout(() => again.value++, 1000);
    return () => clearTimeout(timer);
  }, [busy, listing.value]);

  const add = async (files: readonly NamedFile[]) => {
    if (files.length === 0 || uploading.peek() !== undefined) return;
    leftOut.value = [];
    problem.value = undefined;
    try {
      const { studies, leftOut: out } = await upload(files);
      tell(text.sent(studies.length), { failed: studies.length === 0 });
      batch(() => {
        leftOut.value = out;
        offset.value = 0;
        again.value++;
      });
    } catch (error) {
      problem.value = error instanceof DOMException ? text.halfSent : (error as Error).message;
    }
  };

  const studies = listing.value?.studies ?? [];
  const open = (id: string) => go({ screen: "study", study: id, panel: "report" });
  const choose = (by: number) => {
    chosen.value = Math.max(0, Math.min(studies.length - 1, chosen.peek() + by));
    document.querySelectorAll<HTMLElement>(".study-row .study-link")[chosen.peek()]?.focus();
  };
  useActions({
    title: text.title,
    actions: [
      { keys: ["f"], label: text.focusSearch, run: () => box.current?.focus() },
      { keys: ["ArrowDown", "j"], label: text.nextRow, run: () => choose(1) },
      { keys: ["ArrowUp", "k"], label: text.previousRow, run: () => choose(-1) },
      { keys: ["Enter"], label: text.selectRow, run: () => studies[chosen.peek()] && open(studies[chosen.peek()].id) },
      { keys: ["u"], label: text.upload, run: () => document.querySelector<HTMLInputElement>("#add-files")?.click() },
      { keys: ["Escape"], label: text.leaveSearch, run: () => box.current?.blur(), whileTyping: true },
    ],
  });

  const filtered = search.value !== "" || filter.value !== "all" || modality.value !== "";
  const total = listing.value?.total ?? 0;
  const reset = () =>
    batch(() => {
      search.value = "";
      filter.value = "all";
      modality.value = "";
      offset.value = 0;
    });
  return (
    <div
      class={`screen studies${dragging.value ? " dragging" : ""}`}
      onDragEnter={(event) => {
        event.preventDefault();
        dragging.value = true;
      }}
      onDragOver={(event) => event.preventDefault()}
      onDragLeave={(event) => {
        if (event.currentTarget === event.target || event.relatedTarget === null) dragging.value = false;
      }}
      onDrop={async (event) => {
        event.preventDefault();
        dragging.value = false;
        if (event.dataTransfer) await add(await filesOf(event.dataTransfer));
      }}
    >
      <div class="page">
        <div class="page-head">
          <h1 class="grow">{text.title}</h1>
          <UploadButtons onFiles={add} />
        </div>
        <UploadBar />
        {problem.value && (
          <Callout kind="danger" title={text.sendFailed}>
            {problem.value}
          </Callout>
        )}
        {leftOut.value.length > 0 && (
          <Callout kind="caution" title={text.leftOut(leftOut.value.length)}>
            <ul>
              {leftOut.value.slice(0, 6).map(({ file, reason }) => (
                <li key={file}>
                  {file}: {reason}
                </li>
              ))}
            </ul>
          </Callout>
        )}
        {(total > 0 || filtered) && (
          <div class="filters">
            <div class="search">
              <Icon name="search" />
              <input
                ref={box}
                class="field"
                type="search"
                aria-label={text.searchShort}
                placeholder={text.search}
                value={search.value}
                onInput={(event) =>
                  batch(() => {
                    search.value = event.currentTarget.value;
                    offset.value = 0;
                  })
                }
              />
            </div>
            <select
              class="field"
              aria-label={text.filter}
              value={filter.value}
              onChange={(event) =>
                batch(() => {
                  filter.value = event.currentTarget.value as (typeof filters)[number];
                  offset.value = 0;
                })
              }
            >
              {filters.map((name) => (
                <option key={name} value={name}>
                  {text.filters[name]}
                </option>
              ))}
            </select>
            <select
              class="field"
              aria-label={text.modality}
              value={modality.value}
              onChange={(event) =>
                batch(() => {
                  modality.value = event.currentTarget.value;
                  offset.value = 0;
                })
              }
            >
              <option value="">{text.anyModality}</option>
              {modalities.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </div>
        )}
        {listing.value === undefined && !problem.value ? (
          <StudyTable studies={[]} skeleton onOpen={open} />
        ) : total > 0 ? (
          <>
            <StudyTable studies={studies} onOpen={open} />
            <footer class="pages">
              <span class="soft small">
                {text.count(offset.value + 1, Math.min(total, offset.value + pageSize), total)}
              </span>
              <button
                type="button"
                class="button icon"
                aria-label={text.previous}
                disabled={offset.value === 0}
                onClick={() => {
                  offset.value = Math.max(0, offset.peek() - pageSize);
                }}
              >
                <Icon name="back" />
              </button>
              <button
                type="button"
                class="button icon"
                aria-label={text.next}
                disabled={offset.value + pageSize >= total}
                onClick={() => {
                  offset.value += pageSize;
                }}
              >
                <Icon name="next" />
              </button>
            </footer>
          </>
        ) : filtered ? (
          <div class="empty">
            <h2>{text.nothing.title}</h2>
            <p class="soft">{text.nothing.lead}</p>
            <button type="button" class="button" onClick={reset}>
              {text.nothing.all}
            </button>
          </div>
        ) : (
          !problem.value && <Empty />
        )}
      </div>
      {dragging.value && (
        <div class="drop-here" aria-hidden="true">
          <Icon name="upload" />
          <strong>{text.dropHere}</strong>
          <span>{text.dropHint}</span>
        </div>
      )}
    </div>
  );
}

function Empty() {
  const { empty } = words.studies;
  return (
    <div class="empty">
      <div class="empty-picture" aria-hidden="true">
        <Icon name="upload" />
      </div>
      <h2>{empty.title}</h2>
      <p>{empty.lead}</p>
      <p class="soft small">{empty.more}</p>
    </div>
  );
}
