/** Shows a person's changes to the model's draft. */
import type { Sentence } from "../api/types.ts";
import { Dialog } from "../controls/dialog.tsx";
import { words } from "../words/en.ts";
import { wordDiff } from "./diff.ts";

/** Whether a model contributed to the report. */
export const drafted = (sentences: readonly Sentence[]): boolean => sentences.some(({ origin }) => origin === "model");

export function Difference({ sentences }: { sentences: readonly Sentence[] }) {
  const text = words.report;
  if (!drafted(sentences)) return <p class="soft small">{text.noDraft}</p>;
  const changed = sentences.filter(
    ({ origin, state }) => origin === "person" || state === "edited" || state === "rejected",
  );
  if (changed.length === 0) return <p class="soft small">{text.differenceNone}</p>;
  return (
    <ul class="difference">
      {changed.map((sentence) => (
        <li key={sentence.id}>
          <p>
            {sentence.origin === "person" ? (
              <ins>{sentence.text}</ins>
            ) : sentence.state === "rejected" ? (
              <del>{sentence.original}</del>
            ) : (
              wordDiff(sentence.original ?? "", sentence.text).map(({ kind, text: piece }, i) =>
                kind === "same" ? piece : kind === "gone" ? <del key={i}>{piece}</del> : <ins key={i}>{piece}</ins>,
              )
            )}
          </p>
          <span class="tiny soft">
            {[
              sentence.reason && text.reasons[sentence.reason],
              sentence.significant === undefined ? undefined : sentence.significant ? text.yes : text.no,
            ]
              .filter(Boolean)
              .join(" · ")}
          </span>
        </li>
      ))}
    </ul>
  );
}

export function DifferenceDialog({ sentences, onClose }: { sentences: readonly Sentence[]; onClose: () => void }) {
  return (
    <Dialog title={words.report.difference} onClose={onClose}>
      <Difference sentences={sentences} />
    </Dialog>
  );
}
