/** What a user's package manager sees: exact versions, no install scripts, no address of a particular registry. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const read = (name: string) => JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url), "utf8"));

test("dependencies are pinned to exact versions", () => {
  const { dependencies, devDependencies } = read("package.json");
  const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(([, v]) => !/^\d/.test(String(v)));
  expect(loose).toEqual([]);
});

test.each(["package-lock.json", "bench/package-lock.json"])("%s marks no install scripts: npm runs none", (name) => {
  const packages = Object.entries<{ hasInstallScript?: boolean }>(read(name).packages);
  expect(packages.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path)).toEqual([]);
});
