/** What a user's package manager sees: exact versions, no install scripts, no address of a particular registry. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { ocrPackage } from "../src/imaging/ocr/models.ts";

const read = (name: string) => JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url), "utf8"));

test("dependencies are pinned to exact versions", () => {
  const { dependencies, devDependencies, optionalDependencies } = read("package.json");
  const loose = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies }).filter(
    ([, v]) => !/^\d/.test(String(v)),
  );
  expect(loose).toEqual([]);
});

test.each(["package-lock.json", "bench/package-lock.json"])("%s marks no install scripts: npm runs none", (name) => {
  const packages = Object.entries<{ hasInstallScript?: boolean }>(read(name).packages);
  expect(packages.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path)).toEqual([]);
});

test("a default install has the models that OCR looks for, and can do without them", () => {
  const { optionalDependencies, dependencies } = read("package.json");
  const [, name, version] = /^(.+)@([^@]+)$/.exec(ocrPackage) ?? [];
  expect([optionalDependencies[name], dependencies[name]]).toEqual([version, undefined]);
  expect(read("package-lock.json").packages[`node_modules/${name}`]).toMatchObject({ version, optional: true });
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
