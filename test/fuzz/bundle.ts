/**
 * The fuzzer and its child process as plain JavaScript: the files of this folder bundled, everything of `src/` taken from `dist/`. Started by a
 * TypeScript loader, a child would spend more time on loading and on every later `import()` than on its files; on a busy machine and at low priority
 * a fuzzer that is started by one may try no file for half an hour.
 */
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join, resolve, sep } from "node:path";
import { root } from "./seed.ts";

const source = resolve(root, "src") + sep;
const compiled = resolve(root, "dist") + sep;

/**
 * `.cache/NAME`, beside the packages that it imports and as deep as this folder. `remove` deletes it.
 * @returns the path of the child.
 */
export async function bundleChild(
  name = `fuzz-${process.pid}-${Date.now()}`,
): Promise<{ path: string; remove: () => Promise<void> }> {
  const outDir = join(root, ".cache", name);
  // Loaded here: a bundled fuzzer has its child and needs no bundler.
  const { build } = await import("vite");
  await build({
    configFile: false,
    root,
    logLevel: "error",
    plugins: [
      {
        name: "compiled-sources",
        enforce: "pre",
        resolveId(id, importer) {
          if (importer === undefined || !id.startsWith(".")) return undefined;
          const path = resolve(importer, "..", id);
          if (!path.startsWith(source)) return undefined;
          // Helpers of tests are not compiled: they are bundled, and import the rest from `dist/` too.
          const built = compiled + path.slice(source.length).replace(/\.ts$/, ".js");
          return existsSync(built) ? { id: built, external: "absolute" } : path;
        },
      },
    ],
    ssr: { external: true },
    build: {
      ssr: true,
      outDir,
      target: "es2023",
      minify: false,
      rollupOptions: {
        input: { run: join(root, "test/fuzz/run.ts"), child: join(root, "test/fuzz/child.ts") },
        output: { entryFileNames: "[name].mjs", chunkFileNames: "[name]-[hash].mjs" },
      },
    },
  });
  return { path: join(outDir, "child.mjs"), remove: () => rm(outDir, { recursive: true, force: true }) };
}
