/** Signing, the open points that prevent it, addenda, and the files of a report. */
import { useSignal } from "@preact/signals";
import { respond } from "../api/client.ts";
import type { Report, ReportContent } from "../api/types.ts";
import { Callout } from "../controls/callout.tsx";
import { Dialog } from "../controls/dialog.tsx";
import { Icon } from "../controls/icon.tsx";
import { tell } from "../controls/toasts.tsx";
import { words } from "../words/en.ts";
import { Difference, drafted } from "./difference.tsx";
import { type Draft, maySign } from "./draft.ts";

export function openPoints({ sentences, quality }: ReportContent): string[] {
  const text = words.report;
  const open = sentences.filter(({ state }) => state === "unreviewed").length;
  const unexplained = sentences.some(
    ({ origin, state, reason, significant }) =>
      origin === "model" &&
      (state === "edited" || state === "rejected") &&
      (reason === undefined || significant === undefined),
  );
  return [
    ...(sentences.some(({ state }) => state !== "rejected") ? [] : [text.signEmpty]),
    ...(open > 0 ? [text.signOpen(open)] : []),
    ...(unexplained ? [text.needReason] : []),
    ...(quality === undefined ? [text.signQuality] : []),
  ];
}

export function SignDialog({ draft, name, onClose }: { draft: Draft; name: string; onClose: () => void }) {
  const text = words.report;
  const problem = useSignal<string | undefined>(undefined);
  const busy = useSignal(false);
  const open = openPoints(draft.content.value);
  const { sentences } = draft.content.value;
  const sign = async () => {
    busy.value = true;
    problem.value = undefined;
    try {
      await draft.sign();
      onClose();
    } catch (error) {
      problem.value = (error as Error).message;
    } finally {
      busy.value = false;
    }
  };
  return (
    <Dialog title={text.signTitle} onClose={onClose}>
      <p>{text.signLead(name)}</p>
      {open.length > 0 && (
        <Callout kind="caution">
          <ul>
            {open.map((one) => (
              <li key={one}>{one}</li>
            ))}
          </ul>
        </Callout>
      )}
      <div>
        <h3>{drafted(sentences) ? text.difference : text.ownText}</h3>
        {drafted(sentences) ? (
          <Difference sentences={sentences} />
        ) : (
          <ul class="difference">
            {sentences.map(({ id, text: words }) => (
              <li key={id}>
                <p>{words}</p>
              </li>
            ))}
          </ul>
        )}
      </div>
      {problem.value && <Callout kind="danger">{problem.value}</Callout>}
      <p class="tiny soft">{words.noticeLong}</p>
      <div class="dialog-foot">
        <button type="button" class="button" autoFocus={open.length > 0} onClick={onClose}>
          {words.cancel}
        </button>
        <button
          type="button"
          class="button primary"
          id="sign-now"
          autoFocus={open.length === 0}
          disabled={open.length > 0 || busy.value}
          onClick={sign}
        >
          <Icon name="sign" /> {text.signNow}
        </button>
      </div>
    </Dialog>
  );
}

export function AddendumForm({ draft }: { draft: Draft }) {
  const text = words.report;
  const value = useSignal("");
  const open = useSignal(false);
  if (!maySign.value) return null;
  if (!open.value)
    return (
      <button
        type="button"
        class="button quiet add"
        onClick={() => {
          open.value = true;
        }}
      >
        <Icon name="plus" /> {text.addAddendum}
      </button>
    );
  return (
    <form
      class="stack"
      onSubmit={async (event) => {
        event.preventDefault();
        try {
          await draft.addAddendum(value.value);
          value.value = "";
          open.value = false;
        } catch (error) {
          tell((error as Error).message, { failed: true });
        }
      }}
    >
      <label class="label">
        {text.addendum}
        <textarea
          class="field"
          rows={3}
          value={value.value}
          onInput={(event) => {
            value.value = event.currentTarget.value;
          }}
        />
      </label>
      <button type="submit" class="button primary" disabled={value.value.trim() === ""}>
        <Icon name="sign" /> {text.addendumSign}
      </button>
    </form>
  );
}

/**
 * @param onImages whether boxes or measurements stand on images that a presentation state can refer to.
 * @param outlined whether there are outlines that a segmentation can hold.
 */
export function ExportLinks({ report, onImages, outlined }: { report: Report; onImages: boolean; outlined: boolean }) {
  const text = words.report;
  const forms = (["sr", "gsps", "seg", "fhir", "pdf", "txt"] as const).filter(
    (form) => (form !== "gsps" || onImages) && (form !== "seg" || outlined),
  );
  return (
    <div
      class="exports"
      role="group"
      aria-label={text.export}
      title={report.state === "signed" ? "" : text.exportDraft}
    >
      <Icon name="download" />
      {forms.map((form) => (
        <a
          key={form}
          class="link small"
          download
          title={text.exportNames[form]}
          onClick={(event) => {
            event.preventDefault();
            void save(`/api/reports/${report.id}/export/${form}`);
          }}
          href={`/api/reports/${report.id}/export/${form}`}
        >
          {text.exports[form]}
        </a>
      ))}
    </div>
  );
}

/** Downloads a file; what the server refuses is said, where a plain link would fail without a word. */
async function save(path: string): Promise<void> {
  try {
    const response = await respond(path);
    const [, name = "report"] = /filename="([^"]+)"/.exec(response.headers.get("content-disposition") ?? "") ?? [];
    const address = URL.createObjectURL(await response.blob());
    const link = Object.assign(document.createElement("a"), { href: address, download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
  } catch (error) {
    tell((error as Error).message, { failed: true });
  }
}
