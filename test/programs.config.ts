import { defineConfig } from "vitest/config";

/** Tests of whole programs, `npm run test:programs` after a build: those of `examples/`, and the pages in Chromium. They take longer than most others together. */
export default defineConfig({
  test: {
    include: ["test/{examples,workbench,web}/*.test.ts"],
    maxWorkers: 2,
    pool: "forks",
    testTimeout: 120_000,
  },
});
