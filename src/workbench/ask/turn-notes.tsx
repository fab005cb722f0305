/** Notes before an answer: refusal, cautions, progress. */
import type { Answer } from "../api/types.ts";
import { Callout } from "../controls/callout.tsx";
import { words } from "../words/en.ts";
import type { Turn } from "./asking.ts";
import { RefusalNote } from "./refusal.tsx";

export function TurnNotes({ turn }: { turn: Turn }) {
  const text = words.ask;
  const { answer } = turn;
  return (
    <>
      {turn.stage === "failed" && (
        <Callout kind="danger" title={text.failed}>
          {turn.problem}
        </Callout>
      )}
      {answer?.status === "refused" && <RefusalNote answer={answer} />}
      {answer?.status === "deferred" && <DeferralNote answer={answer} />}
      {answer && (answer.result.cautions?.length ?? 0) > 0 && answer.status !== "refused" && (
        <Callout kind="caution" title={text.cautions}>
          <ul>
            {answer.result.cautions!.map((caution) => (
              <li key={caution}>{caution}</li>
            ))}
          </ul>
        </Callout>
      )}
      {turn.stage === "stopped" && <p class="small caution-text">{text.stopped}</p>}
      {answer === undefined && ["waiting", "reading", "answering"].includes(turn.stage) && (
        <div class="row small soft" role="status">
          <span class="spinner" /> {text.stages[turn.stage]}
        </div>
      )}
      {answer === undefined && turn.text !== "" && <p class="answer unfinished">{turn.text}</p>}
    </>
  );
}

/** A strategy withheld its answer: said where the answer would stand. */
export function DeferralNote({ answer: { result } }: { answer: Answer }) {
  const text = words.ask;
  return (
    <Callout kind="danger" title={text.deferred}>
      <p>{result.strategy?.deferred}</p>
      {(result.strategy?.replies ?? 0) > 0 && <p class="small">{text.deferredMore}</p>}
    </Callout>
  );
}
