/**
 * Builds the tab's two programs into `dist/web`: the page, and the worker with the engine. In a browser build a file
 * `x.web.ts` replaces `x.ts` beside it (`floors.test.ts` checks the modules for the browser).
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const { version } = JSON.parse(readFileSync(here("../../package.json"), "utf8"));

/** @type {import("vite").Plugin} */
const webSiblings = {
  name: "web-siblings",
  enforce: "pre",
  resolveId(source, importer) {
    if (importer === undefined || !source.startsWith(".") || !source.endsWith(".ts")) return null;
    const sibling = resolve(dirname(importer), source.replace(/(?<!\.web)\.ts$/, ".web.ts"));
    return existsSync(sibling) ? sibling : null;
  },
};

/** @type {import("vite").InlineConfig} */
const common = {
  base: "./",
  publicDir: false,
  logLevel: "warn",
  plugins: [webSiblings],
  define: { POLYCLINIC_VERSION: JSON.stringify(version) },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
};

/** @type {import("vite").BuildOptions} */
const build = {
  outDir: here("../../dist/web"),
  target: "es2023",
  sourcemap: false,
  assetsInlineLimit: 0,
  chunkSizeWarningLimit: 4000,
};

/** @type {import("vite").InlineConfig} */
export const page = {
  ...common,
  configFile: false,
  root: here("page"),
  build: { ...build, emptyOutDir: true, modulePreload: { polyfill: false } },
};

/** `webgpu`: whether to include the WebGPU runtime. @returns {import("vite").InlineConfig} */
export const worker = ({ webgpu }) => ({
  ...common,
  define: { ...common.define, POLYCLINIC_WEBGPU: JSON.stringify(webgpu) },
  configFile: false,
  root: here("."),
  // WebAssembly and its glue code stay separate files: they are fetched by URL, and threads start from the glue code.
  resolve: { conditions: ["onnxruntime-web-use-extern-wasm", "module", "browser", "production"] },
  build: {
    ...build,
    emptyOutDir: false,
    modulePreload: false,
    rollupOptions: {
      input: { worker: here("worker.ts") },
      output: { format: "es", entryFileNames: "[name].js", chunkFileNames: "assets/[name]-[hash].js" },
    },
  },
});
