/** Two people changed the same sentence: both versions side by side, chosen one by one. */
import { useSignal } from "@preact/signals";
import { Dialog } from "../controls/dialog.tsx";
import { words } from "../words/en.ts";
import type { Conflict, Draft } from "./draft.ts";

export function ConflictDialog({ draft, conflict }: { draft: Draft; conflict: Conflict }) {
  const text = words.report;
  /** Sentences of which theirs is taken. */
  const taken = useSignal<ReadonlySet<number>>(new Set());
  const settle = () => {
    const replaced = conflict.clashes.reduce((content, { mine, theirs }, i) => {
      if (!taken.value.has(i)) return content;
      const id = (mine ?? theirs)!.id;
      const without = content.sentences.filter((one) => one.id !== id);
      const at = content.sentences.findIndex((one) => one.id === id);
      return { ...content, sentences: theirs === undefined ? without : without.toSpliced(at < 0 ? without.length : at, 0, theirs) };
    }, conflict.merged);
    draft.settle(conflict.theirs, replaced);
  };
  return (
    <Dialog title={text.conflictTitle} onClose={() => {}} firm>
      <p class="soft small">{text.conflict}</p>
      {conflict.clashes.map(({ mine, theirs }, i) => (
        <fieldset key={(mine ?? theirs)!.id} class="clash">
          <legend class="hidden-words">{text.sentence}</legend>
          {(
            [
              [text.mine, mine, false],
              [`${text.theirs} (${conflict.theirs.author})`, theirs, true],
            ] as const
          ).map(([label, sentence, isTheirs]) => (
            <label key={label} class={taken.value.has(i) === isTheirs ? "chosen" : ""}>
              <span class="row small">
                <input
                  type="radio"
                  name={`clash-${i}`}
                  checked={taken.value.has(i) === isTheirs}
                  onChange={() => {
                    const next = new Set(taken.peek());
                    if (isTheirs) next.add(i);
                    else next.delete(i);
                    taken.value = next;
                  }}
                />
                <strong>{label}</strong>
                {sentence && <span class="chip">{text.states[sentence.state]}</span>}
              </span>
              <span>{sentence?.text ?? "—"}</span>
            </label>
          ))}
        </fieldset>
      ))}
      <div class="dialog-foot">
        <button type="button" class="button primary" onClick={settle}>
          {text.save}
        </button>
      </div>
    </Dialog>
  );
}
