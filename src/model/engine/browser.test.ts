/** The engine and the runtime for browsers reach nothing of Node: what a browser build would have to load is walked here. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const model = dirname(dirname(fileURLToPath(import.meta.url)));
const entries = [
  "engine/engine.ts",
  "engine/onnx-model.ts",
  "engine/vision/dual-encoder.ts",
  "engine/prepare/store.ts",
  "runtime/web/web-runtime.ts",
].map((path) => resolve(model, path));

const imports = /(?:^|\n)\s*(?:import|export)\s+(?!type\s)(?:[^'"`;]*?\sfrom\s+)?["']([^"']+)["']/g;
const nodeOnly = /^(?:node:|onnxruntime-node|sharp|yauzl|tinypool)/;

test("what a browser loads imports no Node module", () => {
  const seen = new Set<string>();
  const wrong: string[] = [];
  const visit = (file: string) => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const [, specifier] of readFileSync(file, "utf8").matchAll(imports)) {
      if (nodeOnly.test(specifier)) wrong.push(`${relative(model, file)} -> ${specifier}`);
      else if (specifier.startsWith(".")) {
        const target = resolve(dirname(file), specifier);
        expect(existsSync(target), `${file} -> ${specifier}`).toBe(true);
        const sibling = target.replace(/(?<!\.web)\.ts$/, ".web.ts");
        visit(existsSync(sibling) ? sibling : target);
      }
    }
  };
  for (const entry of entries) visit(entry);
  expect(wrong).toEqual([]);
  expect(seen.size).toBeGreaterThan(50);
});
