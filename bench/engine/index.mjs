/**
 * The engine at MedGemma 4B's shapes with random weights, against llama.cpp (node-llama-cpp, Q4_0, the same shapes)
 * and, for the vision tower, transformers on PyTorch; each in its own process with two threads, alternately.
 *
 * Rows whose note says so are measured on the first few layers and the whole head, because llama.cpp would need many
 * minutes to fill such a context with all layers; all others on the whole model. POLYCLINIC_BENCH_LAYERS=2 measures
 * everything on that many layers, for a trial.
 *
 * Measurements are kept in the work folder (POLYCLINIC_BENCH_FOLDER, otherwise the system's temporary one; 8 GB) until
 * the table is complete, so that an interrupted run resumes.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { measure, peer } from "../imaging/child.mjs";
import { allLayers } from "./geometry.mjs";

const script = (name) => new URL(name, import.meta.url).pathname;
const trial =
  process.env.POLYCLINIC_BENCH_LAYERS === undefined ? undefined : Number(process.env.POLYCLINIC_BENCH_LAYERS);
/** Six layers: five local ones and a global one, the repeating pattern of the model. */
const few = trial ?? 6;
const whole = { decoder: trial ?? allLayers.decoder, vision: trial ?? allLayers.vision };

export async function rows({ only, log, data }) {
  if (only !== undefined && !Object.hasOwn(measurements, only))
    throw new Error(`unknown measurement ${only}; expected one of ${Object.keys(measurements).join(", ")}`);
  const folder = join(process.env.POLYCLINIC_BENCH_FOLDER ?? tmpdir(), `polyclinic-bench-${whole.decoder}-${few}`);
  const resuming = existsSync(folder);
  mkdirSync(folder, { recursive: true });
  const kept = keptResults(join(folder, "results.json"));
  const selected = Object.entries(measurements).filter(([id]) => only === undefined || id === only);
  const rows = [];
  for (const [i, [id, row]] of selected.entries()) {
    log(`${id} (${i + 1} of ${selected.length})`);
    rows.push({ id, ...(await row(workers(folder, kept, log, data))) });
  }
  // Measuring a single row keeps the results of an interrupted run.
  if (only === undefined || !resuming) rmSync(folder, { recursive: true, force: true });
  return rows;
}

/** Results of an interrupted run, valid as long as nothing was rebuilt since. */
function keptResults(path) {
  const built = statSync(new URL("../../dist/model/engine/engine.js", import.meta.url)).mtimeMs;
  const read = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : {};
  const results = read.built === built ? read.results : {};
  const earlier = new Set(Object.keys(results));
  return {
    async get(key, log, make) {
      if (earlier.delete(key)) log(`  ${key}: taken from an interrupted run`);
      if (!(key in results)) {
        results[key] = await make();
        writeFileSync(path, JSON.stringify({ built, results }));
      }
      return results[key];
    },
  };
}

/** All measurements that rows use. */
function workers(folder, kept, log, data) {
  const absent = new URL("../node_modules/node-llama-cpp", import.meta.url);
  const once = (key, make) =>
    kept.get(key, log, () => {
      log(`  ${key}`);
      return make();
    });
  const prepared = async (decoder, vision) => {
    const at = [folder, String(decoder), String(vision)];
    await once(`preparing ${decoder} decoder and ${vision} vision layers`, () =>
      measure(process.execPath, [script("ours.mjs"), "prepare", ...at]),
    );
    return at;
  };
  return {
    async ours(task, layers, argument = "") {
      const at = await prepared(...(layers === few ? [few, few] : [whole.decoder, whole.vision]));
      return once(`ours: ${task} ${argument} (${layers} layers)`, () =>
        measure(process.execPath, [script("ours.mjs"), task, ...at, String(argument)]),
      );
    },
    /** Undefined, with a log line, if llama.cpp is not installed. */
    async llama(task, layers, argument) {
      if (!existsSync(absent)) {
        log("  llama.cpp was skipped: run npm install in bench/ first");
        return undefined;
      }
      try {
        return await once(`llama.cpp: ${task} ${argument} (${layers} layers)`, () =>
          measure(process.execPath, [
            script("llama.mjs"),
            task,
            join(folder, "llama"),
            String(layers),
            String(argument),
          ]),
        );
      } catch (error) {
        log(`  llama.cpp was skipped: ${error.message}`);
        return undefined;
      }
    },
    together: () => once("conversations together", () => measure(process.execPath, [script("together.mjs")])),
    data: data && existsSync(join(data, "cxr-pneumonia")) ? join(data, "cxr-pneumonia") : undefined,
    drafts: (pictures) => once("drafts", () => measure(process.execPath, [script("drafts.mjs"), pictures])),
    kernels: () => once("the runtime's kernels", () => measure(process.execPath, [script("kernels.mjs")])),
    pytorch: (layers) =>
      once(
        `PyTorch: vision (${layers} layers)`,
        async () => (await peer("engine_vision.py", log, String(layers))) ?? null,
      ),
  };
}

/** Tokens per second against llama.cpp. */
const against = async (task, tokens, layers, { ours, llama }) => {
  const mine = await ours(task, layers, tokens);
  const theirs = await llama(task, layers, tokens);
  return {
    ours: mine.rate,
    unit: "tokens/s",
    ...(theirs && { peer: theirs.rate, peerName: "llama.cpp Q4_0", ratio: mine.rate / theirs.rate }),
    note: [layersNote(layers, whole.decoder, allLayers.decoder), !theirs && "llama.cpp was skipped"]
      .filter(Boolean)
      .join("; "),
  };
};

