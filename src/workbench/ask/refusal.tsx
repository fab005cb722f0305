/** Why a model did not answer, what it can answer, and the nearest supported question. */
import type { Answer } from "../api/types.ts";
import { Callout } from "../controls/callout.tsx";
import { words } from "../words/en.ts";

export function RefusalNote({ answer, title = words.ask.refused }: { answer: Answer; title?: string }) {
  const { refusal, model } = answer.result;
  return (
    <Callout kind="danger" title={title}>
      {refusal?.reasons.map(({ message }) => (
        <p key={message}>{message}</p>
      ))}
      {refusal && refusal.answers.length > 0 && (
        <details>
          <summary>{words.ask.canAnswer(model.name)}</summary>
          <ul class="bullets">
            {refusal.answers.map((answer) => (
              <li key={answer}>{answer}</li>
            ))}
          </ul>
        </details>
      )}
      {refusal?.nearest && (
        <p class="small">
          {words.ask.nearest} <span class="mono">{refusal.nearest}</span>
        </p>
      )}
    </Callout>
  );
}
