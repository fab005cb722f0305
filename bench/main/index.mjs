/**
 * The main use of the package against its targets: start and first token, follow-up questions, batches, structured
 * output, identical bytes. With the embedded model, on the samples of the package; with `--data`, on the 500
 * radiographs of the batch target. `peer` is the target; a ratio of at least 1 meets it.
 */
import { ours } from "../imaging/child.mjs";

const modules = {
  ask: ["ask-start-to-answer", "ask-first-token"],
  "follow-up": ["follow-up", "follow-up-volume"],
  batch: ["batch-share-in-model"],
  schema: ["schema-valid", "schema-time-per-token"],
  determinism: ["determinism"],
  detector: ["detector-time", "detector-time-refused"],
};

/** @param {{ data?: string, json?: boolean, only?: string, log: (line: string) => void }} options `only`: the id of one row. */
export async function rows({ data, only, log }) {
  const found = [];
  for (const [name, ids] of Object.entries(modules)) {
    if (only !== undefined && !ids.includes(only)) continue;
    log(`measuring ${ids.join(", ")}`);
    const measured = await ours(new URL(`${name}.mjs`, import.meta.url), ...(data === undefined ? [] : [data]));
    found.push(...measured.rows.map(against));
  }
  return only === undefined ? found : found.filter(({ id }) => id === only);
}

/** `atMost` and `atLeast` as a peer: above 1 is in our favour. */
function against({ atMost, atLeast, ...row }) {
  const peer = atMost ?? atLeast;
  return { ...row, peer, peerName: "to reach", ratio: atMost === undefined ? row.ours / peer : peer / row.ours };
}
