/** Questions about the study. Cautions and refusals precede the answer. */

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { answerWords } from "../../export/answer-words.ts";
import { abilities } from "../api/abilities.ts";
import { get } from "../api/client.ts";
import type { Answer } from "../api/types.ts";
import { useActions } from "../app/keys.ts";
import { go } from "../app/router.ts";
import { Callout } from "../controls/callout.tsx";
import { Icon } from "../controls/icon.tsx";
import { tell } from "../controls/toasts.tsx";
import type { StudyState } from "../study/state.ts";
import { words } from "../words/en.ts";
import { boxesOf, exampleWords } from "./asked-words.ts";
import type { Question, Turn } from "./asking.ts";
import { ComparePrior } from "./compare-prior.tsx";
import { StrategyField, StrategyNote } from "./strategy.tsx";
import { TurnNotes } from "./turn-notes.tsx";
import "./ask.css";

interface Example {
  readonly task: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly description: string;
}

interface ModelExamples {
  readonly name: string;
  readonly limits: readonly string[];
  readonly examples: readonly Example[];
}

export function AskPanel({ state }: { state: StudyState }) {
  const text = words.ask;
  const { asking } = state;
  const question = useSignal("");
  const models = useSignal<readonly ModelExamples[]>([]);
  const model = useSignal<string | undefined>(undefined);
  const { strategies } = abilities.value;
  const strategy = useSignal("");
  const field = useRef<HTMLTextAreaElement>(null);
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    get<{ models: readonly ModelExamples[] }>(`/api/studies/${state.study}/examples`).then(
      (found) => {
        models.value = found.models;
        model.value ??= found.models[0]?.name;
      },
      () => {},
    );
  }, []);
  const turns = asking.turns.value;
  useEffect(() => end.current?.scrollIntoView({ block: "nearest" }), [turns]);
  const ask = async (words: string, what: Question) => {
    const answer = await asking.ask(words, {
      ...what,
      ...(model.value && { model: model.value }),
      ...(strategy.value !== "" && { strategy: strategy.value }),
    });
    if (answer !== undefined) state.reader.showLocated(boxesOf(answer));
  };
  const send = () => {
    const questionText = question.value.trim();
    if (questionText === "" || asking.busy.value) return;
    question.value = "";
    void ask(questionText, { task: "ask", options: { question: questionText } });
  };
  useActions({
    title: text.tab,
    actions: [
      { keys: ["f"], label: text.placeholder, run: () => field.current?.focus() },
      { keys: ["Ctrl+."], label: text.stop, run: () => asking.stop(), whileTyping: true },
    ],
  });
  const now = models.value.find(({ name }) => name === model.value) ?? models.value[0];
  return (
    <div class="ask">
      {now && now.limits.length > 0 && (
        <Callout kind="caution" title={`${text.limits}: ${now.name}`}>
          <ul>
            {now.limits.map((limit) => (
              <li key={limit}>{limit}</li>
            ))}
          </ul>
        </Callout>
      )}
      <ComparePrior state={state} onAsk={(answerText, question) => void ask(answerText, question)} />
      <div class="turns" role="log" aria-label={text.tab}>
        {turns.map((turn) => (
          <TurnView key={turn.id} turn={turn} state={state} />
        ))}
        {now && (
          <details class="example-list" open={turns.length === 0}>
            <summary>
              <h2 class="mini-title">{text.examples}</h2>
            </summary>
            {now.examples.length === 0 && <p class="soft small">{text.examplesNone}</p>}
            <ul class="examples">
              {now.examples.map((example) => (
                <li key={`${example.task} ${JSON.stringify(example.options)}`}>
                  <button
                    type="button"
                    class="example"
                    onClick={() => ask(exampleWords(example), { task: example.task, options: example.options })}
                  >
                    <span>{exampleWords(example)}</span>
                    <span class="tiny faint">{example.description}</span>
                  </button>
                </li>
              ))}
            </ul>
          </details>
        )}
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
          {models.value.length > 1 && (
            <select
              class="field"
              aria-label={text.model}
              value={model.value}
              onChange={(event) => {
                model.value = event.currentTarget.value;
              }}
            >
              {models.value.map(({ name }) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          )}
          {strategies.length > 1 && (
            <StrategyField
              names={strategies}
              value={strategy.value}
              onChange={(spec) => {
                strategy.value = spec;
              }}
            />
          )}
        </div>
        <div class="row">
          <textarea
            ref={field}
            class="field grow"
            rows={2}
            aria-label={text.placeholder}
            placeholder={text.placeholder}
            value={question.value}
            onInput={(event) => {
              question.value = event.currentTarget.value;
            }}
            onKeyDown={(event) => {
              if (event.key === "Enter" && !event.shiftKey) {
                event.preventDefault();
                send();
              } else if (event.key === "Escape") field.current?.blur();
            }}
          />
          {asking.busy.value ? (
            <button type="button" class="button" title={`${text.stop} (Ctrl+.)`} onClick={() => asking.stop()}>
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

function TurnView({ turn, state }: { turn: Turn; state: StudyState }) {
  const { answer } = turn;
  return (
    <article class="turn">
      <p class="asked">{turn.question}</p>
      <TurnNotes turn={turn} />
      {answer && answer.status !== "refused" && answer.status !== "deferred" && (
        <AnswerView answer={answer} state={state} />
      )}
      {answer?.result.strategy && <StrategyNote record={answer.result.strategy} />}
    </article>
  );
}

function AnswerView({ answer, state }: { answer: Answer; state: StudyState }) {
  const text = words.ask;
  const { result } = answer;
  const answerText = answerWords(answer.result);
  const add = async () => {
    const { draft } = state;
    if (draft.signed.peek()) return;
    if (draft.report.peek() === undefined) await draft.create();
    draft.add({
      section: "findings",
      text: answerText,
      original: answerText,
      origin: "model",
      state: "unreviewed",
      answer: answer.id,
    });
    tell(text.added);
  };
  return (
    <>
      {answer.status === "unparsed" && <p class="small caution-text">{text.unparsed}</p>}
      <p class="answer">{answerText}</p>
      <div class="row tiny faint wrap">
        <span class="grow">
          {result.model.name}
          {result.usage.cachedTokens > 0 && ` · ${text.kept}`}
        </span>
        <button
          type="button"
          class="button quiet mini"
          onClick={() => go({ screen: "study", study: state.study, panel: "seen" })}
        >
          <Icon name="eye" /> {text.saw}
        </button>
        {!state.draft.signed.value && (
          <button type="button" class="button quiet mini" onClick={add}>
            <Icon name="plus" /> {text.addToDraft}
          </button>
        )}
      </div>
    </>
  );
}
