/** One study: the viewer, and panels for the report, the questions, what the model saw, and the details. */
import { useEffect, useMemo } from "preact/hooks";
import { useActions } from "../app/keys.ts";
import { addressOf, go, type Panel, panels } from "../app/router.ts";
import { AskPanel } from "../ask/panel.tsx";
import { ReportPanel } from "../report/panel.tsx";
import { SeenPanel } from "../seen/panel.tsx";
import { nameOf } from "../studies/table.tsx";
import { Viewer } from "../viewer/viewer.tsx";
import { words } from "../words/en.ts";
import { DetailsPanel } from "./details.tsx";
import { StudyState } from "./state.ts";
import "./study.css";

export default function StudyScreen({ study, panel }: { study: string; panel: Panel }) {
  const state = useMemo(() => new StudyState(study), [study]);
  useEffect(() => () => state.close(), [state]);
  const names: Readonly<Record<Panel, string>> = {
    report: words.report.tab,
    ask: words.ask.tab,
    seen: words.ask.seenTab,
    details: words.ask.detailsTab,
  };
  useActions({
    title: words.nav.studies,
    actions: panels.map((name, i) => ({
      keys: [`Alt+${i + 1}`],
      label: names[name],
      run: () => go({ screen: "study", study, panel: name }),
      whileTyping: true,
    })),
  });
  const row = state.row.value;
  const open = state.draft.unreviewed.value;
  return (
    <div class="study-screen">
      <h1 class="hidden-words">{row ? `${row.label} ${nameOf(row.patient.name)}` : words.nav.studies}</h1>
      <Viewer reader={state.reader} />
      <aside class="side" aria-label={names[panel]}>
        <div class="tabs" role="tablist" aria-label={words.report.actions}>
          {panels.map((name, i) => (
            <a
              key={name}
              id={`tab-${name}`}
              role="tab"
              aria-selected={panel === name}
              aria-controls="panel"
              class="tab"
              title={`${names[name]} (Alt+${i + 1})`}
              href={addressOf({ screen: "study", study, panel: name })}
            >
              {names[name]}
              {name === "report" && open > 0 && <span class="count">{open}</span>}
            </a>
          ))}
        </div>
        <div id="panel" class="panel" role="tabpanel" aria-labelledby={`tab-${panel}`} tabIndex={0}>
          {panel === "report" && <ReportPanel state={state} />}
          {panel === "ask" && <AskPanel state={state} />}
          {panel === "seen" && <SeenPanel state={state} />}
          {panel === "details" && <DetailsPanel state={state} />}
        </div>
      </aside>
    </div>
  );
}
