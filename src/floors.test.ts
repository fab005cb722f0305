/**
 * Checks the sources against the picture in ARCHITECTURE.md (imports go down the floors, sideways only along the drawn arrows) and against the size
 * rules of the house: at most 20 files side by side, and a reason in every file of over 300 lines.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const src = dirname(fileURLToPath(import.meta.url));
const root = join(src, "..");

/** The picture: `N  room/ room/ ...  words`, then the arrows inside a floor, then the rooms that can run in a browser. */
const picture = /```\n(\d {2}[\s\S]*?)```/.exec(readFileSync(join(src, "../ARCHITECTURE.md"), "utf8"))![1].split("\n");
const after = (label: string) => picture.find((line) => line.startsWith(`${label}: `))!.slice(label.length + 2);

const floors: readonly (readonly string[])[] = picture
  .filter((line) => /^\d/.test(line))
  .map((line) => [...line.matchAll(/\b([a-z]+)\//g)].map((m) => m[1]))
  .reverse();
/** `from -> to` inside one floor. */
const arrows = new Set(after("sideways").split(", "));
/** Rooms that can run in a browser: no Node built-ins, directly or through what they import. */
const browserRooms = after("browser")
  .split(" ")
  .map((room) => room.replace(/\/$/, ""));

const floorOf = (room: string) => floors.findIndex((rooms) => rooms.includes(room));

function* sources(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* sources(path);
    // Tests and what only they use (`testing.ts`) may reach anywhere.
    else if (/\.tsx?$/.test(entry.name) && !/(?:\.test|testing)\.ts$/.test(entry.name)) yield path;
  }
}

const importPattern =
  /(?:^|\n)\s*(?:import|export)\s+(type\s+)?(?:[^'"`;]*?\sfrom\s+)?["']([^"']+)["']|import\(\s*["']([^"']+)["']\s*\)/g;

function importsOf(file: string): { specifier: string; typeOnly: boolean }[] {
  return [...readFileSync(file, "utf8").matchAll(importPattern)].map((m) => ({
    specifier: m[2] ?? m[3],
    typeOnly: m[1] !== undefined,
  }));
}

const files = [...sources(src)];
const roomOf = (file: string) => relative(src, file).split("/")[0];

test("every room stands on a floor", () => {
  const rooms = new Set(files.map(roomOf).filter((room) => !room.endsWith(".ts")));
  expect([...rooms].filter((room) => floorOf(room) < 0)).toEqual([]);
});

test("imports go down the floors", () => {
  const wrong: string[] = [];
  for (const file of files) {
    const from = roomOf(file);
    if (from.endsWith(".ts")) continue;
    for (const { specifier } of importsOf(file)) {
      if (!specifier.startsWith(".")) continue;
      const to = roomOf(resolve(dirname(file), specifier));
      if (to === from) continue;
      if (floorOf(to) >= floorOf(from) && !arrows.has(`${from} -> ${to}`))
        wrong.push(`${relative(src, file)} -> ${specifier}`);
    }
  }
  expect(wrong).toEqual([]);
});

/** A browser runs `x.web.ts` in the place of `x.ts` (`tab/vite.config.mjs`). */
const inBrowser = (file: string) => {
  const sibling = file.replace(/(?<!\.web)\.ts$/, ".web.ts");
  return existsSync(sibling) ? sibling : file;
};

test("a file for the browser has a sibling for Node that gives the same names", () => {
  const namesOf = (file: string) =>
    [...readFileSync(file, "utf8").matchAll(/^export (?:(?:async )?function\*?|const|class) (\w+)/gm)].map((m) => m[1]);
  const given = (file: string) => [
    ...namesOf(file),
    ...[...readFileSync(file, "utf8").matchAll(/^export \{([^}]*)\} from/gm)].flatMap((m) => m[1].match(/\w+/g)!),
  ];
  /** What only code of the browser calls: how files come into its memory, and what Node has from elsewhere. */
  const own = new Set(["mountFile", "unmountFile", "mountedFile"]);
  const wrong = files
    .filter((file) => file.endsWith(".web.ts"))
    .flatMap((file) => {
      const sibling = file.replace(/\.web\.ts$/, ".ts");
      if (!existsSync(sibling)) return [relative(src, file)];
      const there = new Set(given(sibling));
      return namesOf(file)
        .filter((name) => !there.has(name) && !own.has(name))
        .map((name) => `${relative(src, file)} ${name}`);
    });
  expect(wrong).toEqual([]);
});

test("rooms for the browser reach nothing of Node", () => {
  const wrong: string[] = [];
  const visit = (file: string, path: string[], seen: Set<string>) => {
    if (seen.has(file)) return;
    seen.add(file);
    const [global] = /\b(?:Buffer\.\w+|process\.\w+|setImmediate)\(/.exec(readFileSync(file, "utf8")) ?? [];
    if (global !== undefined) wrong.push([...path, relative(src, file), global].join(" -> "));
    for (const { specifier, typeOnly } of importsOf(file)) {
      if (typeOnly) continue;
      if (/^node:|^(?:onnxruntime-node|sharp|yauzl|yazl|tinypool|@napi-rs\/canvas)$/.test(specifier)) {
        wrong.push([...path, relative(src, file), specifier].join(" -> "));
      } else if (specifier.startsWith("."))
        visit(inBrowser(resolve(dirname(file), specifier)), [...path, relative(src, file)], seen);
    }
  };
  for (const file of files) {
    if (browserRooms.some((room) => relative(src, file).startsWith(`${room}/`))) visit(file, [], new Set());
  }
  expect(wrong).toEqual([]);
});

/** Folders of the repository whose files are held to the size rules. */
const sized = ["src", "bench", "tools"].map((folder) => join(root, folder));

function* everything(folder: string): Generator<{ folder: string; files: string[] }> {
  const entries = readdirSync(folder, { withFileTypes: true });
  yield { folder, files: entries.filter((entry) => entry.isFile()).map(({ name }) => join(folder, name)) };
  for (const entry of entries)
    if (entry.isDirectory() && entry.name !== "node_modules") yield* everything(join(folder, entry.name));
}

test("at most 20 files stand side by side", () => {
  const full = sized.flatMap((folder) => [...everything(folder)]).filter(({ files }) => files.length > 20);
  expect(full.map(({ folder, files }) => `${relative(root, folder)}: ${files.length}`)).toEqual([]);
});

test("a file of over 300 lines says why in its first comment", () => {
  const unexplained = sized
    .flatMap((folder) => [...everything(folder)])
    .flatMap(({ files }) => files)
    // Tests are lists of statements, each read alone.
    .filter((file) => /\.(?:tsx?|mjs|c|py)$/.test(file) && !file.endsWith(".test.ts"))
    .filter((file) => {
      const text = readFileSync(file, "utf8");
      const comment = file.endsWith(".py") ? text.split('"""')[1] : text.slice(0, text.indexOf("*/"));
      return text.trimEnd().split("\n").length > 300 && !comment.includes("Over 300 lines because");
    });
  expect(unexplained.map((file) => relative(root, file))).toEqual([]);
});
