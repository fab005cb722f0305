/** The rows of the list. */
import type { StudyRow } from "../api/types.ts";
import { addressOf } from "../app/router.ts";
import { Icon } from "../controls/icon.tsx";
import { words } from "../words/en.ts";

export function StudyTable({
  studies,
  skeleton = false,
  onOpen,
}: {
  studies: readonly StudyRow[];
  skeleton?: boolean;
  onOpen: (id: string) => void;
}) {
  const { columns } = words.studies;
  return (
    <table class="study-table">
      <thead>
        <tr>
          <th scope="col">{columns.study}</th>
          <th scope="col">{columns.patient}</th>
          <th scope="col" class="narrow">
            {columns.date}
          </th>
          <th scope="col" class="narrow">
            {columns.parts}
          </th>
          <th scope="col">{columns.review}</th>
        </tr>
      </thead>
      <tbody>
        {skeleton
          ? [0, 1, 2, 3, 4].map((i) => (
              <tr key={i} class="study-row skeleton" aria-hidden="true">
                <td colSpan={5}>
                  <div class="study-cell">
                    <span class="study-thumb" />
                    <span class="bar" />
                  </div>
                </td>
              </tr>
            ))
          : studies.map((study) => <Row key={study.id} study={study} onOpen={onOpen} />)}
      </tbody>
    </table>
  );
}

function Row({ study, onOpen }: { study: StudyRow; onOpen: (id: string) => void }) {
  const text = words.studies;
  const { id, label, patient, state } = study;
  return (
    <tr
      class="study-row"
      onClick={(event) => {
        if (!(event.target as Element).closest("a")) onOpen(id);
      }}
    >
      <td>
        <div class="study-cell">
          <span class="study-thumb">
            {study.thumbnail ? (
              <img src={`/api/studies/${id}/thumbnail.png`} alt="" loading="lazy" />
            ) : (
              state !== "received" && <Icon name={state === "problem" ? "danger" : "list"} />
            )}
          </span>
          <span class="grow">
            <a class="study-link cut" href={addressOf({ screen: "study", study: id, panel: "report" })}>
              {label || id.slice(0, 8)}
            </a>
            <span class="row tiny faint">
              {study.modalities.map((modality) => (
                <span key={modality} class="modality">
                  {modality}
                </span>
              ))}
              {study.accession}
            </span>
          </span>
        </div>
      </td>
      <td>
        <span class="cut">{nameOf(patient.name) || <span class="faint">{text.unnamed}</span>}</span>
        <span class="tiny faint cut">
          {[patient.identifier, patient.sex, dateOf(patient.birthDate)].filter(Boolean).join(" · ")}
        </span>
      </td>
      <td class="narrow">{dateOf(study.date) || <span class="faint">—</span>}</td>
      <td class="narrow">{study.parts || <span class="faint">—</span>}</td>
      <td>
        <span class="chips">
          {state === "received" && (
            <span class="chip">
              <span class="spinner small" /> {text.states.reading}
            </span>
          )}
          {state === "problem" && (
            <span class="chip danger" title={study.problem ?? ""}>
              <Icon name="danger" /> {text.states.problem}
            </span>
          )}
          {study.report === "signed" && (
            <span class="chip good">
              <Icon name="lock" /> {text.states.signed}
            </span>
          )}
          {study.report === "draft" && (
            <span class="chip accent">
              {study.unreviewed > 0 ? text.unreviewed(study.unreviewed) : text.states.draft}
            </span>
          )}
          {study.cautions > 0 && (
            <span class="chip caution">
              <Icon name="caution" /> {text.cautions(study.cautions)}
            </span>
          )}
        </span>
        {state === "problem" && <span class="tiny faint problem">{study.problem}</span>}
      </td>
    </tr>
  );
}

/** The readable form of `Doe^Jane`. */
export const nameOf = (name: string): string => name.split("^").filter(Boolean).join(", ");
export const dateOf = (date: string): string =>
  /^\d{8}$/.test(date) ? `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}` : date;
