/** The report: from the model's draft, sentence by sentence, to a signature. */
import { useSignal } from "@preact/signals";
import { isOutline } from "../../study/display/measures.ts";
import { connection, session } from "../api/client.ts";
import { qualities } from "../api/types.ts";
import { useActions } from "../app/keys.ts";
import { Callout } from "../controls/callout.tsx";
import { Icon } from "../controls/icon.tsx";
import { tell } from "../controls/toasts.tsx";
import type { StudyState } from "../study/state.ts";
import { words } from "../words/en.ts";
import { ConflictDialog } from "./conflict.tsx";
import { DifferenceDialog } from "./difference.tsx";
import { maySign } from "./draft.ts";
import { SentenceRow } from "./sentence.tsx";
import { AddendumForm, ExportLinks, SignDialog } from "./sign.tsx";
import { SimilarReports } from "./similar.tsx";
import { StartReport } from "./start.tsx";
import "./report.css";

const sections = ["findings", "impression", "other"] as const;

export function ReportPanel({ state }: { state: StudyState }) {
  const { draft, reader } = state;
  const text = words.report;
  const editing = useSignal<string | undefined>(undefined);
  const dialog = useSignal<"sign" | "difference" | undefined>(undefined);
  const report = draft.report.value;
  const { sentences, quality, unparsed } = draft.content.value;
  const current = draft.current.value;
  const locked = draft.signed.value;
  const hand = (work: (id: string) => void) => () => {
    const id = draft.current.peek();
    if (id !== undefined && !draft.signed.peek() && draft.sentence(id) !== undefined) work(id);
  };
  const attach = hand((id) => {
    const box = reader.marks.peek().boxes.find((one) => one.id === reader.selected.peek());
    if (box === undefined) tell(text.noBox);
    else
      reader.changeBox(box.id, (now) =>
        now.sentence === id
          ? (({ sentence: _gone, ...rest }) => rest)(now)
          : { ...now, sentence: id, label: now.label || short(draft.sentence(id)!.text) },
      );
  });
  const addSentence = () => {
    editing.value = draft.add({
      section: (current !== undefined && draft.sentence(current)?.section) || "findings",
      text: "",
      origin: "person",
      state: "accepted",
      reason: "omission",
    });
  };
  useActions({
    title: text.tab,
    actions:
      report === undefined
        ? []
        : [
            { keys: ["a"], label: text.accept, run: hand((id) => draft.accept(id)) },
            {
              keys: ["e"],
              label: text.edit,
              run: hand((id) => {
                editing.value = id;
              }),
            },
            {
              keys: ["x"],
              label: text.reject,
              run: hand((id) => (draft.sentence(id)!.origin === "person" ? draft.remove(id) : draft.reject(id))),
            },
            { keys: ["u", "Ctrl+z"], label: text.undo, run: () => draft.undo() },
            { keys: ["Shift+u", "Ctrl+Shift+z"], label: text.redo, run: () => draft.redo() },
            { keys: ["j"], label: text.next, run: () => draft.step(1) },
            { keys: ["k"], label: text.previous, run: () => draft.step(-1) },
            { keys: ["."], label: text.nextUnreviewed, run: () => draft.nextUnreviewed() },
            { keys: ["Shift+a"], label: text.addSentence, run: addSentence },
            ...qualities.map((one, i) => ({
              keys: [`Alt+${7 + i}`],
              label: `${text.quality}: ${text.qualities[one]}`,
              run: () => draft.change((content) => ({ ...content, quality: one })),
              whileTyping: true,
            })),
            { keys: ["Shift+m"], label: text.attachBox, run: attach },
            {
              keys: ["d"],
              label: text.difference,
              run: () => {
                dialog.value = "difference";
              },
            },
            {
              keys: ["Ctrl+Enter"],
              label: text.sign,
              run: () => {
                dialog.value = "sign";
              },
            },
          ],
  });

  if (draft.problem.value && !draft.loaded.value) return <Callout kind="danger">{draft.problem.value.message}</Callout>;
  if (!draft.loaded.value) return <span class="spinner" />;
  if (report === undefined) return <StartReport state={state} />;
  const answer = state.answers.value.find(({ id }) => id === report.answer);
  const cautions = answer?.result.cautions ?? [];
  // Presentation states refer to instances: files that are not DICOM have none.
  const { boxes, measures } = draft.content.value;
  const onImages = [...boxes, ...measures].some(({ part }) => reader.manifest(part)?.seriesUid !== undefined);
  const outlined = measures.some(
    (measure) =>
      isOutline(measure) && ["image", "volume", "document"].includes(reader.manifest(measure.part)?.kind ?? ""),
  );
  const done = sentences.length - draft.unreviewed.value;
  return (
    <div class="report">
      {cautions.length > 0 && (
        <Callout kind="caution" title={text.cautionsTitle}>
          <ul>
            {cautions.map((caution) => (
              <li key={caution}>{caution}</li>
            ))}
          </ul>
        </Callout>
      )}
      {unparsed && (
        <Callout kind="caution" title={text.unparsed}>
          <pre class="raw">{unparsed}</pre>
        </Callout>
      )}
      {locked &&
        report.signatures.map((signature) => (
          <div key={signature.version} class="signature">
            <Icon name="lock" />
            <div class="grow">
              <strong>{text.signed(signature.name, dateTime(signature.at))}</strong>
              {signature.addendum && <span class="chip">{text.addendum}</span>}
              <div class="mono faint hash">
                {text.hash} {signature.sha256}
              </div>
            </div>
          </div>
        ))}
      <fieldset class="quality" disabled={locked}>
        <legend class="small soft">{text.quality}</legend>
        <div class="segments">
          {qualities.map((one) => (
            <label key={one} class={quality === one ? "chosen" : ""}>
              <input
                class="hidden-words"
                type="radio"
                name="quality"
                checked={quality === one}
                onChange={() => draft.change((content) => ({ ...content, quality: one }))}
              />
              {text.qualities[one]}
            </label>
          ))}
        </div>
      </fieldset>
      {sections.map((section) => {
        const own = sentences.filter((one) => one.section === section);
        if (own.length === 0) return null;
        return (
          <section key={section} aria-label={text.sections[section]}>
            <h2 class="mini-title">{text.sections[section]}</h2>
            <ol class="sentences">
              {own.map((sentence) => (
                <SentenceRow
                  key={sentence.id}
                  number={sentences.indexOf(sentence) + 1}
                  sentence={sentence}
                  state={state}
                  current={current === sentence.id}
                  editing={editing.value === sentence.id}
                  onEdit={(on) => {
                    editing.value = on ? sentence.id : undefined;
                  }}
                  onAttach={attach}
                />
              ))}
            </ol>
          </section>
        );
      })}
      {draft.content.value.addenda.map((addendum) => (
        <section key={addendum.id} aria-label={text.addendum}>
          <h2 class="mini-title">
            {text.addendum} · {addendum.person} · {dateTime(addendum.at)}
          </h2>
          <p>{addendum.text}</p>
        </section>
      ))}
      {!locked && (
        <button type="button" class="button quiet add" onClick={addSentence}>
          <Icon name="plus" /> {text.addSentence}
        </button>
      )}
      {locked && <AddendumForm draft={draft} />}
      {!locked && <SimilarReports state={state} />}
      <footer class="report-foot">
        <div class="row">
          <ExportLinks report={report} onImages={onImages} outlined={outlined} />
          <span class="grow" />
          {!locked && <span class="tiny soft">{text.progress(done, sentences.length)}</span>}
        </div>
        {!locked && (
          <div class="meter" aria-hidden="true">
            <i style={{ width: `${sentences.length === 0 ? 0 : (100 * done) / sentences.length}%` }} />
          </div>
        )}
        {!locked && (
          <div class="row">
            <button
              type="button"
              class="button quiet icon"
              aria-label={text.undo}
              title={`${text.undo} (U)`}
              onClick={() => draft.undo()}
            >
              <Icon name="undo" />
            </button>
            <button
              type="button"
              class="button quiet"
              onClick={() => {
                dialog.value = "difference";
              }}
            >
              {text.differenceShort}
            </button>
            <span
              class={`grow tiny save-state ${draft.state.value === "kept" ? "caution-text" : "faint"}`}
              role="status"
            >
              {saveWords(draft.state.value)}
            </span>
            {maySign.value && (
              <button
                type="button"
                class="button primary"
                title={`${text.sign} (Ctrl+Enter)`}
                onClick={() => {
                  dialog.value = "sign";
                }}
              >
                <Icon name="sign" /> {text.sign}
              </button>
            )}
          </div>
        )}
      </footer>
      {dialog.value === "sign" && (
        <SignDialog
          draft={draft}
          name={session.value?.name ?? ""}
          onClose={() => {
            dialog.value = undefined;
          }}
        />
      )}
      {dialog.value === "difference" && (
        <DifferenceDialog
          sentences={sentences}
          onClose={() => {
            dialog.value = undefined;
          }}
        />
      )}
      {draft.conflict.value && connection.value === "ready" && (
        <ConflictDialog draft={draft} conflict={draft.conflict.value} />
      )}
    </div>
  );
}

const saveWords = (state: "saved" | "saving" | "unsaved" | "kept") =>
  state === "saved"
    ? words.report.saved
    : state === "saving"
      ? words.report.saving
      : state === "kept"
        ? words.report.kept
        : words.report.unsaved;

export const dateTime = (iso: string): string => new Date(iso).toLocaleString("sv-SE").slice(0, 16);
const short = (text: string): string => (text.length > 40 ? `${text.slice(0, 39)}…` : text);
