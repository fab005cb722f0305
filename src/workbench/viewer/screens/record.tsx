/** Parts without pixels: a health record with its timeline, an ECG tracing, plain text. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { get } from "../../api/client.ts";
import type { PartManifest } from "../../api/types.ts";
import { Callout } from "../../controls/callout.tsx";
import { words } from "../../words/en.ts";
import "./screens.css";

interface Fact {
  readonly id: string;
  readonly kind: string;
  readonly code?: { readonly display: string };
  readonly start?: string;
  readonly end?: string;
  readonly value?: number | string | boolean;
  readonly printedValue?: string;
  readonly printedUnit?: string;
  readonly unit?: string;
  readonly status?: string;
}

interface HealthRecord {
  readonly patient: { readonly name?: string; readonly birthDate?: string; readonly sex?: string };
  readonly facts: readonly Fact[];
  readonly texts: number;
}

/** @param base URL of the part. */
export default function RecordScreen({
  address: base,
  manifest,
  children,
}: {
  address: string;
  manifest: PartManifest;
  children?: ComponentChildren;
}) {
  return (
    <div class="sheet" tabIndex={0} role="region" aria-label={manifest.label}>
      {children}
      {manifest.kind === "record" ? (
        <RecordSheet base={base} label={manifest.label} />
      ) : manifest.kind === "waveform" ? (
        <figure class="drawing">
          <img src={`${base}/drawing.svg`} alt={words.viewer.part(manifest.label, manifest.modality)} />
        </figure>
      ) : (
        <TextSheet base={base} />
      )}
    </div>
  );
}

function RecordSheet({ base, label }: { base: string; label: string }) {
  const record = useSignal<HealthRecord | undefined>(undefined);
  const problem = useSignal<Error | undefined>(undefined);
  const search = useSignal("");
  useEffect(() => {
    get<HealthRecord>(`${base}/record`).then(
      (found) => {
        record.value = found;
      },
      (error) => {
        problem.value = error as Error;
      },
    );
  }, [base]);
  if (problem.value)
    return (
      <Callout kind="danger" title={words.viewer.failed}>
        {problem.value.message}
      </Callout>
    );
  if (record.value === undefined) return <span class="spinner" />;
  const { patient, facts } = record.value;
  const query = search.value.toLowerCase();
  const found = facts
    .filter((fact) => query === "" || factWords(fact).toLowerCase().includes(query))
    .toReversed()
    .slice(0, 300);
  return (
    <>
      <header class="row">
        <h2 class="grow">{label}</h2>
        <span class="soft small">{[patient.name, patient.sex, patient.birthDate].filter(Boolean).join(" · ")}</span>
      </header>
      <h2 class="mini-title">{words.viewer.timeline}</h2>
      <figure class="drawing" tabIndex={0} role="region" aria-label={words.viewer.timeline}>
        <img src={`${base}/drawing.svg`} alt={words.viewer.timeline} />
      </figure>
      <h2 class="mini-title">{words.viewer.record}</h2>
      <input
        class="field"
        type="search"
        aria-label={words.viewer.search}
        placeholder={words.viewer.search}
        value={search.value}
        onInput={(event) => {
          search.value = event.currentTarget.value;
        }}
      />
      <ul class="facts">
        {found.map((fact) => (
          <li key={fact.id}>
            <time class="faint mono">{fact.start?.slice(0, 10) ?? "—"}</time>
            <span class="chip">{fact.kind}</span>
            <span class="grow">{fact.code?.display}</span>
            <strong>{valueWords(fact)}</strong>
          </li>
        ))}
      </ul>
    </>
  );
}

const valueWords = (fact: Fact) =>
  fact.value === undefined
    ? (fact.status ?? "")
    : `${fact.printedValue ?? String(fact.value)} ${fact.printedUnit ?? fact.unit ?? ""}`;

const factWords = (fact: Fact) => `${fact.kind} ${fact.code?.display ?? ""} ${fact.start ?? ""} ${valueWords(fact)}`;

function TextSheet({ base }: { base: string }) {
  const text = useSignal<string | undefined>(undefined);
  useEffect(() => {
    get<{ text: string }>(`${base}/text`).then(
      (found) => {
        text.value = found.text;
      },
      (error) => {
        text.value = (error as Error).message;
      },
    );
  }, [base]);
  return text.value === undefined ? <span class="spinner" /> : <pre class="plain-text">{text.value}</pre>;
}
