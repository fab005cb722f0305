/** Devices that fail or compute wrongly are never believed. Their faults are put into the processor's real runtime; no graphics device is needed. */
import { expect, test } from "vitest";
import { float32, floats, nodeRuntime, type Runtime, type RuntimeTensor } from "../../runtime/index.ts";
import { DeviceSession } from "../../runtime/node/device-session.ts";
import { temporaryCache } from "../testing.ts";
import { onDevice, probe } from "./on-device.ts";
import { difference, parityProblem, referenceNumbers } from "./parity.ts";

/** The processor under a device's graphs, with something done to every output. */
function device(spoil: (data: Float32Array) => Float32Array): Runtime {
  return {
    name: "test device",
    capabilities: { ...nodeRuntime.capabilities, kernels: "gpu" },
    async open(source, options) {
      const session = await nodeRuntime.open(source, options);
      const spoilt = {
        inputNames: session.inputNames,
        outputNames: session.outputNames,
        async run(...given: Parameters<typeof session.run>) {
          const results: Record<string, RuntimeTensor> = await session.run(...given);
          for (const [name, tensor] of Object.entries(results))
            results[name] = float32(spoil(floats(tensor)), tensor.dims);
          return results;
        },
        close: () => session.close(),
        [Symbol.asyncDispose]: () => session.close(),
      };
      return new DeviceSession(spoilt, "test device");
    },
  };
}
const unchanged = (data: Float32Array) => data;

test("a device that cannot open or computes wrongly is passed over with the reason", async () => {
  expect(await probe(device(unchanged))).toBeUndefined();
  const devices = async () => [{ provider: "webgpu" as const, runtime: device((x) => x.map((v) => v * 1.02)) }];
  const used = await onDevice(async (use) => use, devices);
  expect(used).toMatchObject({ requested: "gpu", used: "cpu", reason: expect.stringContaining("attention wrongly") });
  expect(
    await onDevice(
      async (use) => use,
      async () => [],
    ),
  ).toMatchObject({ used: "cpu", reason: expect.any(String) });
});

test("a lost device is an error at once and from then on, never zeros or NaN", async () => {
  expect(await probe(device((x) => x.fill(0)))).toMatch(/all \d+ numbers are zero/);
  expect(await probe(device((x) => x.fill(Number.NaN)))).toMatch(/NaN/);
});

test("a device's graphs give the processor's numbers, and a small fault in them is found", async () => {
  const cache = await temporaryCache();
  try {
    const ours = await referenceNumbers((await cache.open("gemma3-multimodal")).engine);
    const theirs = await referenceNumbers(
      (await cache.open("gemma3-multimodal", "f32", { runtime: device(unchanged) })).engine,
    );
    expect(Object.keys(ours).length).toBeGreaterThan(6);
    expect(parityProblem(theirs, ours)).toBeUndefined();
    const off = Object.fromEntries(Object.entries(theirs).map(([k, v]) => [k, Float32Array.from(v, (x) => x * 1.01)]));
    expect(parityProblem(off, ours)).toMatch(/differ from the processor's/);
    expect(difference([Number.NaN], [1])).toBeNaN();
  } finally {
    await cache.close();
  }
}, 20_000);
