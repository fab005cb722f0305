/**
 * `npm run build:web`: the folder `dist/web`, for any static file server: the page, its worker, ONNX Runtime, nano, and
 * a list of the files with their hashes. `-- --webgpu` adds the WebGPU runtime, 27 MB.
 */
import { createHash } from "node:crypto";
import { copyFile, cp, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { page, worker } from "../../src/tab/vite.config.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const out = here("../../dist/web");

await rm(out, { recursive: true, force: true });
await build(page);
await build(worker({ webgpu: process.argv.includes("--webgpu") }));
await addModel("nano");
await addPdf();

/** Copies the files needed to open a model; not images and cards. */
async function addModel(name) {
  const from = here(`../../models/${name}`);
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

/** Fonts, character maps and decoders of PDF.js; a page that shows no PDF fetches none of them. */
async function addPdf() {
  const home = dirname(createRequire(import.meta.url).resolve("pdfjs-dist/package.json"));
  for (const folder of ["standard_fonts", "cmaps", "wasm", "iccs"])
    await cp(`${home}/${folder}`, `${out}/pdf/${folder}`, { recursive: true });
}
