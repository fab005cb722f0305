/**
 * Writes src/imaging/dicom/codecs/*-binary.ts: the inner loops of the codecs as WebAssembly, compiled from kernels/*.c. Run after a
 * change, with clang and lld (14 or newer): node tools/kernels/codec-kernels.mjs
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const flags = [
  "--target=wasm32",
  "-O3",
  "-nostdlib",
  "-msimd128",
  "-mbulk-memory",
  "-Wall",
  "-Wextra",
  "-Werror",
  "-fwrapv",
];
const linking = ["-Wl,--no-entry", "-Wl,--strip-all", "-Wl,--export=__heap_base", "-Wl,-z,stack-size=65536"];

for (const name of ["jpeg-ls"]) {
  const folder = mkdtempSync(join(tmpdir(), "polyclinic-kernel-"));
  const out = join(folder, "kernel.wasm");
  const source = new URL(`${name}.c`, import.meta.url).pathname;
  try {
    execFileSync("clang", [...flags, ...linking, "-o", out, source], { stdio: "inherit" });
    const code = readFileSync(out);
    writeFileSync(
      new URL(`../../src/imaging/dicom/codecs/${name}-binary.ts`, import.meta.url),
      `/** WebAssembly of tools/kernels/${name}.c; written by tools/kernels/codec-kernels.mjs. */\nexport const kernelBinary =\n${lines(code)};\n`,
    );
    console.log(name, code.length, "bytes");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Base64 in lines of the repository's width. */
function lines(code) {
  return code
    .toString("base64")
    .match(/.{1,120}/g)
    .map((line) => `  "${line}"`)
    .join(" +\n");
}
