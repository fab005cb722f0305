import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    // Whole programs: test/programs.config.ts.
    exclude: ["test/{examples,workbench,web}/**"],
    // One more than the cores of a small machine: many tests wait for a server, a kill or a pause while the others compute.
    maxWorkers: 3,
    pool: "forks",
    // Files share a worker's modules: loading them anew for each file took a third of the whole run. A test that changes something global
    // puts it back.
    isolate: false,
    testTimeout: 60_000,
  },
});
