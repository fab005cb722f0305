/** The readers' ratings, with intervals and agreement. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { AxisResults, Results as StudyResults } from "../../evaluate/study/results.ts";
import { get } from "../api/client.ts";
import { Callout } from "../controls/callout.tsx";
import { Icon } from "../controls/icon.tsx";
import { words } from "../words/en.ts";
import "./people.css";

interface Results extends StudyResults {
  readonly items: number;
  readonly notice: string;
}

export default function ResultsScreen({ comparison }: { comparison: string }) {
  const text = words.people;
  const results = useSignal<Results | undefined>(undefined);
  const problem = useSignal<string | undefined>(undefined);
  useEffect(() => {
    get<Results>(`/api/comparisons/${comparison}/results`).then(
      (found) => {
        results.value = found;
      },
      (error: Error) => {
        problem.value = error.message;
      },
    );
  }, []);
  const found = results.value;
  return (
    <div class="screen">
      <div class="page narrow-page stack">
        {problem.value && <Callout kind="danger">{problem.value}</Callout>}
        {found && (
          <>
            <div class="page-head">
              <div class="grow">
                <h1>{found.name}</h1>
                <p class="small soft">
                  {found.rubric.title} · {text.cases(found.items)} · {text.seed} {found.seed}
                </p>
              </div>
              <a class="button" download href={`/api/comparisons/${comparison}/ratings.csv`}>
                <Icon name="download" /> {text.export}
              </a>
              <a
                class="button"
                download={`results-${comparison.slice(0, 8)}.json`}
                href={`/api/comparisons/${comparison}/results`}
              >
                <Icon name="download" /> JSON
              </a>
            </div>
            {found.axes.map((axis) => (
              <AxisTable key={axis.axis} axis={axis} />
            ))}
            {found.crossover && <Crossover found={found} />}
            <p class="tiny faint">{found.notice}</p>
          </>
        )}
      </div>
    </div>
  );
}

/** Both arms, and how a reader's answers differ between them. */
function Crossover({ found: { arms = [], crossover } }: { found: Results }) {
  const text = words.people;
  if (crossover === undefined) return null;
  const time = (arm: "with AI" | "without AI") => {
    const ms = crossover.medianMilliseconds[arm];
    return ms === undefined ? "—" : text.seconds(ms);
  };
  return (
    <>
      <p class="small soft">
        {text.pairs(crossover.pairs, crossover.washoutDays)} · {text.time(time("with AI"), time("without AI"))}
      </p>
      {crossover.axes.map(({ axis, changed, share, mcnemar }, i) => (
        <section key={axis} class="stack">
          <p class="small">
            <strong>{arms[0]?.axes[i].ask}</strong> {text.changed(changed, crossover.pairs)}
            {share && ` (${text.interval} ${(100 * share.low).toFixed(0)}–${(100 * share.high).toFixed(0)} %)`}
            {mcnemar && ` · ${text.mcnemar(mcnemar.p < 0.001 ? "< 0.001" : mcnemar.p.toFixed(3))}`}
          </p>
          {arms.map(({ arm, axes }) => (
            <AxisTable key={arm} axis={axes[i]} arm={text.armNames[arm] ?? arm} />
          ))}
        </section>
      ))}
    </>
  );
}

function AxisTable({ axis, arm }: { axis: AxisResults; arm?: string }) {
  const text = words.people;
  return (
    <section class="axis-results">
      <h2>{[axis.ask, arm].filter(Boolean).join(" ")}</h2>
      <table class="result-table">
        <thead>
          <tr>
            <th scope="col">{axis.options.some(({ source }) => source) ? text.preference : text.answer}</th>
            <th scope="col">{text.ratings}</th>
            <th scope="col">%</th>
            <th scope="col">{text.interval}</th>
            <td />
          </tr>
        </thead>
        <tbody>
          {axis.options.map((option) => (
            <tr key={option.option}>
              <th scope="row">
                {option.source
                  ? (text.sourceNames[option.source as "draft"] ?? option.source)
                  : option.option === "equal"
                    ? text.choices.equal
                    : option.option}
              </th>
              <td>{option.count}</td>
              <td>{option.share ? (100 * option.share.value).toFixed(0) : "—"}</td>
              <td>
                {option.share ? `${(100 * option.share.low).toFixed(0)}–${(100 * option.share.high).toFixed(0)}` : "—"}
              </td>
              <td class="interval-cell" aria-hidden="true">
                {option.share && (
                  <span class="interval">
                    <i
                      style={{
                        left: `${100 * option.share.low}%`,
                        width: `${100 * (option.share.high - option.share.low)}%`,
                      }}
                    />
                    <b style={{ left: `${100 * option.share.value}%` }} />
                  </span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="small soft">
        {[
          text.agreementOf(axis.agreement.raters, axis.agreement.shared),
          axis.agreement.fleissKappa !== undefined && `Fleiss κ ${axis.agreement.fleissKappa.toFixed(2)}`,
          axis.agreement.krippendorffAlpha !== undefined &&
            `Krippendorff α ${axis.agreement.krippendorffAlpha.toFixed(2)}`,
          axis.signTest &&
            `${text.signTest} p ${axis.signTest.p < 0.001 ? "< 0.001" : axis.signTest.p.toFixed(3)} (n ${axis.signTest.n})`,
        ]
          .filter(Boolean)
          .join(" · ")}
      </p>
    </section>
  );
}
