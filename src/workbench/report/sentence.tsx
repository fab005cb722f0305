/** One sentence: its author, its verdict, and the controls for the verdict. */
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { type Reason, reasons, type Sentence } from "../api/types.ts";
import { Icon } from "../controls/icon.tsx";
import type { StudyState } from "../study/state.ts";
import { words } from "../words/en.ts";

interface Props {
  readonly number: number;
  readonly sentence: Sentence;
  readonly state: StudyState;
  readonly current: boolean;
  readonly editing: boolean;
  readonly onEdit: (on: boolean) => void;
  readonly onAttach: () => void;
}

export function SentenceRow({ number, sentence, state, current, editing, onEdit, onAttach }: Props) {
  const text = words.report;
  const { draft, reader } = state;
  const row = useRef<HTMLLIElement>(null);
  const locked = draft.signed.value;
  const boxes = reader.marks.value.boxes.filter((box) => box.sentence === sentence.id);
  useEffect(() => {
    if (current) row.current?.scrollIntoView({ block: "nearest" });
  }, [current, sentence.state]);
  const take = () => {
    draft.current.value = sentence.id;
    if (boxes[0] !== undefined) show();
  };
  const show = () => {
    reader.goTo(boxes[0].part, boxes[0].index);
    reader.selected.value = boxes[0].id;
  };
  const changed = sentence.origin === "model" && (sentence.state === "edited" || sentence.state === "rejected");
  const needsReason = changed && !locked;
  return (
    <li
      ref={row}
      class={`sentence ${sentence.state}${current ? " current" : ""} by-${sentence.origin}`}
      aria-current={current ? "true" : undefined}
      aria-label={text.sentenceLabel(number, text.states[sentence.state])}
      onClick={take}
    >
      {editing && !locked ? (
        <Editor sentence={sentence} state={state} onDone={() => onEdit(false)} />
      ) : (
        <p class="sentence-text">
          {sentence.heading && <strong>{sentence.heading}: </strong>}
          {sentence.text || <span class="faint">…</span>}
        </p>
      )}
      <div class="row sentence-foot">
        <span class={`chip ${stateChips[sentence.state]}`}>{text.states[sentence.state]}</span>
        <span class={`tiny ${sentence.origin === "model" ? "by-model-word" : "faint"}`}>
          {sentence.origin === "model" ? text.byModel : text.byPerson}
        </span>
        {boxes.length > 0 && (
          <button type="button" class="button quiet mini" onClick={show}>
            <Icon name="box" /> {boxes.length}
          </button>
        )}
        <span class="grow" />
        {!locked && current && !editing && (
          <>
            {sentence.origin === "model" && (
              <Tool icon="check" label={text.accept} shortcut="A" onClick={() => draft.accept(sentence.id)} />
            )}
            <Tool icon="edit" label={text.edit} shortcut="E" onClick={() => onEdit(true)} />
            <Tool
              icon="cross"
              label={text.reject}
              shortcut="X"
              onClick={() => (sentence.origin === "person" ? draft.remove(sentence.id) : draft.reject(sentence.id))}
            />
            <Tool icon="box" label={text.attachBox} shortcut="Shift+M" onClick={onAttach} />
          </>
        )}
      </div>
      {needsReason && (current || sentence.reason === undefined || sentence.significant === undefined) && (
        <ReasonBar
          sentence={sentence}
          state={state}
          focus={current && sentence.state === "rejected" && sentence.reason === undefined}
        />
      )}
      {changed && (locked || !current) && sentence.reason !== undefined && sentence.significant !== undefined && (
        <p class="tiny soft">
          {text.reasons[sentence.reason]} · {sentence.significant ? text.yes : text.no}
        </p>
      )}
    </li>
  );
}

const stateChips = { unreviewed: "", accepted: "good", edited: "accent", rejected: "danger" } as const;

function Tool({
  icon,
  label,
  shortcut,
  onClick,
}: {
  icon: "check" | "edit" | "cross" | "box";
  label: string;
  shortcut: string;
  onClick: () => void;
}) {
  return (
    <button
      type="button"
      class="button quiet mini"
      aria-label={label}
      title={`${label} (${shortcut})`}
      onClick={(event) => {
        event.stopPropagation();
        onClick();
      }}
    >
      <Icon name={icon} />
    </button>
  );
}

