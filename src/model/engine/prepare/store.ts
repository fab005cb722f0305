/**
 * Access to a prepared model's files that does not depend on a file system: a folder in Node (`prepared-folder.ts`),
 * fetched bytes in a browser.
 */
import { PolyclinicError } from "../../../base/errors.ts";
import type { ExternalData } from "../../../graph/index.ts";
import type { GraphSource, Runtime, Session, SessionOptions } from "../../runtime/runtime.ts";
import type { GraphName, Manifest } from "./manifest.ts";

export interface PreparedStore {
  /** Folder or URL, for errors. */
  readonly where: string;
  readonly manifest: Manifest;
  graph(name: GraphName): Promise<GraphSource>;
  /** Opens the file of the weights for reading ranges of it. */
  weights(): Promise<WeightRanges>;
}

/** Ranges of the weight file. */
export interface WeightRanges {
  /** Fills `into` from `offset`, synchronously: rows of an embedding table are a few kilobytes each and usually in the page cache. */
  readSync(offset: number, into: Uint8Array): void;
  close(): Promise<void>;
}

/** A prepared model in memory, as fetched by a browser. */
export function memoryStore(
  manifest: Manifest,
  graphs: Readonly<Record<string, Uint8Array>>,
  weightFile: { readonly name: string; readonly bytes: Uint8Array },
  where = "memory",
): PreparedStore {
  return {
    where,
    manifest,
    async graph(name) {
      const model = graphs[name];
      if (model === undefined)
        throw new PolyclinicError("model/open", `has no graph ${name}`, {
          where,
          expected: manifest.graphs.join(", "),
          found: Object.keys(graphs).join(", ") || "no graph",
        });
      return { model, externalData: { [weightFile.name]: weightFile.bytes } };
    },
    async weights() {
      return {
        readSync: (offset, into) => into.set(weightFile.bytes.subarray(offset, offset + into.length)),
        close: async () => {},
      };
    },
  };
}

/** @throws PolyclinicError `model/open` naming the graph. */
export async function openGraph(
  runtime: Runtime,
  store: PreparedStore,
  name: GraphName,
  { threads }: Pick<SessionOptions, "threads"> = {},
): Promise<Session> {
  const source = await store.graph(name);
  try {
    // The prefill graph converts 4-bit weights to 8 bits while it runs; constant folding would keep full-size copies of all of them.
    return await runtime.open(source, { threads, varyingShapes: true, keepConversions: name === "prefill" });
  } catch (error) {
    if (!PolyclinicError.is(error) || error.code !== "runtime/open") throw error;
    throw new PolyclinicError("model/open", "cannot be opened by ONNX Runtime", {
      where: typeof source.model === "string" ? source.model : `${store.where} ${name}`,
      found: error.found,
      hint: "Delete this prepared model; it is recreated from the checkpoint.",
      cause: error,
    });
  }
}

/** The bytes of one range. */
export function readRange(ranges: WeightRanges, { offset, length }: ExternalData): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  ranges.readSync(offset, bytes);
  return bytes;
}
