/**
 * Every strategy on a model with a set error probability (`mechanism.mjs`: the expected result is known exactly), and on the shipped clinic model, which
 * samples and makes real errors (`clinic/`). `--only search` runs the parts whose name begins so; POLYCLINIC_CLINIC names another folder of weights;
 * POLYCLINIC_CLINIC_SHARE (0 to 1) uses fewer questions. A run can be interrupted at any time: see `clinic/recorded.mjs`.
 * `--write` replaces the table in docs/strategies.md.
 */
import { readFile, writeFile } from "node:fs/promises";
import { loadModel } from "../../dist/model/index.js";
import * as answering from "./clinic/answering.mjs";
import * as board from "./clinic/board.mjs";
import * as consultation from "./clinic/consultation.mjs";
import * as ddx from "./clinic/ddx.mjs";
import * as equity from "./clinic/equity.mjs";
import * as outer from "./clinic/outer.mjs";
import { NotRecorded, onlyRecorded } from "./clinic/recorded.mjs";
import * as refinement from "./clinic/refinement.mjs";
import * as search from "./clinic/search.mjs";
import * as self from "./clinic/self.mjs";
import * as weigh from "./clinic/weigh.mjs";
import * as mechanism from "./mechanism.mjs";
import * as similar from "./similar.mjs";

const parts = {
  mechanism,
  votes: answering,
  refinement,
  search,
  ddx,
  weigh,
  consultation,
  outer,
  board,
  equity,
  self,
  similar,
};

export async function rows({ log, only, data }) {
  const chosen = Object.entries(parts).filter(([name]) => only === undefined || name.startsWith(only));
  const share = Number(process.env.POLYCLINIC_CLINIC_SHARE ?? 1);
  const of = (n) => Math.max(10, Math.round(n * share));
  const out = [];
  let model;
  for (const [name, part] of chosen) {
    if (name === "mechanism" && onlyRecorded) continue;
    log(name);
    // With more threads, so small a model mostly waits for synchronisation.
    if (!["mechanism", "weigh", "self", "similar"].includes(name))
      model ??= await loadModel(process.env.POLYCLINIC_CLINIC ?? "clinic", { threads: 1 });
    const found = await part.rows({ log, model, of, data }).catch((error) => {
      if (!(error instanceof NotRecorded)) throw error;
      log("  not recorded");
      return [];
    });
    out.push(...found);
  }
  await model?.close();
  return out;
}

const marks = ["<!-- clinic-table -->", "<!-- /clinic-table -->"];
const head = ["| clinic model | value | against | n, interval, test |", "|---|---|---|---|"];
const partOf = (id) => id.replace(/^clinic: /, "");

/** Replaces the table in docs/strategies.md. */
export async function write(rows) {
  const path = new URL("../../docs/strategies.md", import.meta.url);
  const text = await readFile(path, "utf8");
  const [before, rest] = text.split(marks[0]);
  const [, after] = rest.split(marks[1]);
  const lines = rows.map(({ id, ours, peer, peerName, unit, note }) => {
    const value = `${ours.toFixed(3)} ${unit}`;
    return `| ${partOf(id)} | ${value} | ${peer === undefined ? (peerName ?? "") : `${peer.toFixed(3)} (${peerName})`} | ${note ?? ""} |`;
  });
  await writeFile(path, `${before}${marks[0]}\n${[...head, ...lines].join("\n")}\n${marks[1]}${after}`);
}
