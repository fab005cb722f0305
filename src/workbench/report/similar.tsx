/** Reports of similar images of other patients, beside a report that is being written. Nothing of them enters it by itself. */
import { useSignal } from "@preact/signals";
import { abilities } from "../api/abilities.ts";
import { get } from "../api/client.ts";
import { Callout } from "../controls/callout.tsx";
import type { StudyState } from "../study/state.ts";
import { words } from "../words/en.ts";

interface Similar {
  readonly neighbours: readonly { readonly report: string; readonly label?: string; readonly similarity: number }[];
  readonly cautions: readonly string[];
}

export function SimilarReports({ state: { study, reader } }: { state: StudyState }) {
  const text = words.report.similar;
  const found = useSignal<Similar | undefined>(undefined);
  const problem = useSignal<string | undefined>(undefined);
  const part = reader.parts.value?.find(({ kind }) => kind === "image")?.part;
  if (!abilities.value.similarReports || part === undefined) return null;
  const load = () => {
    if (found.peek() !== undefined) return;
    problem.value = undefined;
    get<Similar>(`/api/studies/${study}/similar-reports?part=${part}`).then(
      (similar) => {
        found.value = similar;
      },
      (error: Error) => {
        problem.value = error.message;
      },
    );
  };
  return (
    <details
      class="similar"
      onToggle={(event) => {
        if (event.currentTarget.open) load();
      }}
    >
      <summary>{text.title}</summary>
      {problem.value && <Callout kind="danger">{problem.value}</Callout>}
      {!found.value && !problem.value && <span class="spinner" />}
      {found.value && found.value.cautions.length > 0 && (
        <Callout kind="caution" title={words.ask.cautions}>
          <ul>
            {found.value.cautions.map((caution) => (
              <li key={caution}>{caution}</li>
            ))}
          </ul>
        </Callout>
      )}
      {found.value?.neighbours.length === 0 && <p class="small soft">{text.none}</p>}
      <ol>
        {found.value?.neighbours.map(({ report, label, similarity }, n) => (
          <li key={n} class="small">
            <span class="row">
              <strong class="grow">{label ?? text.report(n + 1)}</strong>
              <span class="faint tiny">{text.similarity(similarity)}</span>
            </span>
            <p class="similar-text">{report}</p>
          </li>
        ))}
      </ol>
    </details>
  );
}
