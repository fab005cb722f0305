/**
 * docs/metrics.md lists every measure. Write its table again, with the differences seen: POLYCLINIC_METRICS_TABLE=1 npx vitest run src/measure/catalogue.test.ts
 */
import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type CatalogueEntry, catalogue } from "./catalogue.ts";
import { difference, goldenCases, plays, type Theme, themes } from "./goldens/testing.ts";
import * as measures from "./index.ts";

const page = new URL("../../docs/metrics.md", import.meta.url);
const goldens = new Map(themes.map((theme) => [theme, goldenCases(theme)]));

function rowOf({ name, definition, call, golden }: CatalogueEntry): string {
  const [theme, measure] = golden.split("/") as [Theme, string];
  const cases = goldens.get(theme)!.cases.filter((one) => one.measure === measure);
  const valued = cases.filter(({ value }) => value !== null);
  const apart = Math.max(
    ...valued.map((one) =>
      difference(
        measures.ifDefined(() => plays[theme][measure](one.input)),
        one.value,
        false,
      ),
    ),
  );
  const references = [...new Set(valued.map(({ reference }) => reference))].join("; ");
  return `| \`${name}\` | ${definition.replaceAll("|", "\\|")} | \`${call}\` | ${references} | ${valued.length} | ${apart === 0 ? "0" : apart.toExponential(0)} |`;
}

test("every measure of the catalogue has golden cases with values, and every golden case stands in the catalogue", () => {
  const listed = new Set(catalogue.map(({ golden }) => golden));
  const played = themes
    .filter((theme) => theme !== "special")
    .flatMap((theme) => Object.keys(plays[theme]).map((measure) => `${theme}/${measure}`));
  // One more case of f1-macro, not a measure of its own.
  expect([...listed].sort()).toEqual(played.filter((golden) => golden !== "classification/f1-empty-label").sort());
});

test("every function the catalogue names exists", () => {
  const missing = catalogue
    .flatMap(({ call }) => call.replace(" ...", "").split(", "))
    .filter((name) => !(name in measures));
  expect(missing).toEqual([]);
});

test("docs/metrics.md lists every measure of the catalogue, once", () => {
  const text = readFileSync(page, "utf8");
  if (process.env.POLYCLINIC_METRICS_TABLE !== undefined) {
    const [before, rest] = text.split("<!-- table -->");
    const table = [
      "| name | definition | function | reference | cases | largest difference |",
      "|---|---|---|---|---|---|",
      ...catalogue.map(rowOf),
    ].join("\n");
    writeFileSync(
      page,
      `${before}<!-- table -->\n\n${table}\n\n<!-- table -->${text.split("<!-- table -->")[2] ?? rest}`,
    );
    return;
  }
  const rows = text.split("\n").filter((line) => /^\| `/.test(line));
  expect(rows.map((row) => row.split("`")[1])).toEqual(catalogue.map(({ name }) => name));
});
