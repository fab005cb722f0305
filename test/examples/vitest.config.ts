import { defineConfig } from "vitest/config";

export default defineConfig({ test: { include: ["test/examples/*.test.ts"], testTimeout: 120_000 } });
