/** Asks for the change from an earlier study of the patient to this one. */
import { useSignal } from "@preact/signals";
import { Icon } from "../controls/icon.tsx";
import { dateOf } from "../studies/table.tsx";
import type { StudyState } from "../study/state.ts";
import { counterpart } from "../viewer/priors.ts";
import { words } from "../words/en.ts";
import type { Question } from "./asking.ts";

export function ComparePrior({
  state,
  onAsk,
}: {
  state: StudyState;
  onAsk: (words: string, question: Question) => void;
}) {
  const text = words.ask.prior;
  const { reader } = state;
  const { priors } = reader;
  const finding = useSignal("");
  const chosen = useSignal<string | undefined>(undefined);
  const earlier = priors.earlier();
  if (earlier.length === 0) return null;
  const opened = priors.opened.value[0]?.row;
  const row = earlier.find(({ id }) => id === (chosen.value ?? opened?.id)) ?? earlier[0];
  const dated = (date: string) => dateOf(date) || words.viewer.priors.unknown;
  const ask = async () => {
    // What is compared is shown: the study opens beside this one.
    if (priors.opened.peek()[0]?.row.id !== row.id) {
      reader.closePriors();
      await reader.openPrior(row.id);
    }
    const study = priors.opened.peek().find((one) => one.row.id === row.id);
    if (study === undefined) return;
    const frames = reader.frames.peek().map((frame) => frame.part.peek());
    const own = frames.find((part) => priors.of(part) === undefined) ?? 0;
    const like = reader.manifest(own);
    const other = frames.find((part) => priors.of(part) === study) ?? (like && counterpart(study.parts, like)?.part);
    const findingText = finding.value.trim();
    onAsk(text.question(dated(row.date), findingText), {
      task: "compare",
      options: findingText === "" ? {} : { finding: findingText },
      prior: { study: row.id, ...(other !== undefined && { part: other - study.from, currentPart: own }) },
    });
  };
  return (
    <form
      class="compare-prior"
      onSubmit={(event) => {
        event.preventDefault();
        void ask();
      }}
    >
      <h2 class="mini-title">{text.title}</h2>
      <div class="row">
        <select
          class="field"
          aria-label={text.which}
          value={row.id}
          onChange={(event) => {
            chosen.value = event.currentTarget.value;
          }}
        >
          {earlier.map((one) => (
            <option key={one.id} value={one.id}>
              {dated(one.date)} {one.label}
            </option>
          ))}
        </select>
        <input
          class="field grow"
          aria-label={text.finding}
          placeholder={text.finding}
          value={finding.value}
          onInput={(event) => {
            finding.value = event.currentTarget.value;
          }}
        />
        <button type="submit" class="button" disabled={state.asking.busy.value}>
          <Icon name="priors" /> {text.run}
        </button>
      </div>
    </form>
  );
}
