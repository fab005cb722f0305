import { render } from "preact";
import { lazy, Suspense } from "preact/compat";
import { openSession } from "./api/client.ts";
import { route } from "./app/router.ts";
import { Shell } from "./app/shell.tsx";
import { StudyList } from "./studies/list.tsx";
import "./app/theme.ts";
import "./style/tokens.css";
import "./style/base.css";
import "./style/controls.css";
import "./style/shell.css";

const StudyScreen = lazy(() => import("./study/screen.tsx"));
const CompareScreen = lazy(() => import("./compare/screen.tsx"));
const PeopleScreen = lazy(() => import("./people/list.tsx"));
const NewPeopleScreen = lazy(() => import("./people/new.tsx"));
const RatingScreen = lazy(() => import("./people/rate.tsx"));
const ResultsScreen = lazy(() => import("./people/results.tsx"));

function Screen() {
  const here = route.value;
  switch (here.screen) {
    case "studies":
      return <StudyList />;
    case "study":
      return <StudyScreen key={here.study} study={here.study} panel={here.panel} />;
    case "compare":
      return <CompareScreen key={here.study} study={here.study} />;
    case "people":
      return <PeopleScreen />;
    case "people-new":
      return <NewPeopleScreen />;
    case "rating":
      return <RatingScreen key={here.comparison} comparison={here.comparison} />;
    case "results":
      return <ResultsScreen key={here.comparison} comparison={here.comparison} />;
  }
}

void openSession();
render(
  <Shell>
    <Suspense
      fallback={
        <div class="loading">
          <span class="spinner" />
        </div>
      }
    >
      <Screen />
    </Suspense>
  </Shell>,
  document.getElementById("app")!,
);
