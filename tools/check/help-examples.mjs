/**
 * Runs every example of every `--help` as it is printed, in the order of the command list, in an empty folder with the packed package installed
 * and its samples copied there (as the help says). Prints each with its seconds; what is not run, with the reason; and what fails, with its words.
 *
 * Run after `npm run build`: `node tools/check/help-examples.mjs [--only PATTERN] [--keep]`. `--only` runs the examples that match the pattern,
 * `--keep` keeps the folder.
 */
import { execFileSync, spawn } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

/** Examples that cannot run without something that is not on every machine, each with what that is. */
const skipped = [
  [/https?:\/\//, "a model server, or a cluster"],
  [/\.\/txgemma/, "downloaded weights"],
  [/models (?:pull|rm) google\//, "weights behind a licence"],
  [/--device gpu/, "a graphics device"],
  [/PubMedQA\/data/, "a data set of another publisher"],
  [/runs\/health|judge rating/, "a judge model"],
  [/polyclinic erase/, "a patient whose studies were uploaded in the browser"],
  [/study import/, "forms that people filled in"],
  [/study analyse/, "ratings of people"],
  [/^polyclinic consult --model/, "a person at a terminal"],
];
/** Examples that run until they are stopped, and the words after which they are. */
const [serverPattern, servingPattern] = [/serve/, /https?:\/\/\S+/];
const limitSeconds = 300;

const { values: options } = parseArgs({ options: { only: { type: "string" }, keep: { type: "boolean" } } });
const root = fileURLToPath(new URL("../..", import.meta.url));
const project = mkdtempSync(join(tmpdir(), "polyclinic-help-"));
const home = join(project, "node_modules/polyclinic");
const bin = join(project, "node_modules/.bin");
const env = {
  ...process.env,
  PATH: `${bin}${delimiter}${process.env.PATH}`,
  POLYCLINIC_CACHE: join(project, "cache"),
  // Commands that open a browser do not find one to open.
  BROWSER: "true",
};

install();
const examples = collect([]);
let failures = 0;
let ran = 0;
for (const command of new Set(examples)) {
  if (options.only !== undefined && !new RegExp(options.only).test(command)) continue;
  const reason = skipped.find(([pattern]) => new RegExp(pattern).test(command))?.[1];
  if (reason !== undefined) {
    console.log(`skipped  ${command}\n         needs ${reason}`);
    continue;
  }
  ran++;
  const began = performance.now();
  const { code, output } = await execute(command);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  // 5 and 6: an answer that could not be parsed, a question that was declined; help says so.
  if ([0, 5, 6].includes(code)) console.log(`ok ${seconds.padStart(5)}s ${command}`);
  else {
    failures++;
    console.log(
      `FAILED   ${command}\n${output.trim().replace(/^/gm, "         ")}\n         ended with ${code} after ${seconds} s`,
    );
  }
}
console.log(`${ran} examples ran, ${failures} failed`);
if (options.keep) console.log(project);
else rmSync(project, { recursive: true, force: true });
process.exitCode = failures === 0 ? 0 : 1;

/** The package as a user installs it, with the dependencies of this checkout. */
function install() {
  mkdirSync(home, { recursive: true });
  mkdirSync(bin);
  const pack = ["pack", "--ignore-scripts", "--silent", "--pack-destination", project];
  const archive = execFileSync("npm", pack, { cwd: root, encoding: "utf8" }).trim();
  execFileSync("tar", ["xzf", join(project, archive), "--strip-components=1", "-C", home]);
  const { dependencies, optionalDependencies, peerDependencies } = JSON.parse(
    readFileSync(join(home, "package.json"), "utf8"),
  );
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
    mkdirSync(dirname(join(project, "node_modules", name)), { recursive: true });
    if (existsSync(join(root, "node_modules", name)))
      symlinkSync(join(root, "node_modules", name), join(project, "node_modules", name));
  }
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "user", private: true, type: "module" }));
  writeFileSync(
    join(bin, "polyclinic"),
    `#!/bin/sh\nexec "${process.execPath}" "${join(home, "dist/cli/main.js")}" "$@"\n`,
  );
  chmodSync(join(bin, "polyclinic"), 0o755);
  cpSync(join(home, "samples"), join(project, "samples"), { recursive: true });
}

/** Examples of a command's help and of its subcommands, in the order in which they are printed. */
function collect(path) {
  const help = execFileSync(join(bin, "polyclinic"), [...path, "--help"], { encoding: "utf8", cwd: project, env });
  const shown = help.split("\n").flatMap((line) => /^\s+\$ (polyclinic .*)$/.exec(line)?.[1] ?? []);
  const [, list = ""] = /\nCommands:\n([\s\S]*?)(?:\n\n|$)/.exec(help) ?? [];
  const names = path.length > 1 ? [] : [...list.matchAll(/^ {2}([a-z][a-z-]*)/gm)].map(([, name]) => name);
  return [...shown, ...names.filter((name) => name !== "help").flatMap((name) => collect([...path, name]))];
}

/** @returns the exit code, 0 for a server that answered before it was stopped, and what it printed. */
function execute(command) {
  const isServer = serverPattern.test(command.split(" ").slice(1, 3).join(" "));
  const child = spawn("sh", ["-c", command], { cwd: project, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  let output = "";
  let stopped = false;
  const stop = (signal) => {
    try {
      process.kill(-child.pid, signal);
    } catch {} // It has ended.
  };
  const timer = setTimeout(() => {
    output += `\nstopped after ${limitSeconds} s`;
    stop("SIGKILL");
  }, limitSeconds * 1000);
  const onData = (data) => {
    output += data;
    if (!isServer || stopped || !servingPattern.test(output)) return;
    stopped = true;
    setTimeout(() => stop("SIGINT"), 1000);
  };
  child.stdout.on("data", onData);
  child.stderr.on("data", onData);
  return new Promise((resolve) =>
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({ code: stopped ? 0 : code, output });
    }),
  );
}
