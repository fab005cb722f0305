/**
 * Recorded calls, so that an interrupted measurement continues where it stopped. Every reply is appended to `FOLDER/<part>.jsonl` under the key of its call (model,
 * prompt, sampling, seed, sample index), so a changed prompt or model is asked anew and nothing else is. FOLDER is POLYCLINIC_CLINIC_CALLS, by
 * default `runs/strategies-calls`, which git ignores.
 *
 * With POLYCLINIC_CLINIC_RECORDED=1 nothing is asked: rows are computed from the questions that are recorded completely, and state how many these are.
 */
import { createHash } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const folder =
  process.env.POLYCLINIC_CLINIC_CALLS ?? fileURLToPath(new URL("../../../runs/strategies-calls", import.meta.url));
export const onlyRecorded = process.env.POLYCLINIC_CLINIC_RECORDED === "1";

/** Thrown instead of a call with POLYCLINIC_CLINIC_RECORDED. */
export class NotRecorded extends Error {}

/** A map whose entries are also lines of a file; the cache of `callsTo`. */
class RecordedMap extends Map {
  constructor(path) {
    super();
    this.path = path;
    if (!existsSync(path)) return;
    // The last line may be incomplete if a run was interrupted.
    for (const line of readFileSync(path, "utf8").split("\n").slice(0, -1))
      try {
        const [key, value] = JSON.parse(line);
        super.set(key, value);
      } catch {}
    if (!onlyRecorded) appendFileSync(path, "\n");
  }

  /** @override */
  set(key, value) {
    if (this.path !== undefined && !this.has(key)) appendFileSync(this.path, `${JSON.stringify([key, value])}\n`);
    return super.set(key, value);
  }
}

/** The records of one part of the benchmark. @returns the cache, the model that may be asked, and `value` for results that are not replies. */
export function recordsOf(part, model) {
  mkdirSync(folder, { recursive: true });
  const cache = new RecordedMap(join(folder, `${part}.jsonl`));
  const refused = () => {
    throw new NotRecorded();
  };
  const usedModel = onlyRecorded ? { identity: model.identity, generate: refused, sample: refused } : model;
  /** A value computed once: `parts` are what it depends on, beside the model. */
  const value = async (parts, compute) => {
    const key = createHash("sha256")
      .update(JSON.stringify([model.identity.hash, ...parts]))
      .digest("hex");
    if (!cache.has(key)) {
      if (onlyRecorded) refused();
      cache.set(key, await compute());
    }
    return cache.get(key);
  };
  return { cache, model: usedModel, value };
}

/** Rows that do not come from recorded calls: computed once for these sizes; with POLYCLINIC_CLINIC_RECORDED, or without `compute`, those computed last. */
export async function keptRows(part, sizes, compute) {
  const { cache, value } = recordsOf(part, { identity: { hash: part } });
  return onlyRecorded || compute === undefined ? ([...cache.values()].at(-1) ?? []) : value(sizes, compute);
}

/** Questions of one process whose answers are decoded together. */
const usual = 4;

/**
 * Runs `each` over a list, all arms of an item together, so that a stopped run has complete items from the start of the list.
 *
 * @returns the results, of the recorded items only with POLYCLINIC_CLINIC_RECORDED.
 */
export async function inPieces(list, each, { log, name, together = usual }) {
  const out = [];
  const began = performance.now();
  for (let i = 0; i < list.length; i += together) {
    if (i % 20 === 0 && !onlyRecorded)
      log(`  ${name} ${i} of ${list.length}, ${((performance.now() - began) / 1000).toFixed(0)} s`);
    const piece = await Promise.all(
      list.slice(i, i + together).map((item, k) =>
        each(item, i + k).catch((error) => {
          if (error instanceof NotRecorded) return undefined;
          throw error;
        }),
      ),
    );
    if (piece.includes(undefined)) break;
    out.push(...piece);
  }
  return out;
}
