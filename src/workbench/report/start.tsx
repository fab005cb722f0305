/** Shown before a report exists: start from a draft by the model, or from an empty page. */
import { useSignal } from "@preact/signals";
import type { Answer } from "../api/types.ts";
import { useActions } from "../app/keys.ts";
import { RefusalNote } from "../ask/refusal.tsx";
import { Callout } from "../controls/callout.tsx";
import { Icon } from "../controls/icon.tsx";
import { tell } from "../controls/toasts.tsx";
import type { StudyState } from "../study/state.ts";
import { words } from "../words/en.ts";

export function StartReport({ state }: { state: StudyState }) {
  const text = words.report;
  const indication = useSignal("");
  const refused = useSignal<Answer | undefined>(undefined);
  const { drafting: asking, draft } = state;
  const create = (answer?: Answer) =>
    draft.create(answer).catch((error: Error) => tell(error.message, { failed: true }));
  const ask = async () => {
    refused.value = undefined;
    const answer = await asking.ask(text.draftByModel, {
      task: "report",
      options: indication.value.trim() === "" ? {} : { indication: indication.value.trim() },
    });
    if (answer === undefined) return;
    if (answer.status === "refused") refused.value = answer;
    else await create(answer);
  };
  useActions({
    title: text.tab,
    actions: [
      { keys: ["d"], label: text.draftByModel, run: () => void ask() },
      { keys: ["Shift+a"], label: text.draftEmpty, run: () => void create() },
      { keys: ["Ctrl+."], label: text.stop, run: () => asking.stop(), whileTyping: true },
    ],
  });
  const turn = asking.turns.value.at(-1);
  return (
    <div class="stack start">
      <div>
        <h2>{text.draftNone}</h2>
        <p class="soft small">{text.draftLead}</p>
      </div>
      {refused.value && (
        <>
          <RefusalNote answer={refused.value} title={text.refused} />
          <p class="small soft">{text.refusedMore}</p>
        </>
      )}
      <label class="label">
        {text.indication}
        <input
          class="field"
          value={indication.value}
          onInput={(event) => {
            indication.value = event.currentTarget.value;
          }}
        />
      </label>
      {asking.busy.value ? (
        <div class="stack">
          <div class="row small soft" role="status">
            <span class="spinner" /> {text.writing}
          </div>
          {turn && turn.text !== "" && <pre class="raw">{turn.text}</pre>}
          <button type="button" class="button" onClick={() => asking.stop()}>
            <Icon name="stop" /> {text.stop}
          </button>
        </div>
      ) : (
        <div class="row wrap">
          <button type="button" class={`button${refused.value ? "" : " primary"}`} onClick={ask}>
            <Icon name="spark" /> {text.draftByModel}
          </button>
          <button type="button" class={`button${refused.value ? " primary" : ""}`} onClick={() => create()}>
            {text.draftEmpty}
          </button>
        </div>
      )}
      {turn?.stage === "failed" && (
        <Callout kind="danger" title={words.ask.failed}>
          {turn.problem}
        </Callout>
      )}
    </div>
  );
}