/** Input changes the sentence immediately and is saved while typing. */
function Editor({ sentence, state, onDone }: { sentence: Sentence; state: StudyState; onDone: () => void }) {
  const { draft } = state;
  const area = useRef<HTMLTextAreaElement>(null);
  const before = useRef(sentence);
  // Focus is set before the next key event, so that text typed directly after the opening key goes to this field.
  useLayoutEffect(() => {
    const element = area.current!;
    element.focus();
    element.setSelectionRange(element.value.length, element.value.length);
  }, []);
  const finish = () => {
    onDone();
    const now = draft.sentence(sentence.id);
    if (now !== undefined && now.text.trim() === "" && now.origin === "person") draft.remove(now.id);
    // Then focuses the reasons, if a reason is required.
    queueMicrotask(() => {
      const row = document.querySelector<HTMLElement>(".sentence.current");
      (row?.querySelector<HTMLElement>("input[type=radio]") ?? row?.closest<HTMLElement>(".panel"))?.focus();
    });
  };
  return (
    <>
      <textarea
        ref={area}
        class="field"
        rows={3}
        aria-label={words.report.sentence}
        value={sentence.text}
        onInput={(event) => draft.type(sentence.id, event.currentTarget.value)}
        onBlur={() => void draft.save()}
        onKeyDown={(event) => {
          if (event.key === "Enter" && !event.shiftKey) {
            event.preventDefault();
            finish();
          } else if (event.key === "Escape") {
            event.preventDefault();
            event.stopPropagation();
            draft.put(sentence.id, () => before.current);
            finish();
          }
        }}
      />
      <p class="tiny soft">{words.report.editorKeys}</p>
    </>
  );
}

/** The reason for a change and whether it is significant: digits, y and n; arrow keys as in every radio group. */
function ReasonBar({ sentence, state, focus }: { sentence: Sentence; state: StudyState; focus: boolean }) {
  const text = words.report;
  const { draft } = state;
  const group = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (focus) group.current?.querySelector("input")?.focus();
  }, [focus]);
  const give = (reason: Reason) => draft.put(sentence.id, (now) => ({ ...now, reason }));
  const weigh = (significant: boolean) => {
    draft.put(sentence.id, (now) => ({ ...now, significant }));
    if (draft.sentence(sentence.id)?.reason !== undefined) {
      draft.nextUnreviewed();
      group.current?.closest<HTMLElement>(".panel")?.focus();
    }
  };
  return (
    <div
      ref={group}
      class="reasons"
      onKeyDown={(event) => {
        const at = Number(event.key) - 1;
        if (at in reasons) give(reasons[at]);
        else if (event.key === "y") weigh(true);
        else if (event.key === "n") weigh(false);
        else return;
        event.preventDefault();
        event.stopPropagation();
      }}
    >
      <fieldset>
        <legend class="tiny soft">{text.reason}</legend>
        <div class="choices">
          {reasons.map((reason, i) => (
            <label key={reason} class={sentence.reason === reason ? "chosen" : ""}>
              <input
                class="hidden-words"
                type="radio"
                name={`reason-${sentence.id}`}
                checked={sentence.reason === reason}
                onChange={() => give(reason)}
              />
              <span class="digit" aria-hidden="true">
                {i + 1}
              </span>
              {text.reasons[reason]}
            </label>
          ))}
        </div>
      </fieldset>
      <fieldset>
        <legend class="tiny soft">{text.significant}</legend>
        <div class="choices">
          {[true, false].map((value) => (
            <label key={String(value)} class={sentence.significant === value ? "chosen" : ""}>
              <input
                class="hidden-words"
                type="radio"
                name={`significant-${sentence.id}`}
                checked={sentence.significant === value}
                onChange={() => weigh(value)}
              />
              <span class="digit" aria-hidden="true">
                {value ? "Y" : "N"}
              </span>
              {value ? text.yes : text.no}
            </label>
          ))}
        </div>
      </fieldset>
    </div>
  );
}
