/** A prepared model in a folder of the cache. */
import { closeSync, openSync, readSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { PolyclinicError } from "../../../base/errors.ts";
import { formatVersion, type GraphName, type Manifest } from "./manifest.ts";
import type { PreparedStore } from "./store.ts";
import { weightFileName } from "./weight-file.ts";

export interface PreparedFolder extends PreparedStore {
  readonly folder: string;
}

/** Opens a prepared folder; undefined if it does not exist or its manifest is damaged, in which case it has to be prepared again. */
export async function openPreparedFolder(folder: string): Promise<PreparedFolder | undefined> {
  const manifest = await readManifest(join(folder, "manifest.json"));
  if (manifest === undefined) return undefined;
  return {
    folder,
    where: folder,
    manifest,
    graph: async (name: GraphName) => ({ model: join(folder, `${name}.onnx`) }),
    async weights() {
      const path = join(folder, weightFileName);
      let descriptor: number | undefined;
      try {
        descriptor = openSync(path, "r");
      } catch (cause) {
        throw damaged(path, "cannot be read", cause);
      }
      return {
        readSync(offset, into) {
          const read = readSync(descriptor!, into, 0, into.length, offset);
          if (read < into.length) throw damaged(path, `ends at byte ${offset + read}`);
        },
        async close() {
          if (descriptor !== undefined) closeSync(descriptor);
          descriptor = undefined;
        },
      };
    },
  };
}

async function readManifest(path: string): Promise<Manifest | undefined> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isManifest(value) ? value : undefined;
}

function isManifest(value: unknown): value is Manifest {
  const { format, graphs, embedding } = (value ?? {}) as Partial<Manifest>;
  const range = (r: unknown) => {
    const { location, offset, length } = (r ?? {}) as Record<string, unknown>;
    return location === weightFileName && Number.isSafeInteger(offset) && Number.isSafeInteger(length);
  };
  return (
    format === formatVersion &&
    Array.isArray(graphs) &&
    graphs.every((name) => typeof name === "string") &&
    (embedding === undefined || (range(embedding.rows) && (embedding.scales === undefined || range(embedding.scales))))
  );
}

function damaged(where: string, summary: string, cause?: unknown): PolyclinicError {
  return new PolyclinicError("model/open", summary, {
    where,
    hint: "Delete this prepared model; it is recreated from the checkpoint.",
    cause,
  });
}
