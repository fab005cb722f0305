/** Reader studies: those to rate, and those the user created. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { get } from "../api/client.ts";
import { addressOf } from "../app/router.ts";
import { Callout } from "../controls/callout.tsx";
import { Icon } from "../controls/icon.tsx";
import { words } from "../words/en.ts";
import "./people.css";

interface ComparisonRow {
  readonly id: string;
  readonly name: string;
  readonly rubric: string;
  readonly items: number;
  readonly assigned: number;
  readonly done: number;
  readonly assignedAll: number;
  readonly doneAll: number;
  readonly own: boolean;
}

export default function PeopleScreen() {
  const text = words.people;
  const rows = useSignal<readonly ComparisonRow[] | undefined>(undefined);
  const problem = useSignal<string | undefined>(undefined);
  useEffect(() => {
    get<{ comparisons: readonly ComparisonRow[] }>("/api/comparisons").then(
      ({ comparisons }) => {
        rows.value = comparisons;
      },
      (error: Error) => {
        problem.value = error.message;
      },
    );
  }, []);
  return (
    <div class="screen">
      <div class="page">
        <div class="page-head">
          <h1 class="grow">{text.title}</h1>
          <a class="button primary" href={addressOf({ screen: "people-new" })}>
            <Icon name="plus" /> {text.create}
          </a>
        </div>
        <p class="soft small lead">{text.lead}</p>
        {problem.value && <Callout kind="danger">{problem.value}</Callout>}
        {rows.value?.length === 0 && (
          <div class="empty">
            <div class="empty-picture" aria-hidden="true">
              <Icon name="people" />
            </div>
            <h2>{text.empty}</h2>
            <p class="soft">{text.emptyLead}</p>
          </div>
        )}
        <ul class="cards">
          {rows.value?.map((row) => (
            <li key={row.id} class="card">
              <div class="grow">
                <h2 class="cut">{row.name}</h2>
                <p class="small soft cut">{row.rubric}</p>
                {row.assigned > 0 && (
                  <>
                    <div
                      class="meter"
                      role="progressbar"
                      aria-label={text.progress(row.done, row.assigned)}
                      aria-valuenow={row.done}
                      aria-valuemin={0}
                      aria-valuemax={row.assigned}
                    >
                      <i style={{ width: `${(100 * row.done) / row.assigned}%` }} />
                    </div>
                    <span class="tiny faint">{text.progress(row.done, row.assigned)}</span>
                  </>
                )}
                {row.own && <span class="tiny faint"> · {text.all(row.doneAll, row.assignedAll)}</span>}
              </div>
              <div class="row">
                {row.own && (
                  <a class="button" href={addressOf({ screen: "results", comparison: row.id })}>
                    {text.results}
                  </a>
                )}
                {row.assigned > row.done && (
                  <a class="button primary" href={addressOf({ screen: "rating", comparison: row.id })}>
                    {text.open}
                  </a>
                )}
              </div>
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}
