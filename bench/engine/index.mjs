/**
 * The engine at MedGemma 4B's shapes with random weights, against llama.cpp (node-llama-cpp, Q4_0, the same shapes) and, for the vision
 * tower, transformers on PyTorch; each in a process of its own, two threads each.
 *
 * Speeds are measured on as many of the 34 decoder and 27 vision layers as POLYCLINIC_BENCH_LAYERS (default 6) says, the head always whole;
 * opening and memory on the whole model. Prepared models stand in a temporary folder and are removed.
 */
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { measure, peer } from "../imaging/child.mjs";
import { allLayers } from "./geometry.mjs";

const script = (name) => new URL(name, import.meta.url).pathname;

export async function rows({ only, log }) {
  const layers = String(process.env.POLYCLINIC_BENCH_LAYERS ?? 6);
  const folder = await mkdtemp(join(process.env.POLYCLINIC_BENCH_FOLDER ?? tmpdir(), "polyclinic-bench-"));
  const wanted = (prefix) => only === undefined || only.startsWith(prefix) || prefix.startsWith(only);
  const note = `${layers} of ${allLayers.decoder} layers and the head`;
  const rows = [];
  try {
    if (wanted("prefill") || wanted("decode")) {
      log(`preparing ${layers} layers`);
      await measure(process.execPath, [script("ours.mjs"), "prepare", folder, layers, layers]);
      log("polyclinic: prefill and decode");
      const ours = await measure(process.execPath, [script("ours.mjs"), "speed", folder, layers, layers]);
      const theirs = await llama(folder, layers, log);
      for (const id of ["prefill-512", "prefill-2048", "decode-512", "decode-4096", "decode-16384"]) {
        const against = theirs && { peer: theirs[id], peerName: "llama.cpp Q4_0", ratio: ours[id] / theirs[id] };
        rows.push({ id, ours: ours[id], unit: "tokens/s", ...against, note });
      }
      rows.push({
        id: "decode-16384-over-512",
        ours: ours["decode-512"] / ours["decode-16384"],
        ...(theirs && { peer: theirs["decode-512"] / theirs["decode-16384"], peerName: "llama.cpp Q4_0" }),
        unit: "quotient",
        ratio: ours["decode-512"] / ours["decode-16384"],
        note: `time of a token at 16384 over that at 512; ${note}`,
      });
    }
    if (wanted("vision-896")) {
      log("polyclinic: vision tower");
      const ours = await measure(process.execPath, [script("ours.mjs"), "vision", folder, layers, layers]);
      log("PyTorch: vision tower");
      const theirs = await peer("engine_vision.py", log, layers);
      rows.push({
        id: "vision-896",
        ours: ours.seconds,
        unit: "s",
        ...(theirs && {
          peer: theirs.seconds,
          peerName: `PyTorch ${theirs.dtype}`,
          ratio: theirs.seconds / ours.seconds,
        }),
        note: `${layers} of ${allLayers.vision} layers`,
      });
    }
    if (wanted("load-int4-over-read") || wanted("memory-int4")) {
      await rm(folder, { recursive: true, force: true });
      const whole = [folder, String(allLayers.decoder), String(allLayers.vision)];
      log("preparing the whole model");
      await measure(process.execPath, [script("ours.mjs"), "prepare", ...whole]);
      log("polyclinic: opening and memory");
      const { opening, reading, peak, bytes, prefill, decode } = await measure(process.execPath, [
        script("ours.mjs"),
        "load",
        ...whole,
      ]);
      rows.push({
        id: "load-int4-over-read",
        ours: opening,
        peer: reading,
        peerName: "reading its file",
        unit: "s",
        ratio: opening / reading,
        note: `${(bytes / 1e9).toFixed(2)} GB, in the page cache`,
      });
      rows.push({
        id: "memory-int4",
        ours: peak / 1e9,
        unit: "GB",
        note: `peak resident, whole model, 2048 tokens (prefill ${(2048 / prefill).toFixed(1)} tokens/s, decode ${decode.toFixed(2)} tokens/s at 512)`,
      });
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return rows;
}

async function llama(folder, layers, log) {
  if (!existsSync(new URL("../node_modules/node-llama-cpp", import.meta.url))) {
    log("llama.cpp was skipped: run npm install in bench/ first");
    return undefined;
  }
  log("llama.cpp: prefill and decode");
  try {
    return await measure(process.execPath, [script("llama.mjs"), join(folder, "llama"), layers]);
  } catch (error) {
    log(`llama.cpp was skipped: ${error.message}`);
    return undefined;
  }
}
