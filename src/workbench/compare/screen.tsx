/** Compares two models, or two settings of one model, on one study: answers, cautions and boxes side by side. */

import { signal, useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { answerWords } from "../../export/answer-words.ts";
import { abilities } from "../api/abilities.ts";
import { get } from "../api/client.ts";
import type { Answer } from "../api/types.ts";
import { addressOf } from "../app/router.ts";
import { boxesOf, exampleWords } from "../ask/asked-words.ts";
import { Asking, type Question } from "../ask/asking.ts";
import { RefusalNote } from "../ask/refusal.tsx";
import { StrategyField, StrategyNote } from "../ask/strategy.tsx";
import { DeferralNote } from "../ask/turn-notes.tsx";
import { Callout } from "../controls/callout.tsx";
import { Icon } from "../controls/icon.tsx";
import { modelBox } from "../viewer/marks/marks.ts";
import { Reader } from "../viewer/reader.ts";
import { serverSource } from "../viewer/source.ts";
import { FrameView } from "../viewer/view/frame.tsx";
import { words } from "../words/en.ts";
import "./compare.css";

interface Way {
  readonly model: string;
  readonly temperature: number;
  /** Empty for one direct reply. */
  readonly strategy: string;
}

const temperatures = [0, 0.3, 0.7, 1] as const;
const tasks = ["ask", "report", "locate", "classify"] as const;

export default function CompareScreen({ study }: { study: string }) {
  const text = words.ask.compare;
  const models = useSignal<
    readonly { name: string; examples: readonly { task: string; options: Readonly<Record<string, unknown>> }[] }[]
  >([]);
  const strategies = useSignal<readonly [Way, Way]>([
    { model: "", temperature: 0, strategy: "" },
    { model: "", temperature: 0.7, strategy: "" },
  ]);
  const task = useSignal<(typeof tasks)[number]>("ask");
  const lastQuestion = useSignal("");
  const sides = useMemo(() => [new Side(study), new Side(study)] as const, [study]);
  useEffect(
    () => () => {
      for (const side of sides) side.close();
    },
    [sides],
  );
  useEffect(() => {
    get<{ models: typeof models.value }>(`/api/studies/${study}/examples`).then(
      (found) => {
        models.value = found.models;
        const names = found.models.map(({ name }) => name);
        strategies.value = [
          { model: names[0] ?? "", temperature: 0, strategy: "" },
          { model: names[1] ?? names[0] ?? "", temperature: names.length > 1 ? 0 : 0.7, strategy: "" },
        ];
        const example = found.models[0]?.examples.find((one) => one.task === "ask");
        if (lastQuestion.peek() === "" && example) lastQuestion.value = exampleWords(example);
      },
      () => {},
    );
  }, []);
  const options = (): Question["options"] => {
    switch (task.value) {
      case "ask":
        return { question: lastQuestion.value };
      case "locate":
        return { object: lastQuestion.value };
      case "classify":
        return {
          labels: lastQuestion.value
            .split(/[,/]/)
            .map((one) => one.trim())
            .filter(Boolean),
        };
      case "report":
        return {};
    }
  };
  const run = async () => {
    for (const [i, side] of sides.entries()) {
      const { model, temperature, strategy } = strategies.value[i];
      const question = {
        task: task.value,
        model,
        ...(strategy !== "" && { strategy }),
        options: { ...options(), ...(temperature > 0 && { temperature, seed: 1 }) },
      };
      await side.ask(question, lastQuestion.value);
    }
  };
  const busy = sides.some((side) => side.asking.busy.value);
  const answers = sides.map((side) => side.answer.value);
  const both = answers[0] !== undefined && answers[1] !== undefined;
  const equal = both && saidBy(answers[0]!) === saidBy(answers[1]!);
  return (
    <div class="compare">
      <form
        class="compare-head"
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <a
          class="button quiet icon"
          aria-label={words.nav.studies}
          href={addressOf({ screen: "study", study, panel: "ask" })}
        >
          <Icon name="back" />
        </a>
        <h1>{text.title}</h1>
        <select
          class="field"
          aria-label={words.ask.task}
          value={task.value}
          onChange={(event) => {
            task.value = event.currentTarget.value as (typeof tasks)[number];
          }}
        >
          {tasks.map((name) => (
            <option key={name} value={name}>
              {words.ask.tasks[name]}
            </option>
          ))}
        </select>
        <input
          class="field grow"
          aria-label={text.question}
          placeholder={text.question}
          disabled={task.value === "report"}
          value={lastQuestion.value}
          onInput={(event) => {
            lastQuestion.value = event.currentTarget.value;
          }}
        />
        {busy ? (
          <button
            type="button"
            class="button"
            onClick={() => {
              for (const side of sides) side.asking.stop();
            }}
          >
            <Icon name="stop" /> {words.ask.stop}
          </button>
        ) : (
          <button type="submit" class="button primary">
            {text.run}
          </button>
        )}
      </form>
      {both && (
        <p class={`verdict small ${equal ? "soft" : "caution-text"}`} role="status">
          {equal ? text.same : text.differ}
        </p>
      )}
      <div class="compare-sides">
        {sides.map((side, i) => (
          <section key={i} class="compare-side" aria-label={i === 0 ? text.left : text.right}>
            <div class="row compare-way">
              <select
                class="field"
                aria-label={`${words.ask.model}, ${i === 0 ? text.left : text.right}`}
                value={strategies.value[i].model}
                onChange={(event) => {
                  strategies.value = strategies.value.with(i, {
                    ...strategies.value[i],
                    model: event.currentTarget.value,
                  }) as unknown as [Way, Way];
                }}
              >
                {models.value.map(({ name }) => (
                  <option key={name}>{name}</option>
                ))}
              </select>
              <select
                class="field"
                aria-label={`${text.temperature}, ${i === 0 ? text.left : text.right}`}
                value={strategies.value[i].temperature}
                onChange={(event) => {
                  strategies.value = strategies.value.with(i, {
                    ...strategies.value[i],
                    temperature: Number(event.currentTarget.value),
                  }) as unknown as [Way, Way];
                }}
              >
                {temperatures.map((value) => (
                  <option key={value} value={value}>
                    {value === 0 && strategies.value[i].strategy !== ""
                      ? text.ownTemperature
                      : text.temperatureOf(value)}
                  </option>
                ))}
              </select>
              <StrategyField
                names={abilities.value.strategies}
                value={strategies.value[i].strategy}
                label={`${words.ask.strategy.label}, ${i === 0 ? text.left : text.right}`}
                onChange={(strategy) => {
                  strategies.value = strategies.value.with(i, { ...strategies.value[i], strategy }) as unknown as [
                    Way,
                    Way,
                  ];
                }}
              />
            </div>
            <div class="compare-picture">
              {side.reader.frames.value.map((frame, at) => (
                <FrameView key={frame.id} reader={side.reader} frame={frame} index={at} />
              ))}
            </div>
            <div
              class="compare-answer"
              tabIndex={0}
              role="region"
              aria-label={`${words.ask.seen.answer}, ${i === 0 ? text.left : text.right}`}
            >
              <SideAnswer side={side} />
            </div>
          </section>
        ))}
      </div>
    </div>
  );
}

/** An answer that was withheld equals only another that was. */
const saidBy = (answer: Answer) => (answer.status === "deferred" ? undefined : answerWords(answer.result));

function SideAnswer({ side }: { side: Side }) {
  const turn = side.asking.turns.value.at(-1);
  const answer = side.answer.value;
  if (turn?.stage === "failed")
    return (
      <Callout kind="danger" title={words.ask.failed}>
        {turn.problem}
      </Callout>
    );
  if (answer === undefined)
    return side.asking.busy.value ? <span class="spinner" /> : <p class="soft small">{words.ask.compare.lead}</p>;
  if (answer.status === "refused") return <RefusalNote answer={answer} />;
  return (
    <div class="stack">
      {answer.status === "deferred" && <DeferralNote answer={answer} />}
      {(answer.result.cautions?.length ?? 0) > 0 && (
        <Callout kind="caution" title={words.ask.cautions}>
          <ul>
            {answer.result.cautions!.map((caution) => (
              <li key={caution}>{caution}</li>
            ))}
          </ul>
        </Callout>
      )}
      {answer.status !== "deferred" && <p class="answer">{answerWords(answer.result)}</p>}
      {answer.result.strategy && <StrategyNote record={answer.result.strategy} />}
      <p class="tiny faint">
        {answer.result.model.name} · {answer.result.promptVersion} · {answer.result.usage.completionTokens}
      </p>
    </div>
  );
}

class Side {
  readonly reader: Reader;
  readonly asking: Asking;
  readonly answer = signal<Answer | undefined>(undefined);

  constructor(study: string) {
    this.reader = new Reader(serverSource(study));
    this.asking = new Asking(study, (answer) => {
      this.answer.value = answer;
    });
  }

  async ask(question: Question, answerText: string): Promise<void> {
    this.answer.value = undefined;
    const answer = await this.asking.ask(answerText, question);
    if (answer === undefined) return;
    const boxes = boxesOf(answer);
    this.reader.marks.value = {
      measures: [],
      boxes: boxes.map(modelBox),
    };
    if (boxes[0] !== undefined) this.reader.goTo(boxes[0].part, boxes[0].index);
  }

  close(): void {
    this.asking.stop();
    this.reader.close();
  }
}
