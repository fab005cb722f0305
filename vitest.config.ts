import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    // ONNX Runtime and the codecs already use both cores of a small machine: more workers only contend.
    maxWorkers: 2,
    pool: "forks",
    testTimeout: 60_000,
  },
});
