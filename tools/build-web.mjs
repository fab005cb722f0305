/**
 * `npm run build:web`: the folder `dist/web`, which any static file server can hand out: the page, its worker, ONNX Runtime's program, nano, and
 * the list of its files with their hashes.
 */
import { createHash } from "node:crypto";
import { copyFile, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { page, worker } from "../src/tab/vite.config.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const out = here("../dist/web");

await rm(out, { recursive: true, force: true });
await build(page);
await build(worker);
await addModel("nano");

/** What opening a model reads; pictures and cards stay behind. */
async function addModel(name) {
  const from = here(`../models/${name}`);
  const to = `${out}/models/${name}`;
  await mkdir(to, { recursive: true });
  const files = [];
  for (const file of (await readdir(from)).sort()) {
    if (!/\.(json|safetensors|jinja)$/.test(file) || file === "splits.json") continue;
    await copyFile(`${from}/${file}`, `${to}/${file}`);
    const { size } = await stat(`${to}/${file}`);
    const sha256 = createHash("sha256")
      .update(await readFile(`${to}/${file}`))
      .digest("hex");
    files.push({ name: file, size, sha256 });
  }
  await writeFile(`${to}/files.json`, `${JSON.stringify({ files }, undefined, 1)}\n`);
}
