/** axe-core's rules on a page, in both themes. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** @param screen named in what is found. @returns one line a violation; the page is left in the dark theme. */
export async function axeViolations(page: Page, screen: string): Promise<string[]> {
  if ((await page.evaluate("typeof axe")) === "undefined") await page.evaluate(axe);
  const broken: string[] = [];
  // All rules in the dark; the light theme differs in its colours only.
  for (const [theme, rules] of [
    ["dark", "{}"],
    ["light", `{ runOnly: ["color-contrast"] }`],
  ]) {
    await page.evaluate(`document.documentElement.dataset.theme = "${theme}"`);
    const found = (await page.evaluate(
      `axe.run(document, { resultTypes: ["violations"], ...${rules} }).then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes[0].html.slice(0, 140)))`,
    )) as string[];
    broken.push(...found.map((one) => `${theme} ${screen}: ${one}`));
  }
  await page.evaluate(`document.documentElement.dataset.theme = "dark"`);
  return broken;
}
