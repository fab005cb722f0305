/** Exactly what a model was given: images in prompt order with their labels, the prompt text, what was left out, hashes. */

import { useSignal } from "@preact/signals";
import { answerWords } from "../../export/answer-words.ts";
import type { Point } from "../../study/display/voxels.ts";
import type { Answer, SeenImage } from "../api/types.ts";
import type { StudyState } from "../study/state.ts";
import { words } from "../words/en.ts";
import "./seen.css";

export function SeenPanel({ state }: { state: StudyState }) {
  const text = words.ask.seen;
  const chosen = useSignal<string | undefined>(undefined);
  const answers = state.answers.value;
  const answer =
    answers.find(({ id }) => id === chosen.value) ??
    answers.find(({ seen, status }) => seen.length > 0 && status !== "refused") ??
    answers[0];
  if (answer === undefined) return <p class="soft">{text.none}</p>;
  const { result, seen } = answer;
  return (
    <div class="stack">
      {answers.length > 1 && (
        <label class="label">
          {text.chosen}
          <select
            class="field"
            value={answer.id}
            onChange={(event) => {
              chosen.value = event.currentTarget.value;
            }}
          >
            {answers.map((one) => (
              <option key={one.id} value={one.id}>
                {one.task}: {titleOf(one)}
              </option>
            ))}
          </select>
        </label>
      )}
      <p class="small soft">{text.lead(seen.length, result.saw.recipe)}</p>
      <ol class="contact-sheet">
        {seen.map((image, n) => (
          <li key={n}>
            <button
              type="button"
              class="seen-image"
              onClick={() => void goToSource(state, image)}
              title={text.goTo(image.label ?? text.image(n + 1))}
            >
              <img
                src={`/api/answers/${answer.id}/seen/${n}.png?side=224`}
                alt=""
                loading="lazy"
                width={112}
                height={112}
              />
              <span class="tiny cut">{image.label ?? text.image(n + 1)}</span>
              <span class="tiny faint cut">
                {image.study !== undefined && `${words.ask.prior.image} `}
                {image.partLabel}
                {image.index !== undefined && ` #${image.index + 1}`}
              </span>
            </button>
          </li>
        ))}
      </ol>
      {(result.saw.texts ?? []).map((one) => (
        <p key={one.sha256} class="small">
          {one.partLabel}: {one.characters}
        </p>
      ))}
      <div>
        <h2 class="mini-title">{text.prompt}</h2>
        {result.prompt === "" ? (
          <p class="small caution-text">{text.notAsked}</p>
        ) : (
          <pre class="prompt">{result.prompt}</pre>
        )}
      </div>
      <div>
        <h2 class="mini-title">{text.leftOut}</h2>
        {result.saw.leftOut.length === 0 ? (
          <p class="small soft">{text.leftOutNone}</p>
        ) : (
          <ul class="small">
            {result.saw.leftOut.map((one) => (
              <li key={one}>{one}</li>
            ))}
          </ul>
        )}
      </div>
      <dl class="hashes">
        <div>
          <dt>{text.model}</dt>
          <dd>
            {result.model.name} · {result.model.precision} · {result.model.engine}
          </dd>
        </div>
        {result.model.hash && (
          <div>
            <dt>{text.hash}</dt>
            <dd class="mono">{result.model.hash}</dd>
          </div>
        )}
        {result.saw.sources.map((hash) => (
          <div key={hash}>
            <dt>{text.sources}</dt>
            <dd class="mono">{hash}</dd>
          </div>
        ))}
        {seen.slice(0, 100).map(({ sha256, label }, n) => (
          <div key={n}>
            <dt>{label ?? text.image(n + 1)}</dt>
            <dd class="mono">{sha256}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

function titleOf(answer: Answer): string {
  const questionText = answer.options.question;
  return (typeof questionText === "string" ? questionText : answerWords(answer.result)).slice(0, 60);
}

/** Navigates to the slice or region from which the image was made. */
export async function goToSource(
  { reader }: StudyState,
  { study, part: own, index, reformatted, patient, source }: SeenImage,
): Promise<void> {
  if (study !== undefined) await reader.openPrior(study);
  const prior = reader.priors.opened.peek().find(({ row }) => row.id === study);
  if (study !== undefined && prior === undefined) return;
  const part = own + (prior?.from ?? 0);
  const manifest = reader.manifest(part);
  if (manifest === undefined) return;
  if (reformatted && patient) {
    reader.goTo(part);
    const { volume } = reader.view(part);
    const middle = patient[0].map((value, i) => (value + patient[1][i]) / 2) as unknown as Point;
    volume?.lookAt(volume.fromPatient(middle));
    const frame = reader.activeFrame.peek();
    if (volume && frame) frame.across.value = volume.axial;
    return;
  }
  reader.goTo(part, manifest.kind === "slide" ? undefined : index);
  if (manifest.kind === "slide") reader.region.value = { part, box: source };
}
