/** Strategies: which one is used for a question, and how an answer came about: drafts, votes, searches, sources. */
import type { StrategyRecord, StrategyVotes } from "../api/types.ts";
import { words } from "../words/en.ts";

/**
 * What is offered of each strategy, with fewer replies than the papers take, because a person waits. A strategy that
 * is not listed here is offered with its defaults.
 */
const offered: Readonly<Record<string, string>> = {
  direct: "",
  "self-consistency": "self-consistency:samples=5",
  selective: "selective:samples=11,threshold=0.6",
  "ensemble-refinement": "ensemble-refinement:drafts=5,answers=7",
  "uncertainty-search": "uncertainty-search:samples=5,rounds=2",
};

export const strategySpec = (name: string): string => offered[name] ?? name;

export function StrategyField({
  names,
  value,
  label = words.ask.strategy.label,
  onChange,
}: {
  names: readonly string[];
  /** A spec, or empty for one direct reply. */
  value: string;
  label?: string;
  onChange: (spec: string) => void;
}) {
  const text = words.ask.strategy;
  return (
    <select
      class="field"
      aria-label={label}
      title={label}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    >
      {names.map((name) => (
        <option key={name} value={strategySpec(name)}>
          {text.names[name] ?? name}
        </option>
      ))}
    </select>
  );
}

/** Drafts beyond these are behind a disclosure of their own. */
const shownDrafts = 5;

export function StrategyNote({ record }: { record: StrategyRecord }) {
  const text = words.ask.strategy;
  const { name, replies, votes, rounds = [], sources = [], trace, endedBy } = record;
  return (
    <section class="strategy" aria-label={text.how}>
      <p class="small">
        <strong>{text.names[name] ?? name}</strong> · {text.replies(replies)}
        {endedBy && ` · ${text.endedBy(endedBy)}`}
      </p>
      {votes && replies > 1 && <Votes votes={votes} />}
      {rounds.length > 0 && (
        <details>
          <summary class="small">{text.rounds(rounds.length)}</summary>
          <ol class="stack">
            {rounds.map(({ votes: own, queries, sources: found }, i) => (
              <li key={i} class="small">
                <Votes votes={own} />
                {queries.map((query) => (
                  <p key={query}>
                    {text.searched} <q>{query}</q>
                  </p>
                ))}
                {found.map(({ source, from }) => (
                  <p key={`${source} ${from}`} class="soft">
                    {text.found(source)}
                  </p>
                ))}
              </li>
            ))}
          </ol>
        </details>
      )}
      {sources.length > 0 && (
        <details open>
          <summary class="small">{text.sources(sources.length)}</summary>
          <ol class="bullets sources">
            {sources.map(({ source, from, to, text: passage }) => (
              <li key={`${source} ${from}`} class="small">
                <strong>{source}</strong> <span class="faint">{text.characters(from, to)}</span>
                <blockquote class="soft">{passage}</blockquote>
              </li>
            ))}
          </ol>
        </details>
      )}
      {trace.length > 0 && (
        <details>
          <summary class="small">{text.drafts}</summary>
          {trace.map(({ role, texts, leftOut }, i) => (
            <div key={i} class="small">
              <h3 class="mini-title">
                {text.roles[role] ?? role} · {text.replies(texts.length)}
                {leftOut > 0 && ` · ${text.leftOut(leftOut)}`}
              </h3>
              <ol class="bullets drafts">
                {texts.slice(0, shownDrafts).map((one, n) => (
                  <li key={n}>{one}</li>
                ))}
              </ol>
              {texts.length > shownDrafts && (
                <details>
                  <summary>{text.more(texts.length - shownDrafts)}</summary>
                  <ol class="bullets drafts" start={shownDrafts + 1}>
                    {texts.slice(shownDrafts).map((one, n) => (
                      <li key={n}>{one}</li>
                    ))}
                  </ol>
                </details>
              )}
            </div>
          ))}
        </details>
      )}
    </section>
  );
}

function Votes({ votes: { counts, unread, confidence, entropy } }: { votes: StrategyVotes }) {
  const text = words.ask.strategy;
  const all = Object.entries(counts).sort(([, a], [, b]) => b - a);
  const total = all.reduce((sum, [, count]) => sum + count, unread);
  return (
    <div class="votes">
      <ul>
        {[...all, ...(unread > 0 ? [[text.unread, unread] as const] : [])].map(([answer, count]) => (
          <li key={answer}>
            <span class="vote-bar" style={{ width: `${(100 * count) / total}%` }} aria-hidden="true" />
            <span class="vote-words small">
              <span class="grow cut" title={plainAnswer(answer)}>
                {plainAnswer(answer)}
              </span>
              <span>{text.votes(count, total)}</span>
            </span>
          </li>
        ))}
      </ul>
      <p class="tiny soft">{text.agreement(confidence, entropy)}</p>
    </div>
  );
}

/** A vote is an answer as JSON where the task has no shorter form. */
function plainAnswer(answer: string): string {
  try {
    const value = JSON.parse(answer) as unknown;
    if (typeof value === "string") return value;
    const found = (value as { answer?: unknown; course?: unknown; labels?: unknown } | null) ?? {};
    const short = found.answer ?? found.course ?? (Array.isArray(found.labels) ? found.labels.join(", ") : undefined);
    return typeof short === "string" && short !== "" ? short : answer;
  } catch {
    return answer;
  }
}
