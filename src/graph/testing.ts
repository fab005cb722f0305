/** Runs graphs in tests, through the product's own runtime. */
import { nodeRuntime } from "../model/runtime/node/node-runtime.ts";
import type { ElementType, RuntimeTensor } from "../model/runtime/runtime.ts";
import type { Graph } from "./graph.ts";
import { writeOnnx } from "./write.ts";

export interface Feed {
  readonly data: Float32Array | BigInt64Array | Uint8Array | Int8Array | Int32Array;
  readonly dims: readonly number[];
  readonly type?: "bool";
}

const typeOf = (feed: Feed): ElementType => {
  if (feed.type) return feed.type;
  if (feed.data instanceof Float32Array) return "float32";
  if (feed.data instanceof BigInt64Array) return "int64";
  if (feed.data instanceof Int32Array) return "int32";
  return feed.data instanceof Int8Array ? "int8" : "uint8";
};

export interface OpenGraph {
  run(feeds: Record<string, Feed>): Promise<Record<string, RuntimeTensor>>;
  close(): Promise<void>;
}

/** Builds a session that a test can run repeatedly. */
export async function openGraph(graph: Graph): Promise<OpenGraph> {
  const session = await nodeRuntime.open({ model: writeOnnx(graph) });
  return {
    run: (feeds) =>
      session.run(
        Object.fromEntries(
          graph.inputs.map(({ name }) => {
            const { data, dims } = feeds[name];
            return [name, { type: typeOf(feeds[name]), data, dims }];
          }),
        ),
      ),
    close: () => session.close(),
  };
}