const layersNote = (layers, most, all) => {
  if (layers === all) return "whole model";
  if (most < all) return `trial run on ${layers} of ${all} layers`;
  return `${layers} of ${all} layers and the whole head, whose share is so much larger than in the whole model`;
};

/** For nano, which needs no preparation: medians over rounds in which both sides alternate. */
const small = {
  async "conversations-8"(w) {
    const { conversations, conversationsDecode, different, rounds } = await w.together();
    return {
      ours: conversations.median,
      unit: "x",
      ratio: conversations.median,
      note: `8 answers with one image each, time together divided by time one after the other, median of ${rounds} (${range(conversations)}); encoded images cached: ${conversationsDecode.median.toFixed(2)} (${range(conversationsDecode)}); ${different} rounds with a different answer`,
    };
  },
  async "samples-11"(w) {
    const { samples, rounds } = await w.together();
    return {
      ours: samples.median,
      unit: "quotient",
      ratio: samples.median,
      note: `time of 11 samples of one prompt with an image, divided by the time of one, median of ${rounds} (${range(samples)})`,
    };
  },
  "drafts-schema": (w) => drafted("schema", w),
  "drafts-report": (w) => drafted("report", w),
};
const range = ({ least, most, processor }) =>
  `${least.toFixed(2)} to ${most.toFixed(2)}${processor === undefined ? "" : `; of processor time ${processor.toFixed(2)}`}`;

async function drafted(suite, { drafts, data }) {
  if (data === undefined) return { ours: "-", unit: "", note: "skipped: needs --data FOLDER with cxr-pneumonia" };
  const { rounds, [suite]: found } = await drafts(data);
  return {
    ours: found.median,
    unit: "x",
    ratio: found.median,
    note: `${found.answers} answers, ${found.tokens} tokens, ${found.steps.plain} steps without drafts and ${found.steps.drafted} with, median of ${rounds} rounds (${range(found)}); ${found.different} answers differ`,
  };
}

const measurements = {
  ...small,
  "prefill-512": (w) => against("prefill", 512, whole.decoder, w),
  "prefill-2048": (w) => against("prefill", 2048, whole.decoder, w),
  "decode-512": (w) => against("decode", 512, whole.decoder, w),
  async "decode-4096"(w) {
    const row = await against("decode", 4096, few, w);
    const all = await w.ours("decode", whole.decoder, 4096);
    return { ...row, note: `${row.note}; ours on all layers: ${all.rate.toPrecision(3)} tokens/s` };
  },
  async "decode-16384"(w) {
    const row = await against("decode", 16384, few, w);
    const all = await w.ours("decode", whole.decoder, 16384);
    return { ...row, note: `${row.note}; ours on all layers: ${all.rate.toPrecision(3)} tokens/s` };
  },
  async "decode-16384-over-512"({ ours }) {
    const [short, long] = [await ours("decode", whole.decoder, 512), await ours("decode", whole.decoder, 16384)];
    const quotient = short.rate / long.rate;
    return {
      ours: quotient,
      unit: "quotient",
      ratio: quotient,
      note: `time per token at a context of 16384, divided by that at 512; ${layersNote(whole.decoder, whole.decoder, allLayers.decoder)}`,
    };
  },
  async "vision-896"({ ours, pytorch }) {
    const mine = await ours("vision", few);
    const theirs = await pytorch(few);
    const scaled = (mine.seconds * allLayers.vision) / few;
    return {
      ours: mine.seconds,
      unit: "s",
      ...(theirs && {
        peer: theirs.seconds,
        peerName: `PyTorch ${theirs.dtype}`,
        ratio: theirs.seconds / mine.seconds,
      }),
      note: `${few} of ${allLayers.vision} equal layers, so about ${scaled.toFixed(0)} s an image${theirs ? "" : "; PyTorch was skipped"}`,
    };
  },
  async "load-int4-over-read"({ ours }) {
    const { opening, reading, bytes } = await ours("load", whole.decoder);
    return {
      ours: opening,
      peer: reading,
      peerName: "reading its file",
      unit: "s",
      ratio: opening / reading,
      note: `until the first token; ${(bytes / 1e9).toFixed(2)} GB, in the page cache; ${layersNote(whole.decoder, whole.decoder, allLayers.decoder)}`,
    };
  },
  async "kernel-int4-decode"({ kernels }) {
    const { fourBit } = await kernels();
    return {
      ours: fourBit / 1e9,
      unit: "G weights/s",
      note: "the runtime's 4-bit kernel alone, one row: an upper bound for decoding",
    };
  },
  async "kernel-int8-prefill"({ kernels }) {
    const { eightBit } = await kernels();
    return {
      ours: eightBit / 1e9,
      unit: "Gop/s",
      note: "the runtime's 8-bit kernel alone, 1024 rows: an upper bound for the linear layers of prefill",
    };
  },
  async "memory-int4"({ ours }) {
    const { peak, anonymous } = await ours("memory", whole.decoder);
    return {
      ours: peak / 1e9,
      unit: "GB",
      note: `peak resident memory during 2048 tokens${
        anonymous === undefined
          ? ""
          : `, ${(anonymous / 1e9).toFixed(2)} GB of it not pages of the model's file at the end`
      }; ${layersNote(whole.decoder, whole.decoder, allLayers.decoder)}`,
    };
  },
};
