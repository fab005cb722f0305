/**
 * One case of a reader study: the image, texts A and B, the questions. Nothing on the page reveals the source of a
 * text.
 */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { call, get } from "../api/client.ts";
import { storedValue, storeValue } from "../app/kept.ts";
import { useActions } from "../app/keys.ts";
import { addressOf } from "../app/router.ts";
import { Callout } from "../controls/callout.tsx";
import { Reader } from "../viewer/reader.ts";
import { serverSource } from "../viewer/source.ts";
import { Viewer } from "../viewer/viewer.tsx";
import { words } from "../words/en.ts";
import "./people.css";

interface Axis {
  readonly id: string;
  readonly ask: string;
  readonly options?: readonly string[];
  readonly na?: string;
  readonly explain: boolean;
}

interface Item {
  readonly item: string;
  readonly study: string;
  readonly position: number;
  readonly total: number;
  readonly done: number;
  readonly texts: readonly string[];
  readonly arm?: string;
  readonly rubric: { readonly title: string; readonly shape: string; readonly axes: readonly Axis[] };
}

type Values = Readonly<Record<string, { readonly option?: string; readonly why?: string }>>;

export default function RatingScreen({ comparison }: { comparison: string }) {
  const text = words.people;
  const item = useSignal<Item | undefined>(undefined);
  const finished = useSignal(false);
  const resumes = useSignal<string | undefined>(undefined);
  const problem = useSignal<string | undefined>(undefined);
  const values = useSignal<Values>({});
  const began = useRef(performance.now());
  const reader = useSignal<Reader | undefined>(undefined);
  const load = () =>
    get<Item | { done: number; total: number; resumes?: string }>(`/api/comparisons/${comparison}/next`).then(
      (next) => {
        problem.value = undefined;
        if (!("item" in next)) {
          finished.value = true;
          resumes.value = next.resumes;
          item.value = undefined;
          return;
        }
        reader.peek()?.close();
        reader.value = new Reader(serverSource(next.study));
        item.value = next;
        // Restores a rating that did not reach the server.
        values.value = JSON.parse(storedValue(`rating.${next.item}`) ?? "{}");
        began.current = performance.now();
      },
      (error: Error) => {
        problem.value = error.message;
      },
    );
  useEffect(() => {
    void load();
    return () => reader.peek()?.close();
  }, []);
  const give = (axis: string, change: { option?: string; why?: string }) => {
    values.value = { ...values.peek(), [axis]: { ...values.peek()[axis], ...change } };
    if (item.peek()) storeValue(`rating.${item.peek()!.item}`, JSON.stringify(values.peek()));
  };
  const axes = item.value?.rubric.axes ?? [];
  const complete = axes.length > 0 && axes.every(({ id }) => values.value[id]?.option !== undefined);
  const save = async () => {
    const now = item.peek();
    if (now === undefined || !complete) return;
    try {
      await call(`/api/comparison-items/${now.item}/rating`, {
        method: "PUT",
        body: { values: values.peek(), milliseconds: Math.round(performance.now() - began.current) },
      });
      storeValue(`rating.${now.item}`, undefined);
      await load();
    } catch (error) {
      problem.value = (error as Error).message;
    }
  };
  const pairwise = item.value?.rubric.shape === "pairwise";
  useActions({
    title: text.title,
    actions: [
      ...(pairwise && axes.length === 1
        ? (["A", "B", "equal"] as const).map((option) => ({
            keys: [{ A: "a", B: "e", equal: "s" }[option]],
            label: text.choices[option],
            run: () => give(axes[0].id, { option }),
          }))
        : []),
      { keys: ["Ctrl+Enter"], label: text.save, run: () => void save(), whileTyping: true },
    ],
  });
  if (finished.value)
    return (
      <div class="empty">
        <h1>{resumes.value ? text.resumes(resumes.value.slice(0, 16).replace("T", " ")) : text.done}</h1>
        <a class="button" href={addressOf({ screen: "people" })}>
          {text.title}
        </a>
      </div>
    );
  const now = item.value;
  if (now === undefined || reader.value === undefined)
    return (
      <div class="page">
        {problem.value ? <Callout kind="danger">{problem.value}</Callout> : <span class="spinner" />}
      </div>
    );
  return (
    <div class="rating">
      <Viewer key={now.item} reader={reader.value} />
      <form
        class="rating-side"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <header>
          <h1>{text.case(now.position + 1, now.total)}</h1>
          <p class="small soft">{now.rubric.title}</p>
          <div class="meter" aria-hidden="true">
            <i style={{ width: `${(100 * now.done) / now.total}%` }} />
          </div>
        </header>
        {problem.value && <Callout kind="danger">{problem.value}</Callout>}
        {now.arm === "without AI" && <p class="soft">{text.unaided}</p>}
        <div class={`texts n${now.texts.length}`}>
          {now.texts.map((words, i) => (
            <section key={i} class="text" aria-label={["A", "B"][i]}>
              <h2>{now.texts.length > 1 ? ["A", "B"][i] : now.arm ? text.aided : text.text}</h2>
              <p>{words}</p>
            </section>
          ))}
        </div>
        {axes.map((axis) => (
          <fieldset key={axis.id} class="axis">
            <legend>{axis.ask}</legend>
            <div class="choices big">
              {(pairwise ? ["A", "B", "equal"] : [...(axis.options ?? []), ...(axis.na ? [axis.na] : [])]).map(
                (option) => (
                  <label key={option} class={values.value[axis.id]?.option === option ? "chosen" : ""}>
                    <input
                      class="hidden-words"
                      type="radio"
                      name={axis.id}
                      checked={values.value[axis.id]?.option === option}
                      onChange={() => give(axis.id, { option })}
                    />
                    {pairwise ? text.choices[option as "A"] : option}
                  </label>
                ),
              )}
            </div>
            {axis.explain && (
              <label class="label">
                {text.why}
                <textarea
                  class="field"
                  rows={2}
                  value={values.value[axis.id]?.why ?? ""}
                  onInput={(event) => give(axis.id, { why: event.currentTarget.value })}
                />
              </label>
            )}
          </fieldset>
        ))}
        <div class="dialog-foot">
          <button type="submit" class="button primary" disabled={!complete} title={`${text.save} (Ctrl+Enter)`}>
            {text.save}
          </button>
        </div>
      </form>
    </div>
  );
}
