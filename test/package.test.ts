/** What a user's package manager sees: exact versions, no install scripts, no address of a particular registry. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
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

/** The compiler does not rewrite the ending of a relative `import()` inside a function with `await using`. */
test("no built module imports a source file", () => {
  const dist = fileURLToPath(new URL("../dist/", import.meta.url));
  const built = readdirSync(dist, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".js"));
  const wrong = built.filter((name) =>
    /(?:from|import\()\s*"\.[^"]*\.ts"/.test(readFileSync(join(dist, name), "utf8")),
  );
  expect([built.length > 100, wrong]).toEqual([true, []]);
});
