/** The router. The location is in the URL fragment, which browsers do not send, so study identifiers do not appear in server or proxy logs. */
import { signal } from "@preact/signals";

export type Route =
  | { readonly screen: "studies" }
  | { readonly screen: "study"; readonly study: string; readonly panel: Panel }
  | { readonly screen: "compare"; readonly study: string }
  | { readonly screen: "people" }
  | { readonly screen: "people-new" }
  | { readonly screen: "rating"; readonly comparison: string }
  | { readonly screen: "results"; readonly comparison: string };

export const panels = ["report", "ask", "seen", "details"] as const;
export type Panel = (typeof panels)[number];

export function parseRoute(hash: string): Route {
  const [, first = "", id = "", rest = ""] = hash.replace(/^#/, "").split("/").map(decodeURIComponent);
  if (first === "study" && id !== "")
    return { screen: "study", study: id, panel: panels.find((panel) => panel === rest) ?? "report" };
  if (first === "compare" && id !== "") return { screen: "compare", study: id };
  if (first === "people") {
    if (id === "new") return { screen: "people-new" };
    if (id !== "")
      return rest === "results" ? { screen: "results", comparison: id } : { screen: "rating", comparison: id };
    return { screen: "people" };
  }
  return { screen: "studies" };
}

export function addressOf(route: Route): string {
  switch (route.screen) {
    case "studies":
      return "#/";
    case "study":
      return `#/study/${encodeURIComponent(route.study)}/${route.panel}`;
    case "compare":
      return `#/compare/${encodeURIComponent(route.study)}`;
    case "people":
      return "#/people";
    case "people-new":
      return "#/people/new";
    case "rating":
      return `#/people/${encodeURIComponent(route.comparison)}`;
    case "results":
      return `#/people/${encodeURIComponent(route.comparison)}/results`;
  }
}

export const route = signal<Route>(parseRoute(location.hash));

addEventListener("hashchange", () => {
  route.value = parseRoute(location.hash);
});

export function go(to: Route): void {
  location.hash = addressOf(to).slice(1);
}
