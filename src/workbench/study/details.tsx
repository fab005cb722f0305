/** Metadata of the study: the patient, the parts, what was left out and why, priors, boxes and measurements. */
import { addressOf } from "../app/router.ts";
import { Callout } from "../controls/callout.tsx";
import { dateOf, nameOf } from "../studies/table.tsx";
import { sizeWords } from "../viewer/strip.tsx";
import { words } from "../words/en.ts";
import type { StudyState } from "./state.ts";

export function DetailsPanel({ state }: { state: StudyState }) {
  const text = words.viewer;
  const row = state.row.value;
  const listing = state.reader.listing.value;
  const warnings = [
    ...new Set([...(listing?.warnings ?? []), ...(listing?.parts.flatMap((part) => part.warnings) ?? [])]),
  ];
  return (
    <div class="stack">
      {row && (
        <div>
          <h2>{row.label}</h2>
          <p class="soft small">
            {[nameOf(row.patient.name), row.patient.sex, dateOf(row.patient.birthDate), dateOf(row.date)]
              .filter(Boolean)
              .join(" · ")}
          </p>
        </div>
      )}
      {listing?.parts.map((part) => (
        <dl key={part.part} class="facts-list">
          <div>
            <dt>{part.label}</dt>
            <dd>{part.modality}</dd>
          </div>
          <div>
            <dt>{text.size}</dt>
            <dd>{sizeWords(part)}</dd>
          </div>
          {part.volume && (
            <div>
              <dt>{text.spacing}</dt>
              <dd>{part.volume.spacing.map((mm) => mm.toFixed(2)).join(" × ")} mm</dd>
            </div>
          )}
          {part.acquiredAt && (
            <div>
              <dt>{text.acquired}</dt>
              <dd>{part.acquiredAt.replace("T", " ")}</dd>
            </div>
          )}
        </dl>
      ))}
      <Marks state={state} />
      {warnings.length > 0 && (
        <Callout kind="caution" title={text.warnings}>
          <ul>
            {warnings.map((warning) => (
              <li key={warning}>{warning}</li>
            ))}
          </ul>
        </Callout>
      )}
      {listing && listing.leftOut.length > 0 && (
        <div>
          <h2 class="mini-title">{text.leftOut}</h2>
          <ul class="small soft">
            {listing.leftOut.slice(0, 40).map(({ file, reason }) => (
              <li key={file}>
                {file}: {reason}
              </li>
            ))}
          </ul>
        </div>
      )}
      {row && row.priors.length > 0 && (
        <div>
          <h2 class="mini-title">{words.viewer.priors.title}</h2>
          <ul class="small">
            {row.priors.map((prior) => (
              <li key={prior.id}>
                <a class="link" href={addressOf({ screen: "study", study: prior.id, panel: "report" })}>
                  {prior.label} {dateOf(prior.date)}
                </a>
              </li>
            ))}
          </ul>
        </div>
      )}
      {row && (
        <a class="button" href={addressOf({ screen: "compare", study: row.id })}>
          {words.studies.compare}
        </a>
      )}
    </div>
  );
}

function Marks({ state }: { state: StudyState }) {
  const { reader } = state;
  const { boxes, measures } = reader.marks.value;
  const own = boxes.filter(({ id }) => !id.startsWith("lab:"));
  if (own.length + measures.length === 0) return null;
  return (
    <div>
      <h2 class="mini-title">{words.viewer.marks}</h2>
      <ul class="stack marks">
        {own.map((box) => (
          <li key={box.id} class="row">
            <input
              class="field grow"
              aria-label={words.viewer.boxLabel}
              placeholder={words.viewer.boxLabel}
              value={box.label}
              disabled={state.draft.signed.value}
              onFocus={() => {
                reader.reveal(box);
                reader.selected.value = box.id;
              }}
              onInput={(event) => {
                const { value } = event.currentTarget;
                reader.changeBox(box.id, (now) => ({ ...now, label: value }));
              }}
            />
            <span class={`chip ${box.origin === "model" ? "model" : ""}`}>
              {box.origin === "model" ? words.viewer.boxByModel : words.viewer.boxByPerson}
            </span>
          </li>
        ))}
        {measures.map((measure) => (
          <li key={measure.id} class="row">
            <input
              class="field grow"
              aria-label={words.viewer.measureLabel[measure.kind]}
              placeholder={words.viewer.measureLabel[measure.kind]}
              value={measure.label ?? ""}
              maxLength={500}
              disabled={state.draft.signed.value}
              onFocus={() => {
                reader.reveal(measure);
                reader.selected.value = measure.id;
              }}
              onInput={(event) => reader.labelMeasure(measure.id, event.currentTarget.value)}
            />
            <span class="chip">{words.viewer.tools[measure.kind]}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
