/**
 * Runs the tutorials: every `sh` block of docs/tutorials/*.md, in order, in an empty folder with the package installed the way
 * `npm install polyclinic` would leave it. The `text` block after a command holds what it printed, `![](images/name.png)` the picture
 * `name.png` it wrote.
 *
 *   node tools/check/lessons.mjs [lesson.md ...]          run, and write the outputs into the pages
 *   node tools/check/lessons.mjs --check [lesson.md ...]  run, and fail where a command fails or a page shows other words
 *
 * Numbers are not compared: times are measured, and the last digits of a probability depend on the processor. A block marked
 * `sh exit=5` has to end with that code. The package is built first (`npm run build`).
 */
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const pages = join(root, "docs/tutorials");
/** Marks a page whose images are screenshots and not written by a command. */
const screenshots = "<!-- screenshots -->";

const given = process.argv.slice(2).filter((argument) => argument !== "--check");
const check = process.argv.includes("--check");
const lessons =
  given.length > 0
    ? given.map((path) => resolve(path))
    : readdirSync(pages)
        .filter((name) => name.endsWith(".md"))
        .sort()
        .map((name) => join(pages, name));

let failures = 0;
for (const lesson of lessons) failures += await runLesson(lesson);
process.exitCode = failures > 0 ? 1 : 0;

/** @returns the number of failed blocks. */
async function runLesson(path) {
  const folder = mkdtempSync(join(tmpdir(), "polyclinic-lesson-"));
  install(folder);
  const page = readFileSync(path, "utf8");
  const blocks = [...page.matchAll(/^```sh(?: exit=(\d+))?\n([\s\S]*?)^```\n(?:\n(`{3,})text\n([\s\S]*?)^\3\n)?/gm)];
  let failed = 0;
  let written = "";
  let at = 0;
  for (const block of blocks) {
    const [whole, exit = "0", commands, , shown] = block;
    const started = Date.now();
    const { status, output } = run(commands, folder);
    console.log(
      `${basename(path)}: ${commands.trim().split("\n")[0]} (${((Date.now() - started) / 1000).toFixed(1)} s)`,
    );
    if (status !== Number(exit)) {
      console.error(`  exited with ${status} instead of ${exit}:\n${indent(output)}`);
      failed++;
    } else if (check && shown !== undefined && words(shown) !== words(output)) {
      console.error(`  prints different text from the page:\n${indent(output)}`);
      failed++;
    }
    written += page.slice(at, block.index);
    written +=
      shown === undefined
        ? whole
        : whole.slice(0, whole.lastIndexOf(`text\n${shown}`)).replace(/`+$/, "") + textBlock(output);
    at = block.index + whole.length;
  }
  written += page.slice(at);
  failed += await pictures(page, path, folder);
  if (!check && failed === 0) writeFileSync(path, written);
  rmSync(folder, { recursive: true });
  return failed;
}

/** Simulates `npm install polyclinic`: the package and its command. */
function install(folder) {
  mkdirSync(join(folder, "node_modules/.bin"), { recursive: true });
  symlinkSync(root, join(folder, "node_modules/polyclinic"));
  const command = `#!/bin/sh\nexec "${process.execPath}" "${join(root, "dist/cli/main.js")}" "$@"\n`;
  writeFileSync(join(folder, "node_modules/.bin/polyclinic"), command, { mode: 0o755 });
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
}

function run(commands, folder) {
  const { status, stdout } = spawnSync("bash", ["-euo", "pipefail", "-c", `exec 2>&1\n${commands}`], {
    cwd: folder,
    encoding: "utf8",
    // No colours, because a page is static; no messages from npm.
    env: { ...process.env, NO_COLOR: "1", npm_config_loglevel: "error", npm_config_update_notifier: "false" },
    maxBuffer: 64 * 2 ** 20,
  });
  const output = stdout
    // CSV has line ends of its own, which nobody sees on a page.
    .replaceAll("\r\n", "\n")
    .replaceAll(folder, ".")
    .replaceAll(root, "node_modules/polyclinic")
    // The number of progress lines depends on the machine.
    .replace(/^.*\[[#-]{20}\].*\n/gm, "")
    .replace(/[ \t]+$/gm, "");
  return { status, output: output === "" || output.endsWith("\n") ? output : `${output}\n` };
}

/** @returns the number of the page's images that no command wrote. */
async function pictures(page, path, folder) {
  // These are screenshots taken by a person.
  if (page.includes(screenshots)) return 0;
  let missing = 0;
  for (const [, name] of page.matchAll(/!\[[^\]]*\]\(images\/([^)]+)\)/g)) {
    if (!existsSync(join(folder, name))) {
      console.error(`  ${basename(path)} shows images/${name}, which no command wrote`);
      missing++;
    } else if (!check) {
      mkdirSync(join(dirname(path), "images"), { recursive: true });
      // Reduced for a web page: limited width and number of colours.
      await sharp(join(folder, name))
        .resize({ width: 1100, withoutEnlargement: true })
        .png({ palette: true, quality: 90, effort: 10 })
        .toFile(join(dirname(path), "images", name));
    }
  }
  return missing;
}

/** A model's text may contain fences; the fence of the block must be longer. */
function textBlock(output) {
  const fence = "`".repeat(Math.max(3, ...[...output.matchAll(/`+/g)].map(([run]) => run.length + 1)));
  return `${fence}text\n${output}${fence}\n`;
}

/** Everything except numbers, units of time, hashes, and runs of spaces and rules used for alignment. */
function words(text) {
  return text
    .replace(/\b[0-9a-f]{8,}\b/g, "#")
    .replace(/[\d.]+/g, "#")
    .replace(/# (ms|s|min|h)\b/g, "#")
    .replace(/[\s─-]+/g, " ")
    .trim();
}

function indent(text) {
  return text.replace(/^/gm, "    ");
}
