/** What holds for the runtimes: results, outputs in the caller's arrays, errors by name. */
import { expect, test } from "vitest";
import { Graph, gather, matmul, writeOnnx } from "../../graph/index.ts";
import {
  float32,
  floats,
  int64,
  nodeRuntime,
  type OnnxRuntimeWeb,
  type Runtime,
  type Session,
  webRuntime,
} from "./index.ts";

const [rows, inner, columns] = [2, 3, 4];
function graph(): Uint8Array {
  const g = new Graph("product");
  const a = g.input("a", "float32", ["rows", inner]);
  const b = g.constant(
    "b",
    "float32",
    [inner, columns],
    Float32Array.from({ length: 12 }, (_, i) => i),
  );
  const y = matmul(a, b);
  g.output("y", y);
  g.output("picked", gather(y, g.input("which", "int64", ["which"])));
  return writeOnnx(g);
}
const feeds = {
  a: float32(Float32Array.of(1, 0, 0, 0, 1, 2), [rows, inner]),
  which: int64(BigInt64Array.of(1n), [1]),
};
const product = [0, 1, 2, 3, 20, 23, 26, 29];

/** onnxruntime-node implements onnxruntime-web's interface: the adapter for browsers runs here over a real session. */
async function overNode(): Promise<Runtime> {
  const ort = await import("onnxruntime-node");
  const create = (model: Uint8Array) => ort.InferenceSession.create(model);
  const module = { InferenceSession: { create }, Tensor: ort.Tensor, env: { wasm: {} } };
  return webRuntime({ module: module as unknown as OnnxRuntimeWeb });
}

async function opened<T>(use: (session: Session) => Promise<T>, runtime: Runtime = nodeRuntime): Promise<T> {
  const session = await runtime.open({ model: graph() }, { threads: 1 });
  try {
    return await use(session);
  } finally {
    await session.close();
    await session[Symbol.asyncDispose]();
  }
}

test("a run gives every output, or the wanted ones, with type and dims", () =>
  opened(async (session) => {
    expect([...session.inputNames].sort()).toEqual(["a", "which"]);
    expect([...session.outputNames].sort()).toEqual(["picked", "y"]);
    const all = await session.run(feeds);
    expect([...floats(all.y)]).toEqual(product);
    expect(all.picked).toMatchObject({ type: "float32", dims: [1, columns] });
    const some = await session.run(feeds, { picked: null });
    expect(Object.keys(some)).toEqual(["picked"]);
    expect([...floats(some.picked)]).toEqual(product.slice(columns));
    expect(() => floats(feeds.which)).toThrow(/float32/);
  }));

test.each([
  ["Node", async () => nodeRuntime],
  ["a browser", overNode],
])("in %s an output is written into the caller's array where the runtime says it can", async (_, runtimeOf) => {
  const runtime = await runtimeOf();
  await opened(async (session) => {
    expect(runtime.capabilities.preallocatedOutputs).toBe(true);
    const mine = new Float32Array(rows * columns).fill(-1);
    for (let i = 0; i < 2; i++) {
      const { y } = await session.run(feeds, { y: float32(mine, [rows, columns]) });
      expect([...mine]).toEqual(product);
      expect([...floats(y)]).toEqual(product);
      mine.fill(-1);
    }
  }, runtime);
});

test("an output of another shape than the caller's array is an error by name, not half a result", async () =>
  opened(
    async (session) => {
      const mine = float32(new Float32Array(4), [1, 4]);
      await expect(session.run(feeds, { y: mine })).rejects.toMatchObject({ code: "runtime/output", where: "y" });
    },
    await overNode(),
  ));

test("a graph that cannot be opened is an error by name", async () => {
  await expect(nodeRuntime.open({ model: Uint8Array.of(1, 2, 3) })).rejects.toMatchObject({ code: "runtime/open" });
  await expect(nodeRuntime.open({ model: "/nowhere/x.onnx" })).rejects.toMatchObject({
    code: "runtime/open",
    where: "/nowhere/x.onnx",
  });
});

test("the runtime for browsers is an optional peer: without it, it says what to install", async () => {
  const web = webRuntime();
  expect(web.capabilities.files).toBe(false);
  await expect(web.open({ model: "/some/file.onnx" })).rejects.toMatchObject({ code: "runtime/open" });
  const without = webRuntime({ module: () => Promise.reject(new Error("Cannot find package")) });
  await expect(without.open({ model: graph() })).rejects.toMatchObject({
    code: "runtime/unavailable",
    hint: expect.stringContaining("npm install onnxruntime-web"),
  });
});

test("the runtime for browsers runs a graph through the interface that both packages share", async () => {
  const ort = await import("onnxruntime-node");
  const create = (model: Uint8Array) => ort.InferenceSession.create(model);
  const module = { InferenceSession: { create }, Tensor: ort.Tensor, env: { wasm: {} } };
  const web = webRuntime({ module: module as unknown as OnnxRuntimeWeb });
  const session = await web.open({ model: graph() }, { threads: 2 });
  expect([...floats((await session.run(feeds)).y)]).toEqual(product);
  expect(module.env.wasm).toEqual({ numThreads: 2 });
  await session.close();
});
