/**
 * What the package costs in a user's project: packs it, installs the tarball in an empty folder, and prints the size of each direct dependency
 * together with the packages that come with it, as the table of `docs/install.md`. A package that several need counts for the first in the list.
 * Then deletes the binaries of other platforms as that page says, and runs a question, which must still be answered.
 *
 * Run after `npm run build`: `node tools/check/package-size.mjs`. Needs the registry.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const project = mkdtempSync(join(tmpdir(), "polyclinic-size-"));
const run = (command, args, cwd) => execFileSync(command, args, { cwd, encoding: "utf8", maxBuffer: 1 << 28 });
try {
  const pack = ["pack", "--ignore-scripts", "--silent", "--pack-destination", project];
  const archive = join(project, run("npm", pack, root).trim());
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "user", private: true, type: "module" }));
  run("npm", ["install", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", archive], project);
  const modules = join(project, "node_modules");
  const { packages } = JSON.parse(readFileSync(join(modules, ".package-lock.json"), "utf8"));
  const counted = new Set();
  /** Bytes of a package and of what it brings along that is not counted yet. */
  const costOf = (path) => {
    if (path === undefined || counted.has(path)) return 0;
    counted.add(path);
    const { dependencies, optionalDependencies, peerDependencies } = packages[path];
    const needed = Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies });
    return sizeOf(join(project, path)) + needed.reduce((sum, name) => sum + costOf(resolved(path, name)), 0);
  };
  /** The installed copy that Node finds from a package, as Node looks for it. */
  const resolved = (from, name) => {
    for (let at = from; ; at = at.slice(0, at.lastIndexOf("/node_modules/"))) {
      if (`${at}/node_modules/${name}` in packages) return `${at}/node_modules/${name}`;
      if (!at.includes("/node_modules/")) break;
    }
    return `node_modules/${name}` in packages ? `node_modules/${name}` : undefined;
  };
  const own = "node_modules/polyclinic";
  const direct = Object.keys({ ...packages[own].dependencies, ...packages[own].optionalDependencies });
  counted.add(own);
  const rows = [["polyclinic itself", sizeOf(join(project, own))]];
  for (const name of direct) rows.push([name, costOf(resolved(own, name))]);
  rows.sort((a, b) => Number(b[1]) - Number(a[1]));
  for (const [name, bytes] of rows) console.log(`| ${name} | ${mb(bytes)} |`);
  console.log(`| all | ${mb(sizeOf(modules))} |`);

  const binaries = join(modules, "onnxruntime-node/bin");
  for (const api of readdirSync(binaries))
    for (const platform of readdirSync(join(binaries, api)))
      for (const cpu of readdirSync(join(binaries, api, platform)))
        if (platform !== process.platform || cpu !== process.arch)
          rmSync(join(binaries, api, platform, cpu), { recursive: true });
  console.log(`| without ONNX Runtime for other platforms | ${mb(sizeOf(modules))} |`);
  const film = join(modules, "polyclinic/samples/chest-xray.jpg");
  const answer = run("npx", ["polyclinic", "ask", film, "Is there pneumonia?", "--quiet"], project);
  if (!answer.includes("Final Answer:")) throw new Error(`no answer after that: ${answer}`);
} finally {
  rmSync(project, { recursive: true, force: true });
}

/** Bytes of a folder's files; packages installed within it are counted by themselves. */
function sizeOf(folder) {
  if (!existsSync(folder)) return 0;
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && entry.name !== "node_modules") bytes += sizeOf(path);
    else if (entry.isFile()) bytes += statSync(path).size;
  }
  return bytes;
}

function mb(bytes) {
  return (bytes / 1e6).toFixed(1);
}
