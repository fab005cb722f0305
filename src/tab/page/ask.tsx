/**
 * The conversation: first the model's description, then example questions, then answers, each preceded by its cautions.
 */

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { answerWords } from "../../export/answer-words.ts";
import { exampleWords } from "../../workbench/ask/asked-words.ts";
import type { Turn } from "../../workbench/ask/asking.ts";
import { TurnNotes } from "../../workbench/ask/turn-notes.tsx";
import { Callout } from "../../workbench/controls/callout.tsx";
import { Icon } from "../../workbench/controls/icon.tsx";
import { tell } from "../../workbench/controls/toasts.tsx";
import { words as shared } from "../../workbench/words/en.ts";
import type { Picture } from "../index.ts";
import { Pixels } from "./pixels.tsx";
import { ask, busy, polyclinic, stop, study, took, turns } from "./state.ts";
import { words } from "./words.ts";
import "../../workbench/ask/ask.css";

/** The result from the worker; the workbench's type of it omits fields that it does not use. */
type Result = Parameters<NonNullable<typeof study.value>["toDicomSr"]>[0];

export function Ask() {
  const text = shared.ask;
  const question = useSignal("");
  const end = useRef<HTMLDivElement>(null);
  const { limits, name } = polyclinic.value!.model;
  const { examples } = study.value!.info;
  useEffect(() => end.current?.scrollIntoView({ block: "nearest" }), [turns.value]);
  const send = () => {
    const questionText = question.value.trim();
    if (questionText === "" || busy.value) return;
    question.value = "";
    void ask(questionText, { task: "ask", options: { question: questionText } });
  };
  return (
    <div class="ask">
      {limits.length > 0 && (
        <Callout kind="caution" title={`${text.limits}: ${name}`}>
          <ul>
            {limits.map((limit) => (
              <li key={limit}>{limit}</li>
            ))}
          </ul>
        </Callout>
      )}
      <div class="turns" role="log" aria-label={text.tab}>
        {turns.value.map((turn) => (
          <article key={turn.id} class="turn">
            <p class="asked">{turn.question}</p>
            <TurnNotes turn={turn} />
            {turn.answer && <AnswerView turn={turn} />}
          </article>
        ))}
        <details class="example-list" open={turns.value.length === 0}>
          <summary>
            <h2 class="mini-title">{text.examples}</h2>
          </summary>
          {examples.length === 0 && <p class="soft small">{text.examplesNone}</p>}
          <ul class="examples">
            {examples.map(({ task, options, description }) => (
              <li key={`${task} ${JSON.stringify(options)}`}>
                <button
                  type="button"
                  class="example"
                  disabled={busy.value}
                  onClick={() => void ask(exampleWords({ task, options }), { task, options })}
                >
                  <span>{exampleWords({ task, options })}</span>
                  <span class="tiny faint">{description}</span>
                </button>
              </li>
            ))}
          </ul>
        </details>
        <div ref={end} />
      </div>
      <form
        class="ask-form"
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <div class="row">
          <textarea
            class="field grow"
            rows={2}
            aria-label={text.placeholder}
            placeholder={text.placeholder}
            value={question.value}
            onInput={(event) => {
              question.value = event.currentTarget.value;
            }}
            onKeyDown={(event) => {
              if (event.key !== "Enter" || event.shiftKey) return;
              event.preventDefault();
              send();
            }}
          />
          {busy.value ? (
            <button type="button" class="button" onClick={stop}>
              <Icon name="stop" /> {text.stop}
            </button>
          ) : (
            <button type="submit" class="button primary icon" aria-label={text.send}>
              <Icon name="send" />
            </button>
          )}
        </div>
      </form>
    </div>
  );
}

function AnswerView({ turn }: { turn: Turn }) {
  const text = words.answer;
  const answer = turn.answer!;
  const result = answer.result as unknown as Result;
  const saw = useSignal<readonly Picture[] | undefined>(undefined);
  const refused = answer.status === "refused";
  const base = `${result.task}-${result.saw.sources[0]?.slice(0, 8) ?? "study"}`;
  const downloadSr = async () => {
    try {
      for (const { name, data } of await study.peek()!.toDicomSr(result))
        save(`${base}.${name.slice(result.task.length + 1)}`, "application/dicom", data);
    } catch (error) {
      tell((error as Error).message, { failed: true });
    }
  };
  return (
    <>
      {answer.status === "unparsed" && <p class="small caution-text">{shared.ask.unparsed}</p>}
      {!refused && <p class="answer">{answerWords(answer.result)}</p>}
      <div class="row tiny faint wrap">
        <span class="grow">
          {result.model.name} · {text.took((took.value.get(turn.id) ?? 0) / 1000)}
        </span>
        {refused && (
          <button
            type="button"
            class="button quiet mini"
            title={text.anywayLong}
            disabled={busy.value}
            onClick={() => void ask(turn.question, { task: turn.task, options: answer.options, anyway: true })}
          >
            {text.anyway}
          </button>
        )}
        <button
          type="button"
          class="button quiet mini"
          aria-expanded={saw.value !== undefined}
          onClick={async () => {
            saw.value = saw.value === undefined ? await study.peek()!.saw() : undefined;
          }}
        >
          <Icon name="eye" /> {text.saw}
        </button>
        <button
          type="button"
          class="button quiet mini"
          title={text.jsonLong}
          onClick={() => save(`${base}.json`, "application/json", `${JSON.stringify(result, undefined, 2)}\n`)}
        >
          <Icon name="download" /> {text.json}
        </button>
        {!refused && (
          <button type="button" class="button quiet mini" title={text.srLong} onClick={() => void downloadSr()}>
            <Icon name="download" /> {text.sr}
          </button>
        )}
      </div>
      {saw.value !== undefined && (
        <figure class="saw">
          <figcaption class="tiny faint">{text.sawLead(saw.value.length, result.saw.recipe)}</figcaption>
          <div class="saw-pictures">
            {saw.value.map((one, i) => (
              <Pixels key={`${i} ${one.label}`} one={one} />
            ))}
          </div>
        </figure>
      )}
    </>
  );
}

function save(name: string, type: string, content: string | Uint8Array): void {
  const address = URL.createObjectURL(new Blob([content as BlobPart], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
