/**
 * The state of a run in one safetensors file, written atomically: after a full disk or a kill, the previous checkpoint
 * remains.
 */
import { join } from "node:path";
import { PolyclinicError } from "../../base/errors.ts";
import { SafetensorsFile, type TensorToWrite, writeSafetensors } from "../../checkpoint/index.ts";
import { copyInto, type Tensor, type Tensors } from "../tensors.ts";
import type { Json } from "./manifest.ts";

export interface RunState {
  /** Steps taken. */
  step: number;
  /** The position in the data at which the next batch starts, as the data source returned it. */
  position: Json;
  /** The best validation result so far. */
  best: { readonly step: number; readonly value: number } | null;
  /** Tensors that have had a non-zero gradient. */
  alive: readonly string[];
}

/** The tensors of a run by role: trained weights, optimizer moments, average. Arrays are filled in place on reading. */
export type RunTensors = Readonly<Record<string, ReadonlyMap<string, Tensor>>>;

const fileOf = (folder: string) => join(folder, "checkpoint.safetensors");

export async function saveCheckpoint(folder: string, state: RunState, tensors: RunTensors): Promise<string> {
  const entries: TensorToWrite[] = Object.entries(tensors).flatMap(([kind, group]) =>
    [...group].map(([name, { shape, data }]) => ({ name: `${kind}/${name}`, shape, data })),
  );
  await writeSafetensors(fileOf(folder), entries, { metadata: { run: JSON.stringify(state) }, overwrite: true });
  return fileOf(folder);
}

/** Fills the arrays of `tensors` and returns the state; undefined when no checkpoint exists yet. */
export async function loadCheckpoint(folder: string, tensors: RunTensors): Promise<RunState | undefined> {
  const file = await SafetensorsFile.open(fileOf(folder)).catch((error) => {
    if (PolyclinicError.is(error) && error.code === "checkpoint/missing-file") return undefined;
    throw error;
  });
  if (file === undefined) return undefined;
  try {
    for (const [kind, group] of Object.entries(tensors)) {
      const stored: Tensors = new Map();
      for (const name of group.keys()) {
        const entry = file.header.tensors.get(`${kind}/${name}`);
        if (entry === undefined)
          throw new PolyclinicError("learn/checkpoint", "does not belong to this run", {
            where: fileOf(folder),
            expected: `${kind}/${name}`,
            hint: "Start a new run in another folder.",
          });
        const count = entry.shape.reduce((a, b) => a * b, 1);
        stored.set(name, { shape: entry.shape, data: await file.readFloats(entry, 0, count) });
      }
      copyInto(group, stored);
    }
    return JSON.parse(file.header.metadata.run) as RunState;
  } finally {
    await file.close();
  }
}

/** Writes weights only: the best checkpoint of a run, or the result of a training stage. */
export async function saveWeights(path: string, tensors: ReadonlyMap<string, Tensor>): Promise<void> {
  const entries = [...tensors].map(([name, { shape, data }]) => ({ name, shape, data }));
  await writeSafetensors(path, entries, { overwrite: true });
}

/** Reads all tensors of a safetensors file as float32. */
export async function loadWeights(path: string): Promise<Tensors> {
  const file = await SafetensorsFile.open(path);
  try {
    const tensors: Tensors = new Map();
    for (const [name, entry] of file.header.tensors) {
      const count = entry.shape.reduce((a, b) => a * b, 1);
      tensors.set(name, { shape: entry.shape, data: await file.readFloats(entry, 0, count) });
    }
    return tensors;
  } finally {
    await file.close();
  }
}
