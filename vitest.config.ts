import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    // ONNX Runtime and the codecs already use both cores of a small machine: more workers only contend.
    maxWorkers: 2,
    pool: "forks",
    // Files share a worker's modules: loading them anew for each file took a third of the whole run. A test that changes something global
    // puts it back.
    isolate: false,
    testTimeout: 60_000,
  },
});
