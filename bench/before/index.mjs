/**
 * `npm run bench -- before --base <commit>`: this build against the build of an earlier commit, interleaved in one run on the same weights (the
 * earlier commit's nano). Each case runs in its own process; figures are its processor time (user and system, all threads), which other work on the
 * machine disturbs less than the clock does. `ours` is this build, `peer` the earlier one; the note says whether both gave the same bytes, and if not,
 * which parts of the JSON differ.
 *
 * The earlier commit is built in a temporary git worktree, with the dependencies of this checkout. `--base` may also be a folder with a build.
 */
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { median, sample, turns } from "../main/cli.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const worker = fileURLToPath(new URL("worker.mjs", import.meta.url));
const film = sample("chest-xray.jpg");
const sampling = ["--json", "--quiet", "--temperature", "1", "--seed", "7"];

/** Arguments of the command line; `{model}` and `{folder}` are filled in. */
const commands = {
  ask: ["ask", film, "What is seen?", "--max-tokens", "60", "--model", "{model}", ...sampling],
  report: ["report", film, "--model", "{model}", ...sampling],
  classify: ["classify", film, "--labels", "normal,pneumonia", "--model", "{model}", ...sampling],
  locate: ["locate", film, "right lung", "--model", "{model}", ...sampling],
  compare: [
    ...["compare", sample("chest-pair/1-prior.jpg"), sample("chest-pair/2-current.jpg"), "--model", "{model}"],
    ...sampling,
  ],
  inspect: ["inspect", sample("head-mri.zip"), "--json"],
  batch: [
    "batch",
    "{folder}/studies.csv",
    "--task",
    "ask",
    "-q",
    "Is there pneumonia?",
    "-o",
    "{folder}/out",
    "--model",
    "{model}",
  ],
};
/** Cases of `worker.mjs`, which uses the library. */
const library = ["follow-up", "schema"];

/** @param {{ base?: string, only?: string, log: (line: string) => void }} options `base`: a commit, or the folder of a build. */
export async function rows({ base, only, log }) {
  if (base === undefined) throw new Error("bench before: --base <commit> is missing");
  const folder = mkdtempSync(join(tmpdir(), "polyclinic-before-"));
  const earlier = existsSync(join(base, "dist")) ? base : build(base, join(folder, "base"), log);
  const builds = { earlier, this: root };
  const model = join(earlier, "models/nano");
  writeFileSync(
    join(folder, "studies.csv"),
    `id,study\n${Array.from({ length: 20 }, (_, i) => `${i},"${film}"`).join("\n")}\n`,
  );
  const found = [];
  try {
    for (const id of [...library, ...Object.keys(commands)]) {
      if (only !== undefined && only !== id) continue;
      log(`measuring ${id}`);
      const seconds = { earlier: [], this: [] };
      const outputs = {};
      // The first round prepares the model and fills the page cache.
      for (let round = 0; round <= Math.max(turns, 3); round++)
        for (const [name, path] of Object.entries(builds)) {
          rmSync(join(folder, "out"), { recursive: true, force: true });
          const env = { POLYCLINIC_CACHE: join(folder, `cache-${name}`), CPU_FILE: join(folder, "cpu.json") };
          const fill = (text) => text.replace("{model}", model).replace("{folder}", folder);
          const args = library.includes(id)
            ? [worker, path, id, model, film]
            : [join(path, "dist/cli/main.js"), ...commands[id].map(fill)];
          const output = await run(args, env);
          outputs[name] = id === "batch" ? readFileSync(join(folder, "out/results.jsonl"), "utf8") : output;
          if (round > 0) seconds[name].push(JSON.parse(readFileSync(env.CPU_FILE, "utf8")));
        }
      const [ours, peer] = [median([...seconds.this]), median([...seconds.earlier])];
      const spread = (values) => values.map((value) => value.toFixed(2)).join(", ");
      const note = `n ${seconds.this.length} (${spread(seconds.this)}; ${spread(seconds.earlier)}); ${compared(outputs.this, outputs.earlier)}`;
      log(`${(peer / ours).toFixed(2)}x; ${note}`);
      found.push({ id: `before.${id}`, ours, peer, peerName: base, unit: "processor s", ratio: peer / ours, note });
    }
    return found;
  } finally {
    if (earlier !== base) execFileSync("git", ["worktree", "remove", "--force", earlier], { cwd: root });
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Builds a commit in a worktree of its own. Its types may not fit newer dependencies; its JavaScript is emitted in any case. */
function build(commit, folder, log) {
  log(`building ${commit}`);
  execFileSync("git", ["worktree", "add", "--detach", folder, commit], { cwd: root, stdio: "ignore" });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  try {
    execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"], {
      cwd: folder,
      stdio: "ignore",
    });
  } catch {
    if (!existsSync(join(folder, "dist/cli/main.js"))) throw new Error(`${commit} cannot be built`);
  }
  return folder;
}

/** Runs a program; its processor seconds are written to CPU_FILE when it ends. @returns stdout. */
function run(args, env) {
  const child = spawn(process.execPath, ["--import", new URL("cpu.mjs", import.meta.url).href, ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [out, err] = ["", ""];
  child.stdout.on("data", (data) => (out += data));
  child.stderr.on("data", (data) => (err += data));
  return new Promise((resolve, reject) =>
    child.on("close", (code) =>
      [0, 5, 6].includes(code)
        ? resolve(out)
        : reject(new Error(`${args.slice(0, 4).join(" ")} ended with ${code}: ${err}`)),
    ),
  );
}

/** Whether two outputs are the same bytes, or what differs: the paths of values, and of those that only one has. */
function compared(ours, earlier) {
  if (ours === earlier) return "the same bytes";
  let pairs;
  try {
    pairs = [ours, earlier].map((text) => {
      const lines = text.trim().startsWith("{\n") ? [text] : text.trim().split("\n");
      return lines.map((line) => JSON.parse(line));
    });
  } catch {
    return "different text";
  }
  const [differ, added, gone] = [new Set(), new Set(), new Set()];
  /** Largest difference of numbers, by path. */
  const largest = new Map();
  const walk = (a, b, path) => {
    if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) {
      if (a === b) return;
      differ.add(path);
      if (typeof a === "number" && typeof b === "number")
        largest.set(path, Math.max(largest.get(path) ?? 0, Math.abs(a - b)));
      return;
    }
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
      const at = [path, Array.isArray(a) ? "" : key].filter(Boolean).join(".");
      if (!(key in a)) gone.add(at);
      else if (!(key in b)) added.add(at);
      else walk(a[key], b[key], at);
    }
  };
  walk(...pairs, "");
  const shown = (path) => (largest.has(path) ? `${path} (by at most ${largest.get(path).toPrecision(2)})` : path);
  const list = (name, paths) => (paths.size === 0 ? [] : [`${name}: ${[...paths].sort().map(shown).join(" ")}`]);
  return (
    [...list("differ", differ), ...list("added since", added), ...list("gone since", gone)].join("; ") ||
    "the same values"
  );
}
