/** Loads @mlc-ai/web-xgrammar for tests: its bundle is a CommonJS file that its package calls a module. */
import { readFileSync } from "node:fs";
import { createRequire, Module } from "node:module";

type XGrammar = typeof import("@mlc-ai/web-xgrammar");

export function loadXGrammar(): XGrammar {
  const file = createRequire(import.meta.url).resolve("@mlc-ai/web-xgrammar");
  const module = new Module(file) as Module & { _compile(source: string, file: string): void };
  module._compile(readFileSync(file, "utf8"), file.replace(/\.js$/, ".cjs"));
  return module.exports;
}
