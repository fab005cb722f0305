/** Two people changed the same sentence: shows both versions, chosen sentence by sentence. */
import { useSignal } from "@preact/signals";
import { Dialog } from "../controls/dialog.tsx";
import { words } from "../words/en.ts";
import type { Conflict, Draft } from "./draft.ts";

export function ConflictDialog({ draft, conflict }: { draft: Draft; conflict: Conflict }) {
  const text = words.report;
  /** Sentences for which the other person's version is chosen. */
  const taken = useSignal<ReadonlySet<number>>(new Set());
  const settle = () => {
    let sentences = [...conflict.merged.sentences];
    for (const [i, { mine, theirs }] of conflict.clashes.entries()) {
      if (!taken.value.has(i)) continue;
      const { id } = (mine ?? theirs)!;
      const at = sentences.findIndex((one) => one.id === id);
      sentences = sentences.filter((one) => one.id !== id);
      if (theirs !== undefined) sentences.splice(at < 0 ? sentences.length : at, 0, theirs);
    }
    draft.settle(conflict.theirs, { ...conflict.merged, sentences });
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
