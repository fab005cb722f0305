/** The help sheet against the code: it lists the registered actions themselves, so only keys handled elsewhere could be missing. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { reasons } from "../api/types.ts";
import { words } from "../words/en.ts";

const folder = fileURLToPath(new URL("..", import.meta.url));
const sources = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((name) => /\.tsx?$/.test(name) && !name.includes(".test."))
  .map((name) => [name, readFileSync(`${folder}/${name}`, "utf8")] as const);

test("every key that a field or question handles itself is in the help sheet", () => {
  const handled = new Set(
    sources.flatMap(([, text]) => [...text.matchAll(/event\.key === "([^"]+)"/g)].map(([, key]) => key)),
  );
  expect(handled.size).toBeGreaterThan(3);
  const listed = new Set<string>(words.help.fieldLines.map(([key]) => key));
  expect([...handled].filter((key) => !listed.has(key))).toEqual([]);
  expect(listed).toContain(`1 to ${reasons.length}`);
});

test("keys are listened to only by the registered actions, dialogs and fields", () => {
  const listening = sources
    .filter(([, text]) => /addEventListener\("key|onKey(Down|Up)/.test(text))
    .map(([name]) => name);
  expect(listening.sort()).toEqual(["app/keys.ts", "ask/panel.tsx", "report/sentence.tsx"]);
});

test("every action has a name for the help sheet", () => {
  for (const [name, text] of sources)
    for (const [action] of text.matchAll(/\{\s*keys: \[[^\]]*\],[^}]*?run:/g)) expect(action, name).toMatch(/label:/);
});
