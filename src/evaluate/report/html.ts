import type { ScoredItem } from "../score/score.ts";
import { markdownReport } from "./markdown.ts";
import type { RunReport } from "./report.ts";

export function htmlReport(report: RunReport, _items: readonly ScoredItem[]): string {
  return `<!doctype html><pre>${markdownReport(report).replace(/</g, "&lt;")}</pre>`;
}
