/**
 * Writes the lock file of a folder anew from its package.json: `node tools/build/lock.mjs [bench]`. Two things npm does not do by itself:
 * - The marks of install scripts are taken out, so that no version of npm runs one. Nothing here needs one; onnxruntime-node's would fetch
 *   300 MB of CUDA libraries on Linux.
 * - Binaries of other platforms that the registry at hand does not hold are entered by name, version and platform, or `npm ci` refuses the
 *   file on every platform.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

const folder = process.argv[2] ?? ".";
const file = `${folder}/package-lock.json`;
execFileSync("npm", ["install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund"], {
  cwd: folder,
  stdio: "inherit",
});
const lock = JSON.parse(readFileSync(file, "utf8"));
const systems = { mac: "darwin", darwin: "darwin", win: "win32", win32: "win32", linux: "linux" };
for (const entry of Object.values(lock.packages)) {
  delete entry.hasInstallScript;
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const [, system, cpu] = /\/([a-z0-9]+)-([a-z0-9]+)/.exec(name) ?? [];
    if (systems[system] !== undefined)
      lock.packages[`node_modules/${name}`] ??= { version, cpu: [cpu], optional: true, os: [systems[system]] };
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(file, `${JSON.stringify(lock, undefined, 2)}\n`);
