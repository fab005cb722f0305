/**
 * Training steps of the nano configuration (forward, backward, clipping, AdamW) against PyTorch (Hugging Face transformers' Gemma 3) and jax-js, each in
 * a process of its own on two threads, turn by turn: first the vision tower's supervised stage, then the language stage over the frozen
 * tower. All read the same weights and the same batch, and a peer whose losses differ from ours is rejected: it would be another model.
 */
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ours, peer } from "../imaging/child.mjs";
import { writeProblem } from "./problem.mjs";

const stages = {
  language: { suffix: "", unit: "tokens/s", counted: "tokens" },
  tower: { suffix: "-tower", unit: "images/s", counted: "images" },
};

/** @param {{ json?: boolean, only?: string, log: (line: string) => void }} options `only`: the id of one row. */
export async function rows({ only, log }) {
  const turns = Number(process.env.POLYCLINIC_BENCH_TURNS ?? 3);
  const found = [];
  for (const stage of Object.keys(stages)) {
    const folder = await mkdtemp(join(tmpdir(), "polyclinic-bench-"));
    try {
      const counts = await writeProblem(stage, folder);
      found.push(...stageRows(stage, counts, await measureStage(stage, folder, turns, log)));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  return only === undefined ? found : found.filter(({ id }) => id === only);
}

/** The steps of all trainers, collected over the rounds; a trainer that is not installed is absent. */
async function measureStage(stage, folder, turns, log) {
  const trainers = {
    ours: () => ours(new URL("ours.mjs", import.meta.url), folder, "6"),
    torch: () => peer("training.py", log, folder, "6"),
    ...(existsSync(new URL("../node_modules/@jax-js/jax", import.meta.url)) && {
      jax: () => ours(new URL("jax.mjs", import.meta.url), folder, "2"),
    }),
  };
  if (trainers.jax === undefined) log("jax-js was skipped: run npm install in bench/ first");
  /** @type {{ ours: any[], torch?: any[], jax?: any[] }} */
  const results = { ours: [] };
  for (let turn = 0; turn < turns; turn++) {
    for (const [name, train] of Object.entries(trainers)) {
      log(`${stage}, turn ${turn + 1} of ${turns}: ${name}`);
      const result = await train();
      if (result === undefined) delete trainers[name];
      else (results[name] ??= []).push(result);
    }
  }
  return results;
}

function stageRows(stage, counts, { ours: own, torch = undefined, jax = undefined }) {
  const { suffix, unit, counted } = stages[stage];
  const a = summary(own, counts[counted]);
  const rows = [];
  for (const [id, peerName, results] of [
    ["torch", `PyTorch ${torch?.[0].version}, transformers`, torch],
    ["jaxjs", "jax-js on WebAssembly", jax],
  ]) {
    const b = results && summary(results, counts[counted]);
    if (b) requireSameLosses(own[0].losses, results[0].losses, peerName);
    const against = (ours, peer, ratio) => ({ ours, ...(b && { peer, peerName, ratio }) });
    rows.push(
      {
        id: `train${suffix}-vs-${id}`,
        ...against(a.perSecond, b?.perSecond, b && a.perSecond / b.perSecond),
        unit,
        note: `median step ${a.seconds.toFixed(2)} s${b ? ` against ${b.seconds.toFixed(2)} s` : ""}; processor time ${a.cpu.toFixed(2)} s${b ? ` against ${b.cpu.toFixed(2)} s; losses equal` : ""}`,
      },
      {
        id: `train${suffix}-memory-vs-${id}`,
        ...against(a.peak, b?.peak, b && b.peak / a.peak),
        unit: "GB",
        note: "peak resident memory of the whole process",
      },
    );
  }
  return rows;
}

function summary(results, count) {
  const seconds = median(results.flatMap((result) => result.seconds));
  return {
    seconds,
    perSecond: count / seconds,
    cpu: median(results.flatMap((result) => result.cpuSeconds)),
    peak: Math.max(...results.map((result) => result.peakBytes)) / 1e9,
  };
}

/** The same model on the same batch must have the same loss, before and after its first two updates. */
function requireSameLosses(own, theirs, peerName) {
  for (const [i, loss] of own.slice(0, 3).entries())
    if (Math.abs(loss - theirs[i]) > 1e-4 * Math.abs(loss))
      throw new Error(`${peerName} computes a different loss: loss ${theirs[i]} at step ${i + 1}, ours is ${loss}`);
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
